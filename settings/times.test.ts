import { describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { duration, durationMs, durationOrNone, momentOf } from './times.ts'

const NOW = new Date(2026, 10, 26, 19, 30).getTime()

describe('a length of time', () => {
  test.each([
    ['60s', 60_000],
    ['1500ms', 1500],
    ['2h30m', 9_000_000],
    ['7d', 604_800_000],
  ])('%s', (text, ms) => expect(durationMs(text)).toBe(ms))

  test.each(['', '60', 's', '60x', '1.5h', '-5s', '60 s', '400d', '9999999999s', '5s!'])(
    '%j is none',
    (text) => expect(durationMs(text)).toBeUndefined(),
  )

  test('may be none where that says something, such as no grace after a poll has closed', () => {
    expect(v.parse(durationOrNone, '0s')).toBe(0)
    expect(() => v.parse(duration, '0s')).toThrow('is not a length of time like 60s')
    expect(v.parse(duration, '1ms')).toBe(1)
  })
})

describe('a moment', () => {
  test.each([
    ['2026-11-30', new Date(2026, 10, 30).getTime()],
    ['2026-11-30T20:00', new Date(2026, 10, 30, 20).getTime()],
    ['2026-11-30 20:00:30', new Date(2026, 10, 30, 20, 0, 30).getTime()],
    ['2026-11-30T20:00:00Z', Date.UTC(2026, 10, 30, 20)],
    ['2026-11-30T20:00:00.5+01:00', Date.UTC(2026, 10, 30, 19, 0, 0, 500)],
    ['2026-11-30t20:00:00.123456789z', Date.UTC(2026, 10, 30, 20, 0, 0, 123)],
    ['2026-11-30T20:00-0530', Date.UTC(2026, 10, 31, 1, 30) - 0],
    ['2028-02-29', new Date(2028, 1, 29).getTime()],
    ['20:00', new Date(2026, 10, 26, 20).getTime()],
    ['19:00', new Date(2026, 10, 27, 19).getTime()],
    ['+10m', NOW + 600_000],
    ['1795700000000', 1_795_700_000_000],
  ])('%s', (text, ms) => expect(momentOf(text, NOW)).toBe(ms))

  test.each([
    ['1795700000', '13 digits'],
    ['2026-02-30', 'the calendar does not have it'],
    ['2026-02-30T12:00:00Z', 'the calendar does not have it'],
    ['2026-13-01', 'the calendar does not have it'],
    ['2026-11-30T24:00', 'the calendar does not have it'],
    ['2026-11-30T20:60', 'the calendar does not have it'],
    ['0026-11-30T20:00:00Z', 'the calendar does not have it'],
    ['2026-11-30T20:00+24:00', 'is not a time'],
    ['2026-11-30T20:00+01:60', 'is not a time'],
    ['2026-2-3', 'is not a time'],
    ['25:00', 'is not a time'],
    ['tomorrow', 'is not a time'],
    ['17957000000000', 'is not a time'],
    ['+10', 'is not a length of time'],
    ['', 'is not a time'],
  ])('%j is none, and why', (text, why) => expect(momentOf(text, NOW)).toContain(why))

  test('in the hour that is left out when summer time begins is none, and the hours around it are', () => {
    const before = process.env.TZ
    process.env.TZ = 'Europe/Berlin'
    try {
      const eve = Date.UTC(2026, 2, 28, 12)
      expect(momentOf('2026-03-29T01:59', eve)).toBe(Date.UTC(2026, 2, 29, 0, 59))
      expect(momentOf('2026-03-29T02:30', eve)).toContain('the calendar does not have it')
      expect(momentOf('02:30', eve)).toContain('the calendar does not have it')
      // By noon of that day the next one is tomorrow's.
      expect(momentOf('02:30', Date.UTC(2026, 2, 29, 10))).toBe(Date.UTC(2026, 2, 30, 0, 30))
      expect(momentOf('2026-03-29T02:30Z', eve)).toBe(Date.UTC(2026, 2, 29, 2, 30))
      expect(momentOf('03:00', eve)).toBe(Date.UTC(2026, 2, 29, 1))
      expect(momentOf('2026-10-25T02:30', eve)).toBe(Date.UTC(2026, 9, 25, 0, 30))
    } finally {
      if (before === undefined) delete process.env.TZ
      else process.env.TZ = before
    }
  })
})
