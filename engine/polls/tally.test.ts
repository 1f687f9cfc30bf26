import { expect, test } from 'bun:test'
import type { Mark, TallyCell } from '../../protocol/polls.ts'
import { Tally } from './tally.ts'

const cell = (choice: string, count: number, more: Partial<TallyCell> = {}): TallyCell => ({
  show: 'final',
  poll: 'mvp',
  segment: '',
  choice,
  mark: '',
  count,
  version: 1,
  ...more,
})
const rules = { choices: ['anna', 'ben'].map((choice) => ({ choice, title: choice })) }
const ALL = { ...rules, countLate: true, countQuarantined: true }

test('a cell that is not newer changes nothing', () => {
  const tally = new Tally()
  expect(tally.version).toBe(0)
  expect(tally.apply(cell('anna', 5, { version: 3 }))).toBe(true)
  expect(tally.apply(cell('anna', 9, { version: 3 }))).toBe(false)
  expect(tally.apply(cell('anna', 9, { version: 2 }))).toBe(false)
  expect(tally.version).toBe(3)
  expect(tally.result(ALL).counts).toEqual({ anna: 5, ben: 0 })
  expect(tally.apply(cell('anna', 6, { version: 4 }))).toBe(true)
  expect(tally.apply(cell('ben', 1, { version: 2 }))).toBe(true)
  expect(tally.version).toBe(4)
})

test('a counter whose clock was an hour ahead is counted again once it is right, and not when that hour is over', () => {
  const tally = new Tally()
  expect(tally.apply(cell('anna', 5, { version: 3_610_000 }), 10_400)).toBe(true)
  expect(tally.apply(cell('anna', 9, { version: 10_900 }), 11_000)).toBe(true)
  expect(tally.apply(cell('anna', 7, { version: 10_800 }), 12_000)).toBe(false)
  expect([tally.result(ALL).counts.anna, tally.version]).toEqual([9, 10_900])
})

test('a segment is counted by itself and in the whole; viewers of none are in the whole alone', () => {
  const tally = new Tally()
  for (const [segment, n] of [
    ['', 1],
    ['home', 10],
    ['away', 100],
  ] as const) {
    tally.apply(cell('', n, { segment }))
    tally.apply(cell('anna', n, { segment }))
  }
  tally.apply(cell('ben', 5, { segment: 'away' }))
  expect(tally.result(ALL)).toEqual({
    viewers: 111,
    counts: { anna: 111, ben: 5 },
    segments: {
      home: { viewers: 10, counts: { anna: 10, ben: 0 } },
      away: { viewers: 100, counts: { anna: 100, ben: 5 } },
    },
  })
})

test('marked ballots are in the result as the rules say, and what is both needs both', () => {
  const tally = new Tally()
  const marks: [Mark, number][] = [
    ['', 1],
    ['late', 10],
    ['quarantined', 100],
    ['late quarantined', 1000],
  ]
  for (const [mark, n] of marks) {
    tally.apply(cell('', n, { mark }))
    tally.apply(cell('anna', 2 * n, { mark }))
  }
  const viewers = (countLate: boolean, countQuarantined: boolean) => {
    const result = tally.result({ ...rules, countLate, countQuarantined })
    expect(result.counts).toEqual({ anna: 2 * result.viewers, ben: 0 })
    return result.viewers
  }
  expect(viewers(true, true)).toBe(1111)
  expect(viewers(false, true)).toBe(101)
  expect(viewers(true, false)).toBe(11)
  expect(viewers(false, false)).toBe(1)
  expect(tally.marked('late')).toBe(1010)
  expect(tally.marked('quarantined')).toBe(1100)
})

test('a choice that the poll has not any more is counted all the same', () => {
  const tally = new Tally()
  tally.apply(cell('cleo', 3))
  tally.apply(cell('cleo', 4, { segment: 'home' }))
  expect(tally.result(ALL).counts).toEqual({ anna: 0, ben: 0, cleo: 7 })
})

test('a segment and a choice may have the name of what every object has', () => {
  const tally = new Tally()
  tally.apply(cell('', 3, { segment: 'constructor' }))
  tally.apply(cell('constructor', 3, { segment: 'constructor' }))
  expect(tally.result(ALL)).toEqual({
    viewers: 3,
    counts: { anna: 0, ben: 0, constructor: 3 },
    segments: { constructor: { viewers: 3, counts: { anna: 0, ben: 0, constructor: 3 } } },
  })
})
