import { COSTS } from '../../engine/plan/costs.ts'
import { driversOf, type Plan, viewersWithin } from '../../engine/plan/plan.ts'
import { QUANTITIES } from '../../engine/plan/quantities.ts'
import { tableOf } from '../table.ts'
import { FLAG_OF } from './flags.ts'

/** A plan for people: what to deploy, why, and how each figure was computed. */
export function planText(plan: Plan, { budget }: { budget: number }): string {
  const { values, tree, limitedBy } = plan
  const limit = QUANTITIES.find(({ name }) => name === limitedBy)!
  return [
    tableOf([
      ['line', 'value', 'unit', ''],
      ...QUANTITIES.map(({ name, unit, says }) => [name, numberText(values[name]!), unit, says]),
    ]),
    `The tree, from the root: ${tree.map((level) => numberText(level)).join(' - ')}.\n`,
    `What ends an edge is ${limitedBy}: ${limit.says}.\n`,
    budget > 0 ? `${budgetText(plan, budget)}\n` : '',
    `A tenth more of an input adds:\n${driversTable(plan)}`,
    `Formulas, of the lines above them, the flags and the costs:\n${QUANTITIES.map(({ name, formula }) => `  ${name} = ${formula}\n`).join('')}`,
    `Costs, and what measured them:\n${costsTable()}`,
  ]
    .filter((text) => text !== '')
    .join('\n')
}

/** The plan for programs. */
export const planJson = (plan: Plan, { budget }: { budget: number }) => ({
  ...plan,
  drivers: driversOf(plan),
  ...(budget > 0 && { budget: { perHour: budget, viewers: viewersWithin(budget, plan.inputs) } }),
  formulas: Object.fromEntries(QUANTITIES.map(({ name, unit, formula }) => [name, { unit, formula }])),
  costs: COSTS,
})

function budgetText({ inputs, values }: Plan, budget: number): string {
  const most = viewersWithin(budget, inputs)
  const fits = values.pricePerHour! <= budget ? 'is enough' : 'is too little'
  return `${numberText(budget)} an hour ${fits}: it carries ${numberText(most)} viewers of these habits.`
}

function driversTable(plan: Plan): string {
  const percent = (share: number) => `+${(share * 100).toFixed(1)} %`
  const rows = driversOf(plan).map(({ input, busyCores, memoryMb, bandwidthMbit }) => [
    `  ${FLAG_OF[input]}`,
    ...[busyCores, memoryMb, bandwidthMbit].map(percent),
  ])
  return tableOf([['  flag', 'busy cores', 'memory', 'bandwidth'], ...rows])
}

const costsTable = (): string =>
  tableOf(
    Object.entries(COSTS).map(([name, { value, unit, source }]) => [
      `  ${name}`,
      numberText(value),
      unit,
      source,
    ]),
  )

/** Small numbers with four digits, large ones in full. */
const numberText = (value: number): string =>
  value >= 1000
    ? Math.round(value).toLocaleString('en')
    : value.toLocaleString('en', { maximumSignificantDigits: 4 })
