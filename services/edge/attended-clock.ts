import type { Clock } from '../../adapters/clock/clock.ts'
import { TICK_MS } from './context.ts'

/** What counts between two ticks at most. Whoever pings within a keep-alive has half of one to spare. */
const STEP_MS_MAX = 4 * TICK_MS

/**
 * A clock on which time passes only while this process can hear somebody. If it was stopped, or its machine slept, all that its
 * viewers sent meanwhile is still unread: their silence is its own.
 *
 * ```
 * clock         ── 10 ── 11 ══ stopped ══ 81 ── 82
 * attended      ── 10 ── 11 ── 13 ─────── 13 ── 14
 * ```
 *
 * @returns `tick`, which must be called every `TICK_MS`
 */
export function attendedClock(clock: Clock): { clock: Clock; tick(): void } {
  let tickedMs = clock.passedMs()
  let attendedMs = tickedMs
  const passedMs = () => attendedMs + Math.min(clock.passedMs() - tickedMs, STEP_MS_MAX)
  return {
    clock: {
      now: () => clock.now(),
      offMs: () => clock.offMs(),
      after: (ms, callback) => clock.after(ms, callback),
      passedMs,
    },
    tick() {
      attendedMs = passedMs()
      tickedMs = clock.passedMs()
    },
  }
}
