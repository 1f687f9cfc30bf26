import type { Backoff } from '../../protocol/backoff.ts'
import type { Plan } from './plan.ts'
import { IN_STEP, JITTERED, Simulation, type SimulationResult } from './simulate.ts'

export interface Scenario {
  name: string
  says: string
  seconds: number
  retry?: Backoff
  /** Called before each second. */
  happens(simulation: Simulation, second: number, plan: Plan): void
}

/** When the trouble begins: the first reports have arrived by then. */
const TROUBLE_S = 10
/** Until something that died is replaced. */
const BACK_MS = 30_000

const everyNth = (simulation: Simulation, n: number, from = 0): number[] =>
  [...simulation.edges.keys()].filter((i) => i % n === from)
const filled: Scenario['happens'] = (simulation, second, { inputs }) => {
  if (second === 0) simulation.fill(inputs.viewers)
}

/** What can happen during a show. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'calm', says: 'nothing happens', seconds: 30, happens: filled },
  {
    name: 'kick-off',
    says: 'the last 500,000 a minute come to a crowd that is there',
    seconds: 70,
    happens(simulation, second, { inputs }) {
      const coming = Math.min(500_000, Math.floor(inputs.viewers / 10))
      if (second === 0) simulation.fill(inputs.viewers - coming)
      else if (second >= 5 && second < 65) simulation.arrive(Math.floor(coming / 60))
    },
  },
  {
    name: 'edges die',
    says: 'one edge in fifty, all at once',
    seconds: 90,
    happens(simulation, second, plan) {
      filled(simulation, second, plan)
      if (second === TROUBLE_S) simulation.kill(everyNth(simulation, 50), BACK_MS)
    },
  },
  {
    name: 'a relay dies',
    says: 'without a word',
    seconds: 60,
    happens(simulation, second, plan) {
      filled(simulation, second, plan)
      if (second === TROUBLE_S) simulation.killRelay(0, BACK_MS)
    },
  },
  {
    name: 'a region is lost',
    says: 'one edge in four, and it is replaced after half a minute',
    seconds: 180,
    happens(simulation, second, plan) {
      filled(simulation, second, plan)
      if (second === TROUBLE_S) simulation.kill(everyNth(simulation, 4), BACK_MS)
    },
  },
  ...(
    [
      ['storm, jittered', JITTERED],
      ['storm, in step', IN_STEP],
    ] as const
  ).map(([name, retry]) => ({
    name,
    says: 'every connection breaks at once',
    seconds: 120,
    retry,
    happens(simulation: Simulation, second: number, plan: Plan) {
      filled(simulation, second, plan)
      if (second === TROUBLE_S) simulation.cutAll()
    },
  })),
  {
    name: 'rolling deploy',
    says: 'a twentieth of the edges at a time, drained at 2 % a second, for two minutes',
    seconds: 140,
    happens(simulation, second, plan) {
      filled(simulation, second, plan)
      if (second === TROUBLE_S || second === TROUBLE_S + 60)
        simulation.drain(everyNth(simulation, 20, second === TROUBLE_S ? 0 : 1))
    },
  },
]

/** Simulates a scenario on a planned tree. The same seed of `random` gives the same result. */
export function play(
  scenario: Scenario,
  plan: Plan,
  {
    connectsPerSecond,
    isSteered,
    random,
  }: { connectsPerSecond: number; isSteered: boolean; random: () => number },
): SimulationResult {
  const settings = { retry: scenario.retry ?? JITTERED, connectsPerSecond, isSteered }
  const simulation = new Simulation(plan, { settings, random })
  for (let second = 0; second < scenario.seconds; second++) {
    scenario.happens(simulation, second, plan)
    for (let step = 0; step < 10; step++) simulation.step()
  }
  return simulation.result()
}
