import { SKEW_MS_MAX } from './clock-skew.ts'

/** For how long readings are collected: those of the last span, and of the one before it, count. */
const SPAN_MS = 60_000
/** How fast two machines' clocks drift apart at most. */
const DRIFT_MAX = 500e-6

/** The log's clock was at `takenMs`, at least, when `passedMs` had passed here. */
interface Reading {
  takenMs: number
  passedMs: number
}

/**
 * What time it is by the log, for a process that only reads it. A record that is read as it comes was taken a moment before, so
 * the log's clock is there by now, and goes on as time passes here, whatever this machine's clock says. Of several readings the
 * latest is right: the others took longer to arrive. Pure: the caller says the times.
 */
export class LogTime {
  #newer: Reading | undefined
  #older: Reading | undefined
  #untilMs = Number.NEGATIVE_INFINITY
  /** Whether our clock was off when it was last read. */
  #isOff = false

  /** A record that the log took at `takenMs` was read as it came. */
  heard(takenMs: number, passedMs: number): void {
    if (passedMs >= this.#untilMs) {
      this.#older = this.#newer
      this.#newer = undefined
      this.#untilMs = passedMs + SPAN_MS
    }
    this.#newer = later(this.#newer, { takenMs, passedMs })
  }

  /** The log's time: our own where the two agree, or nothing is known. */
  now(nowMs: number, passedMs: number): number {
    const reading = this.#older === undefined ? this.#newer : later(this.#newer, this.#older)
    if (reading === undefined) return nowMs
    const sinceMs = passedMs - reading.passedMs
    const logMs = reading.takenMs + sinceMs
    // Believed again at half of the bound: near the whole of it the two would take turns, and time would jump by a second.
    const boundMs = this.#isOff ? SKEW_MS_MAX / 2 : SKEW_MS_MAX
    this.#isOff = Math.abs(nowMs - logMs) > boundMs + sinceMs * DRIFT_MAX
    return this.#isOff ? Math.floor(logMs) : nowMs
  }
}

const later = (one: Reading | undefined, other: Reading): Reading =>
  one !== undefined && one.takenMs - one.passedMs > other.takenMs - other.passedMs ? one : other
