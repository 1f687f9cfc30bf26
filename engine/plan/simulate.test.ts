import { expect, test } from 'bun:test'
import { seededRandom } from '../../load/random.ts'
import type { PlanInputs } from './inputs.ts'
import { plan } from './plan.ts'
import { play, SCENARIOS } from './scenarios.ts'

const SHOW: PlanInputs = {
  ...{
    viewers: 300_000,
    arrivalsPerSecond: 500,
    tapsPerSecond: 10_000,
    tapsPerRequest: 5,
    votesPerSecond: 100,
  },
  ...{ packetsPerSecond: 4, packetBytes: 220, segments: 2, machineCores: 16, machineMemoryMb: 64_000 },
  ...{ machineMbit: 10_000, openFiles: 262_144, load: 0.5, spare: 0.4, broadcastMs: 250, relayMs: 10 },
  ...{ relayChildren: 8, hopMs: 5, machinePrice: 0, gbPrice: 0 },
}
const played = (name: string, { seed = 1, isSteered = true, connectsPerSecond = 2_000 } = {}) =>
  play(SCENARIOS.find((scenario) => scenario.name === name)!, plan(SHOW), {
    connectsPerSecond,
    isSteered,
    random: seededRandom(seed),
  })

test('whatever happens nobody is lost or counted twice, and packets stay within a second', () => {
  for (const { name } of SCENARIOS) {
    const { viewers, delayP99Ms, backAfterMs } = played(name)
    const crowd = name === 'kick-off' ? 60 * Math.floor(30_000 / 60) + 270_000 : 300_000
    expect({ name, viewers }).toEqual({ name, viewers: crowd })
    expect(delayP99Ms).toBeLessThan(1_000)
    expect({ name, isSoon: backAfterMs < 60_000 }).toEqual({ name, isSoon: true })
  }
})

test('the same seed gives the same run', () => {
  expect(played('edges die', { seed: 7 })).toEqual(played('edges die', { seed: 7 }))
})

test('jitter and the accept rate are what keeps a storm from an edge', () => {
  const jittered = played('storm, jittered')
  const inStep = played('storm, in step')
  const unbounded = played('storm, in step', { connectsPerSecond: 0 })
  expect(inStep.refused).toBeGreaterThan(jittered.refused)
  expect(inStep.edgePeak).toBeGreaterThan(2 * jittered.edgePeak)
  expect(unbounded.edgePeak).toBeGreaterThan(2 * inStep.edgePeak)
})

test('a relay that dies costs its edges some five seconds and no connection', () => {
  const { gapP99Ms, refused, failed } = played('a relay dies')
  expect(gapP99Ms).toBeWithin(5_000, 6_000)
  expect(refused + failed).toBe(0)
})
