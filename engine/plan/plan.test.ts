import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { COSTS } from './costs.ts'
import { GROWS_WITH, type PlanInputs } from './inputs.ts'
import { driversOf, plan, viewersWithin } from './plan.ts'
import { QUANTITIES } from './quantities.ts'
import { relayLevels } from './tree.ts'

const SHOW: PlanInputs = {
  viewers: 1_000_000,
  arrivalsPerSecond: 200,
  tapsPerSecond: 50_000,
  tapsPerRequest: 5,
  votesPerSecond: 2_000,
  packetsPerSecond: 4,
  packetBytes: 220,
  segments: 2,
  machineCores: 16,
  machineMemoryMb: 64_000,
  machineMbit: 10_000,
  openFiles: 262_144,
  load: 0.5,
  spare: 0.1,
  broadcastMs: 250,
  relayMs: 10,
  relayChildren: 200,
  hopMs: 5,
  machinePrice: 0.5,
  gbPrice: 0.01,
}

const inputs: fc.Arbitrary<PlanInputs> = fc
  .record({
    viewers: fc.integer({ min: 1, max: 100_000_000 }),
    arrivalsPerSecond: fc.integer({ min: 0, max: 1_000_000 }),
    tapsPerSecond: fc.integer({ min: 0, max: 100_000_000 }),
    votesPerSecond: fc.integer({ min: 0, max: 1_000_000 }),
    packetsPerSecond: fc.integer({ min: 1, max: 20 }),
    packetBytes: fc.integer({ min: 10, max: 2_000 }),
    segments: fc.integer({ min: 0, max: 16 }),
    machineCores: fc.integer({ min: 2, max: 64 }),
    machineMbit: fc.integer({ min: 10_000, max: 100_000 }),
    openFiles: fc.integer({ min: 1_024, max: 1_000_000 }),
  })
  .map((some) => ({ ...SHOW, ...some }))

const NEVER_SHRINKS = [
  ...['edges', 'relays', 'levels', 'ingests', 'partitions', 'sparkCoresToHave', 'processes', 'machines'],
  ...['busyCores', 'memoryMb', 'bandwidthMbit', 'pricePerHour'],
]

test('more of anything that a crowd brings never needs less of anything', () => {
  fc.assert(
    fc.property(
      inputs,
      fc.constantFrom(...GROWS_WITH),
      fc.double({ min: 1, max: 3, noNaN: true }),
      (one, input, times) => {
        const more = plan({ ...one, [input]: Math.ceil((one[input] + 1) * times) })
        const { values } = plan(one)
        for (const name of NEVER_SHRINKS)
          expect(more.values[name]!).toBeGreaterThanOrEqual(values[name]! * (1 - 1e-12))
      },
    ),
    { numRuns: 300 },
  )
})

test('no edge, no relay and no machine is planned over a limit', () => {
  fc.assert(
    fc.property(inputs, (one) => {
      const { values, tree, limitedBy } = plan(one)
      const v = values as Record<string, number>
      const each = one.viewers / v.edges!
      expect(each).toBeLessThanOrEqual(v.edgeViewers!)
      expect(v[limitedBy]).toBe(v.edgeViewers!)
      expect(each).toBeLessThan(one.openFiles)
      expect(each * one.packetsPerSecond * v.deliveryUs!).toBeLessThanOrEqual(one.load * 1e6 * 1.0001)
      expect(each * v.deliveryUs!).toBeLessThanOrEqual(one.broadcastMs * 1000 * 1.0001)
      expect(v.bandwidthMbit! / v.machines!).toBeLessThanOrEqual(one.load * one.machineMbit * 1.0001)
      expect(v.memoryMb! / v.machines!).toBeLessThanOrEqual(one.load * one.machineMemoryMb * 1.0001)
      for (const [level, parents] of tree.slice(0, -1).entries())
        expect(tree[level + 1]! / parents).toBeLessThanOrEqual(v.fanOut!)
      const hopsMs = (v.levels! + 1) * one.hopMs
      expect(v.packetDelayMs!).toBeGreaterThan(hopsMs)
      expect(v.packetDelayMs!).toBeLessThanOrEqual(hopsMs + (v.levels! + 1) * one.relayMs + one.broadcastMs)
      expect(tree.slice(1, -1).reduce((sum, relays) => sum + relays, 0)).toBe(v.relays!)
      expect(tree.length - 2).toBe(v.levels!)
    }),
    { numRuns: 300 },
  )
})

