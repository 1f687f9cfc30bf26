/** How far this machine's clock is behind the server's, in milliseconds, about: a wrong clock would open polls in the past. */
let behindMs = 0
/** The header has whole seconds: less than this is no difference. */
const RESOLUTION_MS = 2_000

/** Learns from an answer. @param sent When it was asked for, by this machine's clock. */
export function learnTime(date: string | null, sent: number): void {
  const server = Date.parse(date ?? '')
  if (Number.isNaN(server)) return
  const difference = server + 500 - (sent + Date.now()) / 2
  behindMs = Math.abs(difference) < RESOLUTION_MS ? 0 : difference
}

/** The server's time, milliseconds since 1970. */
export const serverNow = (): number => Math.round(Date.now() + behindMs)
