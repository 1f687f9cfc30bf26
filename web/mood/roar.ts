/** The recent level, from which a roar stands out, adapts within this time. */
const RECENT_MS = 15_000
/** At this multiple of the recent mood a roar begins; at `FULL` it is at its loudest. */
const BEGINS = 1.8
const FULL = 4.5
/** Below this many reactions a second there is no roar: three friends are not a stadium. */
const PER_SECOND_MIN = 8
/** Half-life of a roar. */
const FADE_MS = 900

/** How loud the moment is against the recent mood: 0 is usual, 1 is a roar that lights the stage. */
export class Roar {
  #recentPerSecond = 0
  #loudness = 0
  #atMs: number | undefined

  /** Takes a window of `n` reactions in `ms` and returns the loudness. */
  add({ n, ms }: { n: number; ms: number }, now: number): number {
    const perSecond = (n * 1000) / ms
    const over = perSecond / Math.max(this.#recentPerSecond, PER_SECOND_MIN / BEGINS)
    const heard = perSecond < PER_SECOND_MIN ? 0 : Math.min(1, Math.max(0, (over - BEGINS) / (FULL - BEGINS)))
    // A page's first window only sets the level: without a past nothing is loud.
    this.#loudness = this.#atMs === undefined ? 0 : Math.max(heard, this.at(now))
    const sinceMs = this.#atMs === undefined ? Number.POSITIVE_INFINITY : Math.max(ms, now - this.#atMs)
    this.#recentPerSecond += (perSecond - this.#recentPerSecond) * (1 - Math.exp(-sinceMs / RECENT_MS))
    this.#atMs = now
    return this.#loudness
  }

  /** The loudness at `now`, faded since the last window. */
  at(now: number): number {
    if (this.#atMs === undefined) return 0
    return this.#loudness * 0.5 ** (Math.max(0, now - this.#atMs) / FADE_MS)
  }
}
