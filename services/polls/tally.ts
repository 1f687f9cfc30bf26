import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { BallotFold } from '../../engine/polls/ballot-fold.ts'
import { pollName } from '../../engine/polls/poll-name.ts'
import { type Ballot, type TallyCell, tallyKey } from '../../protocol/polls.ts'
import { tallies } from '../../protocol/records/tallies.ts'
import { type Attempt, type Read, type RecordReader, readRecords } from '../reader/reader.ts'
import { jointHealth } from '../supervision/joint-health.ts'
import type { Health } from '../supervision/supervisor.ts'
import { waitOrFail } from '../supervision/wait-or-fail.ts'
import { NO_TRACING, type Tracing } from '../tracing/tracing.ts'
import { WaitingTraces } from '../tracing/waiting-traces.ts'
import { decodeBallot } from './ballot-codec.ts'

export interface TallyCounters {
  ballots: number
  /** Records that counted nothing: repeats, and ballots after another with the same ordinal. */
  repeats: number
  cells: number
}

export interface TallyService {
  counters: TallyCounters
  /** Settles once everything in the log at the start is counted. */
  ready: Promise<void>
  /** Counts everything in the log, then stops. */
  drain(): Promise<void>
}

/**
 * Counts ballots with our own engine, in this process: log `ballots` in, log `tallies` out, as absolute cells, at most every
 * `everyMs` milliseconds. Every start counts from the beginning of the log, so the counts follow from the log alone, and a cell
 * that could not be written is written with the next.
 * @param options.after Counting starts after this. Default: at once.
 * @param options.skip Polls that need no counting any more: their final cells are in the log.
 */
export function startTally({
  log,
  clock,
  logger,
  everyMs,
  after = Promise.resolve(),
  skip,
  health,
  tracing = NO_TRACING,
}: {
  log: Log
  clock: Clock
  logger: Logger
  everyMs: number
  after?: Promise<void>
  skip: (show: string, poll: string) => boolean
  health: Health
  tracing?: Tracing
}): TallyService {
  const counters = {
    ballots: 0,
    repeats: 0,
    cells: 0,
  }
  const folds = new Map<string, { show: string; poll: string; fold: BallotFold }>()
  const changed = new Set<string>()
  /** The newest version of each cell that the log has not confirmed: at most one for each choice, segment and mark of a poll. */
  const unwritten = new Map<string, TallyCell>()
  const traces = new WaitingTraces()
  const { ballots: reading, tallies: writer } = jointHealth(health, ['ballots', 'tallies'])
  const ready = Promise.withResolvers<void>()
  let version = 0
  let cancel = () => {}
  let writing: Promise<void> | undefined

  function count(batch: Read<Ballot>[], { trace }: Attempt): void {
    traces.add(trace, clock.now())
    for (const { value: ballot, record } of batch) {
      version = record.offset + 1
      if (!skip(ballot.show, ballot.poll)) add(ballot)
    }
  }

  function add(ballot: Ballot): void {
    const { show, poll } = ballot
    const name = pollName(show, poll)
    let entry = folds.get(name)
    if (entry === undefined) {
      entry = { show, poll, fold: new BallotFold() }
      folds.set(name, entry)
    }
    counters.ballots++
    if (entry.fold.add(ballot)) changed.add(name)
    else counters.repeats++
  }

  /** Queues changed cells for writing, and drops sealed polls, whose voters take memory. */
  function collect(): void {
    for (const [name, { show, poll }] of folds) {
      if (!skip(show, poll)) continue
      folds.delete(name)
      changed.delete(name)
    }
    for (const name of changed) {
      const { show, poll, fold } = folds.get(name)!
      for (const count of fold.takeChanged()) {
        const cell = { show, poll, ...count, version }
        unwritten.set(tallyKey(cell), cell)
      }
    }
    changed.clear()
  }

  async function write(): Promise<void> {
    collect()
    if (unwritten.size === 0) return
    const written = [...unwritten]
    const span = traces.begin(tracing, 'tally')
    const trace = span && { trace: span.context }
    try {
      await log.append(
        'tallies',
        written.map(([, cell]) => ({ ...tallies.encode(cell), ...trace })),
      )
      span?.end()
    } catch (cause) {
      span?.end(cause)
      throw cause
    }
    counters.cells += written.length
    // None came meanwhile: only a write collects, one at a time.
    unwritten.clear()
  }

  /** What could not be written is written a moment later, with newer changes. */
  function tick(): void {
    cancel = clock.after(everyMs, tick)
    writing ??= write()
      .then(writer.working, (cause) => waitOrFail(writer, cause))
      .finally(() => {
        writing = undefined
      })
  }

  let closed = false
  /** Whether all that was there at the start is counted: partial counts would be lower than what was shown before. */
  let isWhole = false
  let reader: RecordReader | undefined
  void after.then(async () => {
    if (closed) return
    reader = readRecords({
      log,
      codec: { topic: 'ballots', decode: decodeBallot },
      handle: count,
      health: reading,
      logger,
      tracing,
      buries: true,
    })
    await reader.caughtUp()
    ready.resolve()
    isWhole = true
    if (!closed) tick()
  })
  return {
    counters,
    ready: ready.promise,
    async drain() {
      closed = true
      await reader?.close()
      cancel()
      await writing
      if (isWhole) await write()
    },
  }
}
