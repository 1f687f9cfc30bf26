/** At 120 Hz every second frame is drawn: more is not noticeable in what sways and fades. */
const SHORTEST_MS = 10
/** Every second frame of 60 Hz: on a slow device. */
const SLOW_MS = 25

/**
 * Decides which frames a painter draws. Each frame is also a task of the page's thread, which receives the picture: on a slow
 * device half as many are drawn.
 */
export class FramePace {
  isSlow = false
  #drawnMs = Number.NEGATIVE_INFINITY

  /** Whether the frame at `now` is drawn. */
  take(now: number): boolean {
    if (now - this.#drawnMs < (this.isSlow ? SLOW_MS : SHORTEST_MS)) return false
    this.#drawnMs = now
    return true
  }
}
