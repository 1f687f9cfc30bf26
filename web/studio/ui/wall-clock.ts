/** The latest allowed time: browsers let people type years of six digits. */
export const LAST = '9999-12-31T23:59:59'

/** `2026-11-28T20:15:00`, in this machine's time zone; empty: no time, or one beyond years of four digits. */
export function localText(at: number | undefined): string {
  if (at === undefined) return ''
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  const text = Number.isNaN(local.getTime()) ? '' : local.toISOString()
  return /^\d{4}-/.test(text) ? text.slice(0, 19) : ''
}

/** Such a text in milliseconds since 1970; undefined: it is empty; `none`: not a valid time. */
export function timeIn(text: string): number | undefined | 'none' {
  if (text === '') return undefined
  const at = new Date(text).getTime()
  return /^\d{4}-/.test(text) && !Number.isNaN(at) ? at : 'none'
}
