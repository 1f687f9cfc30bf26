import type { Clock } from './clock.ts'

/** A clock, and what its owner calls now and then, as its timers do anyway: only so does time pass on it. */
export interface AttendedClock {
  clock: Clock
  /** Returns whether this process stood still since the last call: some of the time did not pass on the clock. */
  tick(): boolean
}

/**
 * A clock on which time passes only while this process can hear somebody. If it was stopped, or its machine slept, all that was
 * sent to it meanwhile is still unread: the silence of others is its own.
 *
 * ```
 * clock         ── 10 ── 11 ══ stopped ══ 81 ── 82
 * attended      ── 10 ── 11 ── 13 ─────── 13 ── 14
 * ```
 *
 * @param stepMsMax What counts between two ticks at most: what they are apart or more, and less than what others may be silent for.
 */
export function attendedClock(clock: Clock, stepMsMax: number): AttendedClock {
  let tickedMs = clock.passedMs()
  let attendedMs = tickedMs
  const passedMs = () => attendedMs + Math.min(clock.passedMs() - tickedMs, stepMsMax)
  return {
    clock: {
      now: () => clock.now(),
      offMs: () => clock.offMs(),
      after: (ms, callback) => clock.after(ms, callback),
      passedMs,
    },
    tick() {
      const stoodStill = clock.passedMs() - tickedMs > stepMsMax
      attendedMs = passedMs()
      tickedMs = clock.passedMs()
      return stoodStill
    },
  }
}
