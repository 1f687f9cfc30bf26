/**
 * How far this machine's clock is behind the server's, in milliseconds, approximately: a wrong clock would open polls in the
 * past.
 */
let behindMs = 0
/** The header has whole seconds: smaller differences are ignored. */
const RESOLUTION_MS = 2_000

/** Learns the server's time from a response. @param sent When it was requested, by this machine's clock. */
export function learnTime(date: string | null, sent: number): void {
  const server = Date.parse(date ?? '')
  if (Number.isNaN(server)) return
  const difference = server + 500 - (sent + Date.now()) / 2
  behindMs = Math.abs(difference) < RESOLUTION_MS ? 0 : difference
}

/** Server time, milliseconds since 1970. */
export const serverNow = (): number => Math.round(Date.now() + behindMs)
