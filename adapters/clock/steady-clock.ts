import type { Clock } from './clock.ts'

/** Steps of the machine's clock that come to more than this are no correction: nobody knows what time it is. */
const STEP_MS_MAX = 1_000
/** How fast two clocks of a machine may drift apart: as fast as NTP slews one of them, 500 ppm. */
const DRIFT_MAX = 500e-6

/**
 * A clock that does not go back by itself. Where the machine's clock is set by more than a second, at once or in small steps, it goes
 * on by the time that has passed, and says how far the other is off, until that is right again or is believed. A small step is followed
 * and not believed, or small steps one way would make the right time look like a large one back.
 *
 * ```
 * machine   ── 10 ── 11 ── 12 ══╗ 9 ── 10 ── 11 ══╗ 15 ── 16
 * this one  ── 10 ── 11 ── 12 ── 13 ── 14 ── 15 ── 15 ── 16
 * offMs      0      0     0     -4    -4    -4     0     0
 * ```
 */
export class SteadyClock implements Clock {
  readonly #machine: Clock
  #newestMs = 0
  /** What the machine's clock said when it was last believed, drift since then included, and the time that had passed by then. */
  #believedMs = 0
  #believedAtMs = 0
  /** What it said when it was last asked: nearly every call is in the millisecond of the one before. */
  #askedMs = 0
  #offMs = 0

  constructor(machine: Clock) {
    this.#machine = machine
    this.believe()
  }

  now(): number {
    const wallMs = this.#machine.now()
    if (wallMs === this.#askedMs) return this.#newestMs
    this.#askedMs = wallMs
    const passedMs = this.#machine.passedMs()
    const expectedMs = this.#believedMs + passedMs - this.#believedAtMs
    const offMs = wallMs - expectedMs
    const isOff = Math.abs(offMs) > STEP_MS_MAX
    this.#offMs = isOff ? Math.round(offMs) : 0
    this.#newestMs = Math.max(this.#newestMs, isOff ? Math.floor(expectedMs) : wallMs)
    if (!isOff) {
      const driftMs = DRIFT_MAX * (passedMs - this.#believedAtMs)
      this.#believedMs = expectedMs + Math.min(driftMs, Math.max(-driftMs, offMs))
      this.#believedAtMs = passedMs
    }
    return this.#newestMs
  }

  /** How far the machine's clock has jumped from this one, in milliseconds; 0: it has not. */
  offMs(): number {
    this.now()
    return this.#offMs
  }

  /** Goes on from what the machine's clock says, back too: where nothing depends on it. */
  believe(): void {
    this.#believedMs = this.#machine.now()
    this.#newestMs = this.#believedMs
    this.#offMs = 0
    this.#believedAtMs = this.#machine.passedMs()
    this.#askedMs = 0
  }

  passedMs(): number {
    return this.#machine.passedMs()
  }

  after(ms: number, callback: () => void): () => void {
    return this.#machine.after(ms, callback)
  }
}
