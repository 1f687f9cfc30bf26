import { expect, spyOn, test } from 'bun:test'
import type { ShowState } from '../../protocol/show.ts'
import type { ShowDocument } from '../../sdk/src/index.ts'
import { asItIs } from './as-it-is.ts'

/** What a document says by a clock that is told to pass: each time that somebody looks again, `passes` says what time it is then. */
function turnsOf(told: Partial<ShowDocument>, nowMs: number, ...passes: number[]) {
  const states: ShowState[] = []
  const waits: number[] = []
  let now = nowMs
  let look: (() => void) | undefined
  const timers = spyOn(globalThis, 'setTimeout').mockImplementation(((then: () => void, ms: number) => {
    look = then
    waits.push(ms)
  }) as never)
  try {
    const end = asItIs(
      told as ShowDocument,
      () => now,
      ({ state }) => states.push(state),
    )
    for (now of passes) {
      const again = look
      look = undefined
      again?.()
    }
    end()
  } finally {
    timers.mockRestore()
  }
  return { states, waits }
}

test('a show begins and ends by the times of the document that is there, though no other comes', () => {
  const told = { state: 'scheduled', starts: 1_020, ends: 1_040 } as const
  expect(turnsOf(told, 1_000, 1_020, 1_040)).toMatchObject({
    states: ['scheduled', 'live', 'ended'],
    waits: [20, 20, 10_000],
  })
})

test('what a producer did by hand comes before the times', () => {
  expect(turnsOf({ state: 'live', starts: 9_000_000 }, 1_000, 2_000).states).toEqual(['live'])
  expect(turnsOf({ state: 'ended', ends: 9_000_000 }, 1_000)).toEqual({ states: ['ended'], waits: [] })
  expect(turnsOf({ state: 'live' }, 1_000)).toEqual({ states: ['live'], waits: [] })
})

test('however far away a time is, somebody looks again soon: a device may have slept, or its clock been set', () => {
  const told = { state: 'scheduled', starts: 1_000 + 2 ** 40 } as const
  expect(turnsOf(told, 1_000, 11_000)).toEqual({ states: ['scheduled'], waits: [10_000, 10_000] })
  expect(turnsOf(told, 1_000, told.starts + 5_000).states).toEqual(['scheduled', 'live'])
})

test('a clock that is an hour ahead ends no show of which the server has just said that it is live', () => {
  const told = { state: 'live', starts: 1_000_000, ends: 4_000_000 } as const
  const ahead = 3_600_000
  expect(turnsOf(told, 3_000_000 + ahead, 3_010_000 + ahead).states).toEqual(['live'])
  // Once packets have said what time it is.
  expect(turnsOf(told, 3_000_000 + ahead, 3_010_000, 4_000_000).states).toEqual(['live', 'ended'])
  // A document that waited some seconds on its way is what it was.
  expect(turnsOf(told, 4_005_000).states).toEqual(['ended'])
})
