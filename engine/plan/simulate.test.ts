import { describe, expect, test } from 'bun:test'
import { seededRandom } from '../../load/random.ts'
import type { PlanInputs } from './inputs.ts'
import { MEASURED, type Plan, plan } from './plan.ts'
import { play, SCENARIOS } from './scenarios.ts'
import { IN_STEP, Simulation, type SimulationSettings } from './simulate.ts'

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

/**
 * Figures calculated by hand: ten edges of 1,000 viewers each below two relays, 100 µs per viewer and packet, four packets per
 * second.
 */
describe('a small tree', () => {
  const SMALL: Plan = {
    inputs: { ...SHOW, packetsPerSecond: 4, hopMs: 20 },
    values: {
      edges: 10,
      relays: 2,
      edgeViewers: 1_000,
      deliveryUs: 100,
      treePacketsPerSecond: 10,
      levels: 1,
    },
    tree: [1, 2, 10],
    limitedBy: 'none',
  }
  const simulated = (
    viewers: number,
    {
      connectUs = 0,
      values = {},
      ...settings
    }: Partial<SimulationSettings> & { connectUs?: number; values?: Plan['values'] } = {},
  ) => {
    const small = { ...SMALL, values: { ...SMALL.values, ...values } }
    const simulation = new Simulation(small, {
      settings: { retry: IN_STEP, connectsPerSecond: 0, isSteered: true, ...settings },
      random: seededRandom(3),
      costs: { ...MEASURED, connectUs },
    })
    simulation.fill(viewers)
    const run = (seconds: number) => {
      for (let step = 0; step < 10 * seconds; step++) simulation.step()
      return simulation.result()
    }
    run(0.1)
    return { simulation, run, viewersOf: () => simulation.edges.map(({ viewers }) => viewers) }
  }

  test('in calm says what each level works and how long a packet takes, and nothing else', () => {
    const { run, viewersOf } = simulated(5_000)
    const calm = run(3)
    expect(viewersOf()).toEqual(new Array(10).fill(500))
    // 500 viewers x 4 packets x 100 µs; 5 edges x 10 packets x 100 µs.
    expect(calm.edgePeak).toBeCloseTo(0.2)
    expect(calm.relayPeak).toBeCloseTo(0.005)
    // Two hops of 20 ms and 5 edges of 100 µs, twice; then 500 viewers of 100 µs, sampled at each quarter.
    expect([calm.delayP50Ms, calm.delayP99Ms]).toEqual([70, 90])
    const { gapP50Ms, gapP99Ms, refused, failed, viewers, backAfterMs } = calm
    expect({ gapP50Ms, gapP99Ms, refused, failed, viewers, backAfterMs }).toEqual({
      ...{ gapP50Ms: 0, gapP99Ms: 0, refused: 0, failed: 0, viewers: 5_000, backAfterMs: 0 },
    })
  })

  test('whose edges have more to do than a core can do is later with each packet, and says how busy they are', () => {
    const values = { deliveryUs: 400 }
    const { run } = simulated(10_000, { values })
    // 160 ms of work in every 100 ms: 60 ms remain as backlog each time; the simulation has already run for 100 ms.
    const { edgePeak, relayPeak, delayP99Ms } = run(0.9)
    expect(edgePeak).toBeCloseTo(1.6 + 9 * 0.6, 5)
    expect(relayPeak).toBeCloseTo(0.02, 5)
    // The backlog, two hops, 5 children twice, and the last of 1,000 viewers.
    expect(delayP99Ms).toBe(Math.round((600 + 2 * (20 + 2) + 400) / 10) * 10)
  })

  test('whose relays have more to do than a core can do is later with each packet, too', () => {
    const { run } = simulated(1_000, { values: { treePacketsPerSecond: 2_200 } })
    const { relayPeak, delayP99Ms } = run(0.9)
    expect(relayPeak).toBeCloseTo(1.1 + 9 * 0.1, 5)
    expect(delayP99Ms).toBe(Math.round((100 + 2 * (20 + 0.5) + 10) / 10) * 10)
  })

  test('is whole again when those who came during the trouble are there, too', () => {
    const { simulation, run } = simulated(1_000, { connectsPerSecond: 20 })
    simulation.cutAll()
    simulation.arrive(4_000)
    // 200 per second, and a burst of twice as many at first.
    const { viewers, backAfterMs } = run(60)
    expect(viewers).toBe(5_000)
    expect(backAfterMs).toBeWithin(18_000, 59_000)
  })

  test('in which two edges die has everybody on the others, most of them a second later, and the dead back empty', () => {
    const { simulation, run, viewersOf } = simulated(5_000)
    simulation.kill([0, 5], 20_000)
    expect(simulation.connected).toBe(4_000)
    const { gapP50Ms, failed, viewers, backAfterMs } = run(10)
    // One in five of them tried a dead edge first, and one in five of those tried another dead one.
    expect(failed).toBeWithin(200, 350)
    expect(gapP50Ms).toBe(1_000)
    expect(viewers).toBe(5_000)
    expect(backAfterMs).toBeWithin(1_000, 8_000)
    expect(simulation.edges.map(({ alive }) => alive).filter(Boolean)).toHaveLength(8)
    run(10.2)
    expect([viewersOf()[0], viewersOf()[5]]).toEqual([0, 0])
    expect(simulation.edges.every(({ alive }) => alive)).toBe(true)
  })

  test('whose connections all break has everybody back after a second, the work of it as it was asked for', () => {
    const { simulation, run } = simulated(5_000, { connectUs: 1_000 })
    run(1.9)
    simulation.cutAll()
    expect(simulation.connected).toBe(0)
    const { viewers, gapP50Ms, gapP99Ms, backAfterMs, edgePeak, refused } = run(5)
    expect({ viewers, gapP50Ms, gapP99Ms, refused }).toEqual({
      ...{ viewers: 5_000, gapP50Ms: 1_000, gapP99Ms: 1_000, refused: 0 },
    })
    expect(backAfterMs).toBe(1_000)
    // About 500 connections of 1 ms each within 100 ms, plus the packets.
    expect(edgePeak).toBeGreaterThan(4)
  })

  test('whose edges take so many connections a second refuses the others, who come again', () => {
    const { simulation, run } = simulated(5_000, { connectsPerSecond: 50 })
    simulation.cutAll()
    const { refused, viewers } = run(3)
    // A burst of twice as many at first, of 500 on each edge.
    expect(refused).toBeGreaterThan(4_000)
    expect(viewers).toBeWithin(1_000, 2_600)
    expect(run(9).viewers).toBe(5_000)
  })

  test('that is drained moves a fiftieth of what an edge holds a second, and begins anew', () => {
    const { simulation, run, viewersOf } = simulated(5_000)
    simulation.drain([4])
    run(10)
    expect(viewersOf()[4]).toBe(500 - 10 * 20)
    const { viewers, gapP99Ms, backAfterMs } = run(20)
    expect(viewers).toBe(5_000)
    // The drain is not known everywhere at first, so some are sent to it again.
    expect(gapP99Ms).toBeWithin(1_000, 5_000)
    expect(backAfterMs).toBeWithin(100, 30_000)
    // It accepts its share of new viewers.
    expect(simulation.edges[4]!.draining).toBe(false)
    simulation.arrive(1_000)
    run(5)
    expect(viewersOf()[4]).toBeGreaterThan(50)
  })

  test('that loses a relay holds up its edges alone, until they have another parent', () => {
    const { simulation, run } = simulated(5_000)
    simulation.killRelay(1, 20_000)
    const { gapP50Ms, gapP99Ms, viewers, backAfterMs } = run(10)
    expect({ viewers, backAfterMs }).toEqual({ viewers: 5_000, backAfterMs: 0 })
    expect(gapP50Ms).toBeWithin(5_000, 5_601)
    expect(gapP99Ms).toBeWithin(gapP50Ms, 5_601)
    expect(simulation.edges.map(({ blindSinceMs }) => blindSinceMs > 0)).toEqual(
      Array.from({ length: 10 }, (_, i) => i % 2 === 1),
    )
    expect(simulation.relays.map(({ alive }) => alive)).toEqual([true, false])
    run(11)
    expect(simulation.relays.map(({ alive }) => alive)).toEqual([true, true])
  })

  test('that is nearly full is filled to its places, whether the show names edges with room or not', () => {
    for (const isSteered of [true, false]) {
      const { simulation, run, viewersOf } = simulated(9_000, { isSteered })
      simulation.arrive(990)
      const { viewers, refused, gapP99Ms } = run(60)
      expect(viewers).toBe(9_990)
      expect(Math.max(...viewersOf())).toBeLessThanOrEqual(1_000)
      // None of them had received a packet before.
      expect([gapP99Ms, refused >= 0]).toEqual([0, true])
    }
  })

  test('of one relay: it serves every edge', () => {
    const { run } = simulated(1_000, { values: { relays: 1 } })
    expect(run(1).relayPeak).toBeCloseTo(0.01)
  })

  test('of two levels of relays: a packet waits on each for all children before it', () => {
    const { run } = simulated(10, { values: { levels: 2, deliveryUs: 10_000 } })
    // Three hops of 20 ms, and 5 children of 10 ms each on every level above; then its viewer.
    expect(run(3).delayP99Ms).toBe(3 * 20 + 3 * 5 * 10 + 10)
  })

  test('whose newcomers are sent past an edge that is full, and where nobody sends them find that out', () => {
    const refused = [true, false].map((isSteered) => {
      const { simulation, run } = simulated(0, { isSteered, values: { edges: 2 } })
      simulation.edges[0]!.viewers = 1_000
      run(6)
      simulation.arrive(100)
      return run(0.2).refused
    })
    expect(refused).toEqual([0, 50])
  })

  test('whose viewers lose their edge try any other; who finds it full is sent on within a second, who finds it dead waits', () => {
    const { simulation, run } = simulated(900, { values: { edges: 3 } })
    simulation.edges[0]!.viewers = 1_000
    run(5.9)
    simulation.kill([2], 60_000)
    const { refused, failed, gapP50Ms, gapP99Ms, viewers } = run(5)
    expect({ refused, failed, viewers }).toEqual({ refused: 100, failed: 100, viewers: 1_600 })
    // A hundred after 1 s, a hundred in the second after that, and a hundred after another second for each of both waits.
    expect([gapP50Ms, gapP99Ms]).toEqual([1_400, 3_000])
  })

  test('in which every edge is dead is tried again after longer and longer waits', () => {
    const retry = { firstMs: 1_000, maxMs: 8_000, jitter: 0 }
    const { simulation, run } = simulated(1_000, { retry, isSteered: false })
    simulation.kill([...simulation.edges.keys()], 20_000)
    const { failed, gapP50Ms, gapP99Ms } = run(30)
    // After 1, 4, 9, 18 and 27 s: each time the wait, and one second until a dead edge is given up.
    expect({ failed, gapP50Ms, gapP99Ms }).toEqual({ failed: 4_000, gapP50Ms: 27_000, gapP99Ms: 27_000 })
  })

  test('of which half the edges are dead has half of those who try again on the others, every two seconds', () => {
    const { simulation, run } = simulated(1_000, {
      isSteered: false,
      values: { edges: 2, edgeViewers: 9_000 },
    })
    simulation.edges[0]!.viewers = 1_000
    simulation.kill([0], 60_000)
    const { gapP50Ms, gapP99Ms } = run(30)
    // A second until the first try; seven tries leave fewer than one in a hundred.
    expect([gapP50Ms, gapP99Ms]).toEqual([1_000, 1_000 + 6 * 2_000])
  })

  test('whose clients spread their first try have them back evenly over all of that time', () => {
    const retry = { firstMs: 4_000, maxMs: 4_000, jitter: 1 }
    const { simulation, run } = simulated(4_000, { retry })
    simulation.cutAll()
    const { gapP50Ms, gapP99Ms } = run(5)
    expect([gapP50Ms, gapP99Ms]).toEqual([1_900, 3_900])
  })

  test('whose edge is drained has its viewers try again as soon as after any loss', () => {
    const retry = { firstMs: 1_000, maxMs: 64_000, jitter: 0 }
    const { simulation, run } = simulated(1_000, { retry, isSteered: false })
    simulation.drain([0])
    const { gapP50Ms, gapP99Ms } = run(20)
    // One in ten knocks at the edge that is drained, and waits twice as long after that.
    expect([gapP50Ms, gapP99Ms]).toEqual([1_000, 3_000])
  })

  test('whose only edge with room is rushed has those whom it refuses try any, also one that is dead', () => {
    const { simulation, run } = simulated(0, { connectsPerSecond: 10, values: { edges: 2 } })
    simulation.kill([1], 600_000)
    run(6)
    simulation.arrive(100)
    const first = run(0.3)
    expect([first.failed, first.viewers + first.refused]).toEqual([0, 100])
    expect(run(1).failed).toBe(first.refused / 2)
  })

  test('of which every edge is full sends whoever comes on three times, and then has them wait', () => {
    const retry = { firstMs: 10_000, maxMs: 10_000, jitter: 0 }
    const refusedOf = (happens: (simulation: Simulation) => void, seconds: number) => {
      const { simulation, run } = simulated(0, { retry, values: { edges: 2, edgeViewers: 10_000 } })
      const fill = () => {
        for (const edge of simulation.edges) edge.viewers = 10_000
      }
      simulation.edges[0]!.viewers = 20
      run(6)
      happens(simulation)
      run(0.1)
      fill()
      return run(seconds).refused
    }
    expect(refusedOf((simulation) => simulation.arrive(20), 8)).toBe(80)
    // After ten seconds, at first.
    expect(refusedOf((simulation) => simulation.cutAll(), 18)).toBe(80)
    // An edge that is drained sends them on once itself.
    expect(refusedOf((simulation) => simulation.drain([0]), 8)).toBe(60)
  })

  test('that is whole again is told from the newest trouble on, and one in which nobody is missing is whole at once', () => {
    const { simulation, run } = simulated(5_000)
    simulation.cutAll()
    expect(run(5).backAfterMs).toBe(1_000)
    simulation.killRelay(0, 20_000)
    expect(run(5).backAfterMs).toBe(0)
  })

  test('to which viewers come one by one gets them on all its edges', () => {
    const { simulation, run, viewersOf } = simulated(0, { isSteered: false })
    for (let n = 0; n < 200; n++) {
      simulation.arrive(1)
      run(0.1)
    }
    run(0.1)
    expect(viewersOf().reduce((sum, viewers) => sum + viewers)).toBe(200)
    expect(Math.min(...viewersOf())).toBeGreaterThan(5)
  })

  test('of which more want to be than it holds refuses the others for good', () => {
    const { simulation, run } = simulated(9_900)
    simulation.arrive(200)
    const first = run(5)
    expect(first.viewers).toBe(10_000)
    expect(run(5).refused).toBeGreaterThan(first.refused)
  })
})

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

test('a scenario is asked before each of its seconds what happens, and not after the last', () => {
  const asked: [second: number, nowMs: number, viewers: number][] = []
  const happens = ({ nowMs, connected }: Simulation, second: number) =>
    void asked.push([second, nowMs, connected])
  const scenario = { name: 'three', says: 'seconds', seconds: 3, happens }
  const settings = { connectsPerSecond: 0, isSteered: true, random: seededRandom(1) }
  play(scenario, plan(SHOW), settings)
  expect(asked).toEqual([
    [0, 0, 0],
    [1, 1000, 0],
    [2, 2000, 0],
  ])
})

test('a tree that begins in trouble is whole once the first viewer is there', () => {
  const settings = { retry: IN_STEP, connectsPerSecond: 0, isSteered: false }
  const begun = (happens: (simulation: Simulation) => void) => {
    const simulation = new Simulation(plan(SHOW), { settings, random: seededRandom(1) })
    happens(simulation)
    for (let step = 0; step < 50; step++) simulation.step()
    return simulation.result().backAfterMs
  }
  const arrived = begun((simulation) => {
    simulation.cutAll()
    simulation.arrive(1)
  })
  expect([arrived, begun((simulation) => simulation.killRelay(0, 1_000))]).toEqual([100, 0])
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
