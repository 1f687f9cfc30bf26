import * as v from 'valibot'

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/
const DURATION_MAX_MS = 366 * UNIT_MS.d

/** `60s`, `10m`, `2h30m` in milliseconds; undefined: invalid, or longer than a year. */
export function durationMs(text: string): number | undefined {
  const parts = text.match(/\d+[a-z]+/g) ?? []
  if (parts.length === 0 || parts.join('') !== text) return undefined
  let sum = 0
  for (const part of parts) {
    const [, number, unit] = DURATION.exec(part) ?? []
    if (number === undefined) return undefined
    sum += Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS]
  }
  return sum <= DURATION_MAX_MS ? sum : undefined
}

const NO_DURATION = 'is not a length of time like 60s, 10m or 2h30m'

/** A duration in readable form, in milliseconds; `0s` is allowed. */
export const durationOrNone = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const ms = durationMs(dataset.value)
    if (ms !== undefined) return ms
    addIssue({ message: NO_DURATION })
    return NEVER
  }),
)

/** The same, above zero. */
export const duration = v.pipe(durationOrNone, v.minValue(1, NO_DURATION))

const NOT_THERE = 'is no day or no time: the calendar does not have it'
const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/
const DATE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?$/i
/** In the year 2001. Smaller numbers are seconds, or something else. */
const MS_MIN = 1e12

/**
 * A time as people write it, in milliseconds since 1970: an ISO date, with time and zone or in this machine's zone; `20:00`, the
 * next one; `+10m`, from now; or milliseconds. For anything else returns the reason as text.
 */
export function momentOf(text: string, now: number): number | string {
  if (/^\d+$/.test(text)) {
    if (text.length > 13) return 'is not a time'
    return Number(text) >= MS_MIN ? Number(text) : 'is not in milliseconds since 1970: those have 13 digits'
  }
  if (text.startsWith('+')) {
    const ms = durationMs(text.slice(1))
    return ms === undefined ? 'is not a length of time like +60s, +10m or +2h30m' : now + ms
  }
  const clock = CLOCK.exec(text)
  if (clock !== null) {
    const parts = clock.slice(1).map((part) => Number(part ?? 0))
    return nextClock(parts, now) ?? NOT_THERE
  }
  const date = DATE.exec(text)
  if (date === null) return 'is not a time like 20:00, +10m, 2026-11-30 or 2026-11-30T20:00:00Z'
  return ofDate(date) ?? NOT_THERE
}

function nextClock([hours = 0, minutes = 0, seconds = 0]: number[], now: number): number | undefined {
  const at = new Date(now)
  at.setHours(hours, minutes, seconds, 0)
  if (at.getTime() <= now) {
    at.setDate(at.getDate() + 1)
    // Again, as it may have been moved out of the hour that summer time leaves out today.
    at.setHours(hours, minutes, seconds, 0)
  }
  return shows(at, hours, minutes)
}

/** Undefined in the hour that is left out when summer time begins, which JavaScript would read as the next. */
const shows = (at: Date, hours: number, minutes: number): number | undefined =>
  at.getHours() === hours && at.getMinutes() === minutes ? at.getTime() : undefined

/** Undefined: the calendar has no such day, as 30 February, which JavaScript would read as 2 March. */
function ofDate([, ...parts]: RegExpExecArray): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(0, 6)
    .map((part) => Number(part ?? 0))
  const ms = Number((parts[6] ?? '').slice(0, 3).padEnd(3, '0'))
  const utc = new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms))
  // A year before 100 would be read as one of the 20th century.
  const isThere =
    utc.getUTCFullYear() === year &&
    utc.getUTCMonth() === month - 1 &&
    utc.getUTCDate() === day &&
    utc.getUTCHours() === hour
  if (!isThere || minute > 59 || second > 59) return undefined
  const zone = parts[7]
  if (zone === undefined) return shows(new Date(year, month - 1, day, hour, minute, second, ms), hour, minute)
  return utc.getTime() - offsetMs(zone)
}

function offsetMs(zone: string): number {
  if (/z/i.test(zone)) return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))]
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

/** A time in a flag. Evaluated when the command is parsed. */
export const moment = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const ms = momentOf(dataset.value, Date.now())
    if (typeof ms === 'number') return ms
    addIssue({ message: ms })
    return NEVER
  }),
)

/** The same for an end, which must be in the future. */
export const momentAhead = v.pipe(
  moment,
  v.check((ms) => ms > Date.now(), 'is in the past'),
)
