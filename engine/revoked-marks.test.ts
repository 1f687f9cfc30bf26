import { expect, test } from 'bun:test'
import { REVOKED_MAX } from '../protocol/limits.ts'
import { RevokedMarks } from './revoked-marks.ts'

const live = (marks: RevokedMarks, nowMs: number) => marks.held().filter(({ until }) => until > nowMs)

test('a mark holds until its token has expired, also where it is said again for less', () => {
  const marks = new RevokedMarks()
  expect(marks.take({ revoked: 'a', until: 20 }, 10)).toBe(true)
  for (const until of [20, 15]) expect(marks.take({ revoked: 'a', until }, 10)).toBe(false)
  expect([marks.covers('a', 19), marks.covers('a', 20), marks.covers('b', 10)]).toEqual([true, false, false])
  expect(marks.take({ revoked: 'a', until: 30 }, 10)).toBe(true)
  expect([live(marks, 29), live(marks, 30)]).toEqual([[{ revoked: 'a', until: 30 }], []])
  // The clock may have been ahead.
  expect(marks.covers('a', 29)).toBe(true)
})

test('a mark that has expired by a clock that is ahead holds again once the clock is right', () => {
  const marks = new RevokedMarks()
  expect(marks.take({ revoked: 'a', until: 20 }, 1000)).toBe(true)
  expect(live(marks, 1000)).toEqual([])
  expect([marks.covers('a', 1000), marks.covers('a', 10)]).toEqual([false, true])
  expect(marks.held()).toEqual([{ revoked: 'a', until: 20 }])
})

test('at the bound those that last longest keep their places, though a clock that is ahead says of all that they have expired', () => {
  const marks = new RevokedMarks()
  // The trail is read from its end.
  for (let i = 0; i < 5 * REVOKED_MAX; i++) marks.take({ revoked: `${i}`, until: 5 * REVOKED_MAX - i }, 1e9)
  const longest = marks.held().slice(0, REVOKED_MAX)
  expect(longest.map(({ revoked }) => Number(revoked))).toEqual(
    Array.from({ length: REVOKED_MAX }, (_, i) => i),
  )
})

test('at the bound another is taken in the place of those that have expired, and else not at all', () => {
  const marks = new RevokedMarks()
  for (let i = 0; i < 2 * REVOKED_MAX; i++) marks.take({ revoked: `${i}`, until: i === 0 ? 20 : 30 }, 10)
  expect(marks.take({ revoked: 'more', until: 40 }, 10)).toBe(false)
  expect(marks.take({ revoked: '1', until: 40 }, 10)).toBe(true)
  expect(marks.take({ revoked: 'more', until: 40 }, 25)).toBe(true)
  expect(live(marks, 25)).toHaveLength(2 * REVOKED_MAX)
})
