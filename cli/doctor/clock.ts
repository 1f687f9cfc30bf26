import { type Finding, warn } from './finding.ts'

/** Tokens and windows depend on clocks; a larger difference between two machines has visible effects. */
const SKEW_MAX_MS = 2_000

/** Compares the responder's clock with this machine's, by the header `Date`, which has whole seconds. */
export function clockFindings(answer: Response): Finding[] {
  const said = Date.parse(answer.headers.get('date') ?? '')
  if (Number.isNaN(said)) return []
  const skewMs = Math.abs(Date.now() - said)
  return skewMs > SKEW_MAX_MS
    ? [
        warn(
          'clock',
          `the clock of ${new URL(answer.url).origin} differs by ${Math.round(skewMs / 1000)} s: synchronise both with NTP`,
        ),
      ]
    : []
}
