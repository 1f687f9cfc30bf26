import { expect, test } from 'bun:test'
import type { Plan } from './plan.ts'
import { SCENARIOS } from './scenarios.ts'
import type { Simulation } from './simulate.ts'

/** What a scenario does to a tree of a hundred edges, by second. */
function happenings(name: string, viewers = 300_000): [second: number, what: string, ...unknown[]][] {
  const scenario = SCENARIOS.find((each) => each.name === name)!
  const done: [number, string, ...unknown[]][] = []
  let second = 0
  const notes = ['fill', 'arrive', 'kill', 'killRelay', 'drain', 'cutAll'].map((what) => [
    what,
    (...how: unknown[]) => done.push([second, what, ...how]),
  ])
  const simulation = { edges: new Array(100), ...Object.fromEntries(notes) } as Simulation
  for (; second < scenario.seconds; second++)
    scenario.happens(simulation, second, { inputs: { viewers } } as Plan)
  return done
}

const every = (nth: number, from = 0) =>
  Array.from({ length: 100 }, (_, i) => i).filter((i) => i % nth === from)
const THERE = [0, 'fill', 300_000]

test('what a scenario says is what happens, ten seconds after everybody is there', () => {
  expect(happenings('calm')).toEqual([THERE] as never)
  expect(happenings('edges die')).toEqual([THERE, [10, 'kill', every(50), 30_000]] as never)
  expect(happenings('a relay dies')).toEqual([THERE, [10, 'killRelay', 0, 30_000]] as never)
  expect(happenings('a region is lost')).toEqual([THERE, [10, 'kill', every(4), 30_000]] as never)
  for (const storm of ['storm, jittered', 'storm, in step'])
    expect(happenings(storm)).toEqual([THERE, [10, 'cutAll']] as never)
  const drained = [10, 70].map((second, i) => [second, 'drain', every(20, i)])
  expect(happenings('rolling deploy')).toEqual([THERE, ...drained] as never)
})

test('at kick-off a tenth of the crowd comes within a minute, half a million at most', () => {
  for (const [viewers, coming] of [
    [300_000, 30_000],
    [10_000_000, 500_000],
  ] as const) {
    const [filled, ...arrivals] = happenings('kick-off', viewers)
    expect(filled).toEqual([0, 'fill', viewers - coming])
    expect(arrivals).toEqual(Array.from({ length: 60 }, (_, i) => [5 + i, 'arrive', Math.floor(coming / 60)]))
  }
})
