import type { Clock } from './clock.ts'

/** Steps of the machine's clock that add up to more than this are no correction: the right time is then unknown. */
const STEP_MS_MAX = 1_000
/** How fast two clocks of a machine may drift apart: NTP's maximum slew rate, 500 ppm. */
const DRIFT_MAX = 500e-6

/**
 * A clock that never goes back on its own. If the machine's clock is set by more than a second, at once or in small steps, this one goes
 * on by elapsed time and reports how far the other is off, until that is right again or is accepted. A small step is followed
 * but not accepted: otherwise small steps one way would make the correction look like a large step back.
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
  /** The machine's time when it was last accepted, including drift since then, and the elapsed time at that moment. */
  #believedMs = 0
  #believedAtMs = 0
  /** Its last reading: nearly every call falls into the same millisecond as the one before. */
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

  /** Accepts the machine's clock, even backwards: for when nothing depends on it. */
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
