import { expect, test } from 'bun:test'
import { LAST, localText, timeIn } from './wall-clock.ts'

test('what a field for times shows is what it reads', () => {
  for (const text of ['2026-11-28T20:15:00', '1999-01-01T00:00:00', '0002-06-01T12:00:00', LAST])
    expect(localText(timeIn(text) as number)).toBe(text)
  expect([timeIn(''), localText(undefined)]).toEqual([undefined, ''])
})

test('a year with a digit too many is no time, and takes none away', () => {
  for (const text of ['20266-11-28T20:15', '+020266-11-28T20:15', '2026-13-01T00:00', 'nonsense'])
    expect([text, timeIn(text)]).toEqual([text, 'none'])
  for (const at of [Number.NaN, 8.64e15, -8.64e15, 577366084800000])
    expect([at, localText(at)]).toEqual([at, ''])
})
