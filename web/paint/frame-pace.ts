/** On a screen of 120 Hz every second frame is drawn: more is not seen in what sways and fades. */
const SHORTEST_MS = 10
/** Every second frame of 60 Hz: what moves on a slow device. */
const SLOW_MS = 25

/**
 * Which frames a painter draws. Each is a task of the page's thread, to which the browser hands the picture: on a slow device it is
 * half as many.
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
