import { expect, test } from 'bun:test'
import { type KeyLife, signsAt, signsHeads } from './keys.ts'

const HOUR_MS = 3_600_000

test('a key signs from its beginning to its end, and a revoked one nothing from then on', () => {
  const key = { from: HOUR_MS, to: 2 * HOUR_MS }
  expect([0, HOUR_MS, 1.5 * HOUR_MS, 3 * HOUR_MS].map((at) => signsAt(key, at))).toEqual([
    false,
    true,
    true,
    false,
  ])
  const revoked = { ...key, revoked: 1.5 * HOUR_MS }
  expect([1.5 * HOUR_MS - 1, 1.5 * HOUR_MS].map((at) => signsAt(revoked, at))).toEqual([true, false])
  expect(signsAt({ from: 0 }, 9 * HOUR_MS)).toBe(true)
})

test('ballots of one append that lies around a rotation have one signature, which is good for all', () => {
  expect([HOUR_MS - 5_000, HOUR_MS + 5_000].map((at) => signsAt({ from: 0, to: HOUR_MS }, at))).toEqual([
    true,
    true,
  ])
  expect(signsAt({ from: HOUR_MS }, HOUR_MS - 5_000)).toBe(true)
})

test('a key signs what was received ten seconds before it and after its end, and not a millisecond more', () => {
  const life = { from: 100_000, to: 200_000 }
  expect([89_999, 90_000, 209_999, 210_000].map((atMs) => signsAt(life, atMs))).toEqual([
    false,
    true,
    true,
    false,
  ])
})

test('a head may be shown until half a minute after the end of its key, and without a clock no longer than the key has none', () => {
  const at = (life: { to?: number; revoked?: number }) =>
    [129_999, 130_000, undefined].map((nowMs) => signsHeads({ from: 0, ...life }, nowMs))
  expect(at({ revoked: 100_000 })).toEqual([true, false, false])
  expect(at({ to: 100_000 })).toEqual([true, false, false])
  expect(at({ to: 200_000, revoked: 100_000 })).toEqual([true, false, false])
  expect(at({})).toEqual([true, true, true])
})

test.each([{ from: '0' }, { from: null }, {}, { to: '1' }, { to: null }, { to: [1] }, { revoked: '9e9' }])(
  'a key whose times are not all numbers signs nothing: %j',
  (times) => {
    const life = { ...(Object.keys(times).length > 0 && { from: 0 }), ...times } as KeyLife
    expect([signsAt(life, 5_000), signsHeads(life, 5_000)]).toEqual([false, false])
  },
)
