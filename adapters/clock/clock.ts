/** The time and its timers. Passed to services as an argument, so that tests control them. */
export interface Clock {
  /** Milliseconds since 1970, a whole number. */
  now(): number
  /** Milliseconds since some fixed moment, monotonic: unaffected by setting a clock. */
  passedMs(): number
  /** How far the machine's clock has jumped from this one, in milliseconds; 0: it has not, or this is the machine's. */
  offMs(): number
  /** Calls back once, `ms` from now. Returns a function that cancels. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  passedMs: () => performance.now(),
  offMs: () => 0,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
