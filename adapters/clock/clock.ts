/** The time, and what waits for it. Services take it as an argument, so that a test turns the hands itself. */
export interface Clock {
  /** Milliseconds since 1970, a whole number. */
  now(): number
  /** Calls back once, `ms` from now. Returns the function that calls it off. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
