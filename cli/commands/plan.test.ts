import { expect, test } from 'bun:test'
import { ConfigError } from '../../settings/config-error.ts'
import { runCommand } from '../../test/command-line.ts'
import { connectionsFor } from '../open-files.ts'
import { commands } from './plan.ts'

async function planned(...argv: string[]): Promise<string> {
  const { code, out } = await runCommand(commands, 'plan', argv)
  expect(code).toBe(0)
  return out
}

test('a plan for programs says what the one for people says', async () => {
  const flags = ['--viewers', '25300000', '--taps', '100000', '--gb-price', '0.01', '--budget', '100']
  const text = await planned(...flags)
  const plan = JSON.parse(await planned(...flags, '--json'))
  expect(plan.inputs).toMatchObject({ viewers: 25_300_000, tapsPerSecond: 100_000, gbPrice: 0.01 })
  expect(text).toContain(`edges                 ${plan.values.edges.toLocaleString('en')} `)
  expect(text).toContain(`it carries ${plan.budget.viewers.toLocaleString('en')} viewers`)
  expect(text).toContain(`edgeViewers = ${plan.formulas.edgeViewers.formula}\n`)
  expect(plan.tree.at(-1)).toBe(plan.values.edges)
})

test.each([1_024, 262_144])(
  'of %i files that it may open a plan gives an edge as many viewers as an edge takes',
  async (nofile) => {
    const { values } = JSON.parse(await planned('--open-files', `${nofile}`, '--json'))
    expect(values.byFiles).toBe(connectionsFor(0, nofile).connectionsMax)
  },
)

test('the simulation of a plan says the same for people and for programs', async () => {
  const flags = ['--viewers', '200000', '--spare-percent', '40', '--simulate', '--seed', '5']
  const text = await planned(...flags)
  const simulated = JSON.parse(await planned(...flags, '--json'))
  expect(simulated).toHaveLength(8)
  for (const { scenario, says, result } of simulated) {
    expect(text).toContain(`\n${scenario} `)
    expect(text).toContain(says)
    expect(text).toContain(`${result.delayP50Ms} / ${result.delayP99Ms} ms`)
  }
})

test('what cannot be planned ends with a sentence', async () => {
  const run = (...argv: string[]) => commands[0]!.run(argv)
  await expect(run('--budget', '5')).rejects.toThrow(
    new ConfigError('budget', 'needs a price: give machine-price, gb-price, or both').message,
  )
  await expect(run('--machine-mbit', '1')).rejects.toThrow(
    /is 0: packets of that size and rate need a larger machine/,
  )
  await expect(run('--viewers', 'many')).rejects.toThrow(/is not a whole number/)
  await expect(run('--gb-price', '-1')).rejects.toThrow(/is not a price/)
})
