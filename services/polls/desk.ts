import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { countsAreSeen } from '../../engine/polls/life.ts'
import { publishedSegments } from '../../engine/polls/segments.ts'
import { type Result, Tally } from '../../engine/polls/tally.ts'
import type { PollPacket } from '../../protocol/packets.ts'
import { rankOf, stateOf } from '../../protocol/polls.ts'
import { tallies } from '../../protocol/records/tallies.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { readRecords } from '../reader/reader.ts'
import type { Health } from '../supervision/supervisor.ts'
import type { Tracing } from '../tracing/tracing.ts'

/** A result in the form of poll documents. */
export const countsOf = ({ viewers, counts, segments }: Result) => ({
  ballots: viewers,
  counts,
  segments: Object.fromEntries(
    Object.entries(segments).map(([segment, part]) => [
      segment,
      { ballots: part.viewers, counts: part.counts },
    ]),
  ),
})

/** The publishable part of a result. */
export const publishedOf = (result: Result): Result => ({ ...result, segments: publishedSegments(result) })

/** A role's view of every poll's counts. */
export interface PollDesk {
  /** The public state; undefined while the poll is a draft, or unknown. */
  packet(show: string, poll: string): PollPacket | undefined
  /** The time by which polls are shown. */
  now(): number
  /** The counts, whether public or not. */
  tally(show: string, poll: string): Tally
  /** When the log appended the newest cells read, milliseconds since 1970 by its own clock; 0: none. */
  readMs(): number
  /** Reads everything in the log, then stops. */
  drain(): Promise<void>
}

/** Keeps the newest cells of every poll. */
export function startPollDesk({
  log,
  directory,
  clock,
  logger,
  health,
  tracing,
}: {
  log: Log
  directory: ShowDirectory
  clock: Pick<Clock, 'now'>
  logger: Logger
  health: Health
  /** Default: none. */
  tracing?: Tracing
}): PollDesk {
  const counts = new Map<string, Tally>()
  let readMs = 0

  function tallyOf(show: string, poll: string): Tally {
    const name = `${show}/${poll}`
    let tally = counts.get(name)
    if (tally === undefined) {
      tally = new Tally()
      counts.set(name, tally)
    }
    return tally
  }

  const reader = readRecords({
    log,
    codec: tallies,
    handle(batch) {
      for (const { value: cell, record } of batch) {
        tallyOf(cell.show, cell.poll).apply(cell, record.timestampMs)
        readMs = Math.max(readMs, record.timestampMs)
      }
    },
    health,
    logger,
    tracing,
  })

  return {
    now: () => clock.now(),
    tally: tallyOf,
    readMs: () => readMs,
    packet(show, id) {
      const poll = directory.findPoll(show, id)?.poll
      if (poll === undefined) return undefined
      const now = clock.now()
      const state = stateOf(poll, now)
      if (state === 'draft') return undefined
      const tally = tallyOf(show, id)
      const { viewers, counts } = tally.result(poll)
      return {
        poll: id,
        state,
        ...(poll.closes === undefined ? {} : { closes: poll.closes }),
        ballots: viewers,
        ...(countsAreSeen(poll, now, { mine: false }) ? { counts } : {}),
        ...(poll.code === undefined ? {} : { code: poll.code }),
        // A change by the clock alone also needs a newer version.
        version: tally.version + poll.version + rankOf(state),
      }
    },
    drain: () => reader.close(),
  }
}
