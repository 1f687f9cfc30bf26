/** How a failed try is retried: one rule for clients, adapters and services. */
export interface Backoff {
  /** The longest wait before the second try, in milliseconds; doubled with each failure. */
  firstMs: number
  /** The longest wait of all. */
  maxMs: number
  /**
   * The random share of a wait, 0 to 1, so that clients that failed together do not retry together. Default 0.5: from half of the
   * wait to all of it.
   */
  jitter?: number
}

/** The longest wait before the next try, in milliseconds: doubled with each failure, up to `maxMs`. */
export const longestWaitMs = (failures: number, firstMs: number, maxMs: number): number =>
  Math.min(maxMs, firstMs * 2 ** Math.max(0, failures - 1))

/**
 * Milliseconds to wait before the next try.
 * @param failures Failed tries since the last success; 1 after the first. @param random Uniform in [0, 1).
 */
export function backoffMs(
  failures: number,
  { firstMs, maxMs, jitter = 0.5 }: Backoff,
  random: () => number,
): number {
  return Math.round(longestWaitMs(failures, firstMs, maxMs) * (1 - jitter + jitter * random()))
}
