import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log, LogReader, StoredRecord } from '../../adapters/log/log.ts'
import { BallotFold } from '../../engine/polls/ballot-fold.ts'
import type { TallyCell } from '../../protocol/polls.ts'
import { deadLetterOf, deadLetters } from '../../protocol/records/dead-letters.ts'
import { tallies } from '../../protocol/records/tallies.ts'
import { decodeBallot } from './ballot-codec.ts'

export interface TallyCounters {
  ballots: number
  /** Records that counted nothing: repeats, and what came after another with its ordinal. */
  repeats: number
  deadLetters: number
  cells: number
}

export interface TallyService {
  counters: TallyCounters
  /** Settles once all that the log held at the start is counted. */
  ready: Promise<void>
  /** Counts all that the log holds, then stops. */
  drain(): Promise<void>
}

/**
 * Counts ballots with our own engine, in this process: log `ballots` in, log `tallies` out, as absolute cells, at most
 * every `everyMs` milliseconds. It counts from the log's start after every start, so the counts follow from the log alone.
 * @param options.after Counting waits for it. Default: nothing.
 * @param options.skip Polls that need no counting any more: their last cells are in the log.
 */
export async function startTally({
  log,
  clock,
  logger,
  everyMs,
  after = Promise.resolve(),
  skip,
}: {
  log: Log
  clock: Clock
  logger: Logger
  everyMs: number
  after?: Promise<void>
  skip: (show: string, poll: string) => boolean
}): Promise<TallyService> {
  const counters: TallyCounters = { ballots: 0, repeats: 0, deadLetters: 0, cells: 0 }
  const folds = new Map<string, { show: string; poll: string; fold: BallotFold }>()
  const dirty = new Set<string>()
  const [end = 0] = await log.ends('ballots')
  const ready = Promise.withResolvers<void>()
  if (end === 0) ready.resolve()
  let version = 0
  let cancel: (() => void) | undefined
  let writing: Promise<void> = Promise.resolve()

  async function count(batch: StoredRecord[]): Promise<void> {
    for (const record of batch) {
      version = record.offset + 1
      const ballot = decodeBallot(record.value)
      if (typeof ballot === 'string') await bury(record, ballot)
      else add(ballot)
    }
    if (version < end) return
    ready.resolve()
    cancel ??= clock.after(everyMs, () => {
      cancel = undefined
      void publish()
    })
  }

  function add(ballot: Parameters<BallotFold['add']>[0]): void {
    const { show, poll } = ballot
    if (skip(show, poll)) return
    const name = `${show}/${poll}`
    let entry = folds.get(name)
    if (entry === undefined) {
      entry = { show, poll, fold: new BallotFold() }
      folds.set(name, entry)
    }
    counters.ballots++
    if (entry.fold.add(ballot)) dirty.add(name)
    else counters.repeats++
  }

  /** Cells that could not be written are absolute: the next ones say it all again. */
  function publish(): Promise<void> {
    const cells: TallyCell[] = []
    for (const [name, { show, poll }] of folds) {
      if (!skip(show, poll)) continue
      // Sealed since: its last cells are in the log, and its voters take memory.
      folds.delete(name)
      dirty.delete(name)
    }
    for (const name of dirty) {
      const { show, poll, fold } = folds.get(name)!
      for (const count of fold.takeChanged()) cells.push({ show, poll, ...count, version })
    }
    dirty.clear()
    if (cells.length === 0) return writing
    counters.cells += cells.length
    writing = writing.then(() => write(cells))
    return writing
  }

  async function write(cells: TallyCell[]): Promise<void> {
    for (;;) {
      try {
        await log.append('tallies', cells.map(tallies.encode))
        return
      } catch (cause) {
        if (draining) throw cause
        logger.error({ err: cause }, 'tallies could not be written; trying again')
        await new Promise<void>((resolve) => clock.after(everyMs, resolve))
      }
    }
  }

  async function bury(record: StoredRecord, reason: string): Promise<void> {
    counters.deadLetters++
    const { partition, offset } = record
    logger.error({ partition, offset, reason }, 'a record of the ballots log cannot be read')
    await log.append('dead-letters', [deadLetters.encode(deadLetterOf('ballots', record, reason))])
  }

  let draining = false
  let closed = false
  let reader: LogReader | undefined
  void after.then(() => {
    if (closed) return
    reader = log.consume('ballots', count, {
      onFault: (cause) => logger.fatal({ err: cause }, 'counting of votes stopped'),
    })
  })
  return {
    counters,
    ready: ready.promise,
    async drain() {
      closed = true
      await reader?.close()
      cancel?.()
      draining = true
      await publish()
    },
  }
}
