import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { TimedAppend } from '../../engine/polls/clock-skew.ts'
import { LogTime } from '../../engine/polls/log-time.ts'
import { control } from '../../protocol/records/control.ts'
import { sightings } from '../../protocol/records/sightings.ts'
import { tallies } from '../../protocol/records/tallies.ts'
import { readRecords } from '../reader/reader.ts'
import { jointHealth } from '../supervision/joint-health.ts'
import type { Health } from '../supervision/supervisor.ts'

/**
 * The time by which polls and shows are judged, shown and changed: that of the log, since it decides which votes were in time. Its
 * timers are this process's.
 */
export interface LogClock extends Clock {
  /** Calls back with the log's time of each new record, and at once with the newest so far. */
  follow(listener: (takenMs: number) => void): void
  /** Asks for the log's time by appending sightings of nothing. Absent: the log's clock is this process's. */
  ask?(): Promise<TimedAppend>
}

/** For one process with a log of its own: both have one clock. */
export const ownClock = (clock: Clock): LogClock => ({
  ...timersOf(clock),
  now: () => clock.now(),
  follow() {},
})

const timersOf = (clock: Clock): Omit<Clock, 'now'> => ({
  passedMs: () => clock.passedMs(),
  offMs: () => clock.offMs(),
  after: (ms, callback) => clock.after(ms, callback),
})

/** For one of many machines: follows the log's clock by what is appended while this process runs. */
export function followLogClock({
  log,
  clock,
  health,
  logger,
}: {
  log: Log
  clock: Clock
  health: Health
  logger: Logger
}): LogClock & Required<Pick<LogClock, 'ask'>> & { close(): Promise<void> } {
  const time = new LogTime()
  const listeners = new Set<(takenMs: number) => void>()
  let newestMs = 0
  const healths = jointHealth(health, ['control', 'tallies'])
  const readers = [control, tallies].map(({ topic }) =>
    readRecords({
      log,
      // Older records say nothing of now, and what is in them is others' matter.
      codec: { topic, decode: () => ({}) },
      from: 'end',
      handle(batch) {
        const takenMs = batch.reduce((newest, { record }) => Math.max(newest, record.timestampMs), 0)
        newestMs = Math.max(newestMs, takenMs)
        time.heard(takenMs, clock.passedMs())
        for (const listener of listeners) listener(takenMs)
      },
      health: healths[topic as 'control' | 'tallies'],
      logger,
    }),
  )
  return {
    ...timersOf(clock),
    now: () => time.now(clock.now(), clock.passedMs()),
    async ask() {
      const sentMs = clock.now()
      const [place] = await log.append('sightings', [
        sightings.encode({ producer: crypto.randomUUID(), ballots: [] }),
      ])
      const { timestampMs: takenMs } = place!
      time.heard(takenMs, clock.passedMs())
      return { sentMs, confirmedMs: clock.now(), takenMs }
    },
    follow(listener) {
      listeners.add(listener)
      if (newestMs > 0) listener(newestMs)
    },
    async close() {
      await Promise.all(readers.map((reader) => reader.close()))
    },
  }
}
