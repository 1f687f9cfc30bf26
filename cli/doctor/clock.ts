import { type Finding, warn } from './finding.ts'

/** Tokens and windows are cut by clocks: more than this between two machines is felt. */
const SKEW_MAX_MS = 2_000

/** Whether the clock of whoever answered is this machine's, by `Date`, which has whole seconds. */
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
