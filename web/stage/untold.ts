import { DELAY_MS_MAX } from '../../protocol/limits.ts'

/** How long a picture is waited for that has yet to tell its time. */
const UNTOLD_MS_MAX = 10_000

/**
 * How far a picture that has not told its time counts as behind: as far as any may be, so that nothing is told before it; after
 * 10 s it is taken for one that never will, and holds nothing back. @param sinceMs When it came, by `performance.now()`.
 */
export const untoldMs = (sinceMs: number): number | undefined =>
  performance.now() - sinceMs < UNTOLD_MS_MAX ? DELAY_MS_MAX : undefined
