/** The time, and what waits for it. Services take it as an argument, so that a test turns the hands itself. */
export interface Clock {
  /** Milliseconds since 1970, a whole number. */
  now(): number
  /** Milliseconds that have passed since some moment: by no clock that anybody sets. */
  passedMs(): number
  /** How far the machine's clock has jumped from this one, in milliseconds; 0: it has not, or this is the machine's. */
  offMs(): number
  /** Calls back once, `ms` from now. Returns the function that calls it off. */
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
