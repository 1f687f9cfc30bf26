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
    return Math.abs(nowMs - logMs) <= SKEW_MS_MAX + sinceMs * DRIFT_MAX ? nowMs : Math.floor(logMs)
  }
}

const later = (one: Reading | undefined, other: Reading): Reading =>
  one !== undefined && one.takenMs - one.passedMs > other.takenMs - other.passedMs ? one : other
