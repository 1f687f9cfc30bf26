import { type Clock, systemClock } from '../adapters/clock/clock.ts'

const startMs = systemClock.now()

/** Ten times as fast as the machine's: what happens every minute happens every few seconds. */
export const fastClock: Clock = {
  now: () => startMs + 10 * (systemClock.now() - startMs),
  after: (ms, callback) => systemClock.after(ms / 10, callback),
  passedMs: () => 10 * systemClock.passedMs(),
  offMs: () => 0,
}
