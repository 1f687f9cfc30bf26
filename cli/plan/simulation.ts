import type { Plan } from '../../engine/plan/plan.ts'
import { plan } from '../../engine/plan/plan.ts'
import { play, SCENARIOS } from '../../engine/plan/scenarios.ts'
import type { SimulationResult } from '../../engine/plan/simulate.ts'
import { seededRandom } from '../../load/random.ts'
import { tableOf } from '../table.ts'

/** Loads to simulate, to find which of them keep packets on time. */
const LOADS = [0.3, 0.5, 0.7, 0.9]
const LATE_MS = 1_000

export interface SimulationOptions {
  seed: number
  connectsPerSecond: number
}

export interface Simulated {
  scenario: string
  says: string
  result: SimulationResult
}

/** Plays every scenario on the planned tree. */
export const simulate = (planned: Plan, { seed, connectsPerSecond }: SimulationOptions): Simulated[] =>
  SCENARIOS.map((scenario) => ({
    scenario: scenario.name,
    says: scenario.says,
    result: play(scenario, planned, { connectsPerSecond, isSteered: true, random: seededRandom(seed) }),
  }))

/** What happens to a crowd on its tree, as text. */
export function simulationText(planned: Plan, options: SimulationOptions): string {
  const seconds = (ms: number) => (ms / 1000).toFixed(1)
  const percent = (share: number) => `${Math.round(share * 100)} %`
  const rows = simulate(planned, options).map(({ scenario, says, result }) => [
    scenario,
    `${result.delayP50Ms} / ${result.delayP99Ms} ms`,
    `${seconds(result.gapP50Ms)} / ${seconds(result.gapP99Ms)} s`,
    `${seconds(result.backAfterMs)} s`,
    percent(result.edgePeak),
    percent(result.relayPeak),
    result.refused.toLocaleString('en'),
    says,
  ])
  const head = ['', 'delay p50 / p99', 'gap p50 / p99', 'all back', 'edge', 'relay', 'refused', '']
  return [
    tableOf([head, ...rows]),
    `Delay is from the root to a viewer, gap is without a packet, of those who lost their connection or their edge's parent; loads are the busiest tenth of a second of the busiest process.\n`,
    loadsText(planned, options),
  ].join('\n')
}

/** Which load of an edge's core keeps p99 under a second while the last viewers arrive. */
function loadsText(planned: Plan, options: SimulationOptions): string {
  const rows = LOADS.map((load) => {
    const another = plan({ ...planned.inputs, load })
    const kickOff = SCENARIOS.find(({ name }) => name === 'kick-off')!
    const { delayP99Ms, edgePeak } = play(kickOff, another, {
      connectsPerSecond: options.connectsPerSecond,
      isSteered: true,
      random: seededRandom(options.seed),
    })
    return [
      `${load * 100}`,
      another.values.edges!.toLocaleString('en'),
      `${delayP99Ms} ms`,
      `${Math.round(edgePeak * 100)} %`,
      delayP99Ms < LATE_MS ? 'in time' : 'late',
    ]
  })
  return `At a kick-off, by --load-percent:\n${tableOf([['load', 'edges', 'delay p99', 'busiest edge', ''], ...rows])}`
}
