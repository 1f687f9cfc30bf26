const NUMBER = new Intl.NumberFormat()
const COMPACT = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })
const SHARE = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 })
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const CLOCK_S = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' })

export const number = (value: number): string => NUMBER.format(value)
/** `1 vote`, `12,030 votes`. */
export const counted = (count: number, noun: string): string =>
  `${number(count)} ${count === 1 ? noun : `${noun}s`}`
/** Exact below ten thousand, abbreviated above: a desk is read at a glance. */
export const short = (value: number): string => (value < 10_000 ? NUMBER : COMPACT).format(value)
export const share = (part: number, whole: number): string => (whole === 0 ? '–' : SHARE.format(part / whole))
export const clock = (at: number): string => CLOCK.format(at)
export const clockWithSeconds = (at: number): string => CLOCK_S.format(at)
/** `Sat, 28 Nov, 20:15`; for today only the time. */
export const moment = (at: number, now: number): string =>
  new Date(at).toDateString() === new Date(now).toDateString() ? clock(at) : `${DAY.format(at)}, ${clock(at)}`

/** `1:12:44`, `0:24`; with `hours` `0:13:36`, so that it is not mistaken for a time of day. */
export function lasting(ms: number, { hours: always = false } = {}): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  const [hours, minutes, seconds] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 || always ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`
}

/** `in 3 days`, `2 min ago`. */
export function relative(at: number, now: number): string {
  const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' })
  const s = Math.round((at - now) / 1000)
  for (const [unit, length] of UNITS)
    if (Math.abs(s) >= length) return RELATIVE.format(Math.round(s / length), unit)
  return RELATIVE.format(s, 'second')
}
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** The actor's name at a desk: nearly all are people of the studio, so that suffix is dropped. */
export const whoWords = (who: string): string => who.replace(/ of the studio$/, '')
