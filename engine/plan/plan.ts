import { COSTS, type CostName } from './costs.ts'
import { evaluate, type Functions } from './formula.ts'
import { GROWS_WITH, type PlanInputs } from './inputs.ts'
import { QUANTITIES } from './quantities.ts'
import { relayLevels } from './tree.ts'

export interface Plan {
  inputs: PlanInputs
  /** The value of each line of `QUANTITIES`. */
  values: Readonly<Record<string, number>>
  /** Processes on each level of the tree, from the root to the edges. */
  tree: number[]
  /** The limit that determines how many viewers one edge holds. */
  limitedBy: string
}

const FUNCTIONS: Functions = {
  min: Math.min,
  max: Math.max,
  ceil: Math.ceil,
  floor: Math.floor,
  relaysBetween: (edges, fanOut) => relayLevels(edges!, fanOut!).reduce((sum, level) => sum + level, 0),
  levelsBetween: (edges, fanOut) => relayLevels(edges!, fanOut!).length,
}

/** The smallest useful values: an edge for one viewer, a relay for two children. */
const LEAST: Record<string, number> = { edgeViewers: 1, fanOut: 2 }

const EDGE_LIMITS = ['byProcessor', 'byDelay', 'byMemory', 'byFiles', 'byNetwork'] as const

export type CostValues = Readonly<Record<CostName, number>>

export const MEASURED = Object.fromEntries(
  Object.entries(COSTS).map(([name, { value }]) => [name, value]),
) as CostValues

/**
 * The size of an installation for a crowd. Pure: everything follows from the inputs and the costs by the formulas of
 * `QUANTITIES`. More of `GROWS_WITH` never needs less. Throws RangeError with one sentence where no machine of that kind can
 * carry the packets.
 */
export function plan(inputs: PlanInputs, costs: CostValues = MEASURED): Plan {
  const values: Record<string, number> = { ...inputs, ...costs }
  for (const { name, formula } of QUANTITIES) {
    const value = evaluate(formula, values, FUNCTIONS)
    if (value < (LEAST[name] ?? 0))
      throw new RangeError(
        `${name} is ${value}: packets of that size and rate need a larger machine, or more of its load`,
      )
    values[name] = value
  }
  const { edges, fanOut, edgeViewers } = values as { edges: number; fanOut: number; edgeViewers: number }
  return {
    inputs,
    values: Object.fromEntries(QUANTITIES.map(({ name }) => [name, values[name]!])),
    tree: [1, ...relayLevels(edges, fanOut), edges],
    limitedBy: EDGE_LIMITS.find((name) => values[name] === edgeViewers)!,
  }
}

/** What 10 % more of one input adds. */
export interface Driver {
  input: (typeof GROWS_WITH)[number]
  /** As shares of the present amount. */
  busyCores: number
  bandwidthMbit: number
  memoryMb: number
}

/** The inputs, ordered by what 10 % more of each adds, the costliest first. */
export function driversOf({ inputs, values }: Plan, costs: CostValues = MEASURED): Driver[] {
  const growth = (more: Plan['values'], name: string): number => more[name]! / values[name]! - 1
  return GROWS_WITH.map((input) => {
    const { values: more } = plan({ ...inputs, [input]: inputs[input] * 1.1 }, costs)
    return {
      input,
      busyCores: growth(more, 'busyCores'),
      bandwidthMbit: growth(more, 'bandwidthMbit'),
      memoryMb: growth(more, 'memoryMb'),
    }
  }).sort((one, other) => weight(other) - weight(one))
}

const weight = ({ busyCores, bandwidthMbit, memoryMb }: Driver): number =>
  busyCores + bandwidthMbit + memoryMb

/** The largest crowd with the same behaviour for that price an hour; 0: not even one viewer. */
export function viewersWithin(budget: number, inputs: PlanInputs, costs: CostValues = MEASURED): number {
  const fits = (viewers: number): boolean =>
    plan({ ...inputs, viewers }, costs).values.pricePerHour! <= budget
  let [most, tooMany] = [0, VIEWERS_MAX + 1]
  while (tooMany - most > 1) {
    const viewers = Math.floor((most + tooMany) / 2)
    if (fits(viewers)) most = viewers
    else tooMany = viewers
  }
  return most
}

/** More than there are people. */
export const VIEWERS_MAX = 10_000_000_000
