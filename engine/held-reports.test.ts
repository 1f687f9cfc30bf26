import { expect, test } from 'bun:test'
import { HeldReports } from './held-reports.ts'

const NOW = 1_795_349_712_000
const held = () => new HeldReports<string, number>({ holdsMs: 5_000 })

test('an entry is valid until its time is over, or its source leaves; of one name the newest comes last', () => {
  const reports = held()
  reports.take('a', { x: 1, y: 2 }, NOW + 1_000)
  reports.take('b', { x: 3 }, NOW)
  expect(reports.entries(NOW + 1_000)).toEqual([
    ['x', 3],
    ['x', 1],
    ['y', 2],
  ])
  expect(reports.entries(NOW + 4_999)).toHaveLength(3)
  expect(reports.entries(NOW + 5_000)).toEqual([
    ['x', 1],
    ['y', 2],
  ])
  reports.forget('a')
  expect(reports.entries(NOW + 5_000)).toEqual([])
})

test('a source replaces what it said of a name, and holds it for as long again', () => {
  const reports = held()
  reports.take('a', { x: 1, y: 2 }, NOW)
  reports.take('a', { x: 4 }, NOW + 3_000)
  expect(reports.entries(NOW + 6_000)).toEqual([['x', 4]])
  expect(reports.entries(NOW + 8_000)).toEqual([])
})

test('of too many sources, and too many entries of one, the first are kept, and go on being replaced', () => {
  const reports = held()
  const names = (from: number, count: number, value: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${from + i}`, value]))
  reports.take('a', names(0, 10_001, 1), NOW)
  expect(reports.entries(NOW)).toHaveLength(10_000)
  reports.take('a', { n0: 2, more: 2 }, NOW)
  expect(new Map(reports.entries(NOW)).get('n0')).toBe(2)
  expect(new Map(reports.entries(NOW)).has('more')).toBe(false)

  const many = held()
  for (let i = 0; i <= 10_000; i++) many.take(`s${i}`, { [`n${i}`]: i }, NOW)
  expect(many.entries(NOW)).toHaveLength(10_000)
  many.take('s0', { n0: 7 }, NOW)
  expect(new Map(many.entries(NOW)).get('n0')).toBe(7)
  // A source without anything valid makes room for another.
  expect(many.entries(NOW + 5_000)).toEqual([])
  many.take('late', { x: 1 }, NOW + 5_000)
  expect(many.entries(NOW + 5_000)).toEqual([['x', 1]])
})
