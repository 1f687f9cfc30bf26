import { DELAY_MS_MAX } from '../../protocol/limits.ts'

/** How long to wait for a picture to report its programme time. */
const UNTOLD_MS_MAX = 10_000

/**
 * The delay assumed for a picture that has not reported its time: the maximum, so that nothing is shown before it; after 10 s
 * undefined, as it never will, and then nothing is held back. @param sinceMs When it started, by `performance.now()`.
 */
export const untoldMs = (sinceMs: number): number | undefined =>
  performance.now() - sinceMs < UNTOLD_MS_MAX ? DELAY_MS_MAX : undefined