test('relays are as few as their children allow', () => {
  expect(relayLevels(200, 200)).toEqual([])
  expect(relayLevels(201, 200)).toEqual([2])
  expect(relayLevels(40_001, 200)).toEqual([2, 201])
})

test('what no machine of a kind can carry is refused in one sentence', () => {
  expect(() => plan({ ...SHOW, packetBytes: 60_000, machineMbit: 10 })).toThrow(/edgeViewers is 0/)
  expect(() => plan({ ...SHOW, machineMemoryMb: 1_000 })).toThrow(RangeError)
})

test('the costliest input is named first, and an input that a plan does not feel adds nothing', () => {
  const drivers = driversOf(plan({ ...SHOW, votesPerSecond: 0 }))
  expect(['viewers', 'packetsPerSecond']).toContain(drivers[0]!.input)
  expect(drivers.find(({ input }) => input === 'votesPerSecond')).toMatchObject({ busyCores: 0, memoryMb: 0 })
})

test('inputs are in the order of what a tenth more of each adds to cores, bandwidth and memory', () => {
  const drivers = driversOf(plan(SHOW))
  expect(drivers.map(({ input }) => input).toSorted()).toEqual([
    'arrivalsPerSecond',
    'packetBytes',
    'packetsPerSecond',
    'segments',
    'tapsPerSecond',
    'viewers',
    'votesPerSecond',
  ])
  const weights = drivers.map(
    ({ busyCores, bandwidthMbit, memoryMb }) => busyCores + bandwidthMbit + memoryMb,
  )
  expect(weights).toEqual(weights.toSorted((a, b) => b - a))
  const [before, after] = [SHOW, { ...SHOW, viewers: 1_100_000 }].map((inputs) => plan(inputs).values)
  const viewers = drivers.find(({ input }) => input === 'viewers')!
  for (const name of ['busyCores', 'bandwidthMbit', 'memoryMb'] as const)
    expect(viewers[name]).toBeCloseTo(after![name]! / before![name]! - 1)
})

test('every line of a plan says in what it is counted', () => {
  const units = ['viewers', 'processes', 'children', 'levels', 'partitions', 'machines', 'cores']
  const measures = ['µs', 'ms', '/s', '/h', 'GB/h', 'B', 'MB', 'Mbit/s']
  for (const { name, unit } of QUANTITIES)
    expect([name, [...units, ...measures].includes(unit)]).toEqual([name, true])
})

describe('a budget', () => {
  test('is enough for the crowd that it names, and not for one viewer more than that', () => {
    const price = (viewers: number) => plan({ ...SHOW, viewers }).values.pricePerHour!
    const viewers = viewersWithin(100, SHOW)
    expect(price(viewers)).toBeLessThanOrEqual(100)
    expect(price(viewers + 1)).toBeGreaterThan(100)
  })

  test('of nothing is enough for nobody', () => {
    expect(viewersWithin(0.1, SHOW)).toBe(0)
  })
})

test('every cost says what measured it', () => {
  for (const [name, { value, unit, source }] of Object.entries(COSTS)) {
    expect({ name, isPositive: value > 0 }).toEqual({ name, isPositive: true })
    expect(unit).not.toBe('')
    expect(source).toMatch(/^(npm run (bench|cluster)|Linux|MQTT)/)
  }
})
