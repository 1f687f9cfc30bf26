/** What counts as recent: the level that a roar stands out from follows in this time. */
const RECENT_MS = 15_000
/** A window this many times over the recent mood begins to be a roar; at `FULL` times it is the loudest. */
const BEGINS = 1.8
const FULL = 4.5
/** Below this many reactions a second nothing is a roar: three friends are not a stadium. */
const PER_SECOND_MIN = 8
/** A roar dies away to half in this time. */
const FADE_MS = 900

/** Says how loud the moment is against the recent mood: 0 for as usual, 1 for a roar that lights the stage. */
export class Roar {
  #recentPerSecond = 0
  #loudness = 0
  #atMs: number | undefined

  /** Takes a window of `n` reactions in `ms` and returns the loudness. */
  add({ n, ms }: { n: number; ms: number }, now: number): number {
    const perSecond = (n * 1000) / ms
    const over = perSecond / Math.max(this.#recentPerSecond, PER_SECOND_MIN / BEGINS)
    const heard = perSecond < PER_SECOND_MIN ? 0 : Math.min(1, Math.max(0, (over - BEGINS) / (FULL - BEGINS)))
    // The first window of a page is only learnt from: without a yesterday nothing is loud.
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
