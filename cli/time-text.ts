/** The time until something, in the unit that people would use. */
export function inTime(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  if (seconds < 120) return `in ${seconds} s`
  if (seconds < 7200) return `in ${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `in ${Math.round(seconds / 3600)} h`
  return `in ${Math.round(seconds / 86_400)} days`
}

/** A time by this machine's clock and zone: `2026-11-30 20:00:00`. */
export const clock = (ms: number): string => new Date(ms).toLocaleString('sv')
