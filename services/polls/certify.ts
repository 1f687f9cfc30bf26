import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { LEAVES_PER_CHUNK, type LeafChunk, type PollStore } from '../../adapters/store/polls.ts'
import { BallotFold } from '../../engine/polls/ballot-fold.ts'
import { BallotRoll, type RollChunk } from '../../engine/polls/ballot-roll.ts'
import type { TreeHead } from '../../engine/polls/merkle.ts'
import { paperOf, rulesHashOf, type Signer } from '../../engine/polls/receipts.ts'
import { publishedSegments } from '../../engine/polls/segments.ts'
import { Tally } from '../../engine/polls/tally.ts'
import { RoarError } from '../../protocol/errors.ts'
import {
  type Certificate,
  type CertificateStatement,
  certificateText,
  type Poll,
} from '../../protocol/polls.ts'
import { sortedJson } from '../../protocol/sorted-json.ts'
import { sha256 } from '../sha256.ts'
import { NO_TRACING, type Tracing } from '../tracing/tracing.ts'
import { WaitingTraces } from '../tracing/waiting-traces.ts'
import { BallotCursor, type BallotOrder, ballotsFrom, ballotsIn } from './ballot-order.ts'
import type { PollDesk } from './desk.ts'
import type { PollHeads } from './heads.ts'
import { storedTree } from './stored-tree.ts'

/** How long the live tally may stand still before it has reached the end of the log. */
const CATCH_UP_MS = 15_000
/** How long it may take in all: the caller waits, and the next attempt finds it further on. */
const CATCH_UP_MS_MAX = 120_000
const CATCH_UP_STEP_MS = 50
/** The most memory per voter until the seal is done: a slot in the fold's tables, and garbage not collected yet. */
const VOTER_BYTES = 32
/** Below this the check is skipped: the process needs it to survive, sealing or not. */
const UNASKED_BYTES = 64 * 2 ** 20
/** Chunks in one transaction: about a millisecond, so that turns stay short even with SQLite's checkpoints. */
const CHUNKS_AT_ONCE = 4
/** Chunks that wait while others are written, some 10 MB: reading goes on beside a checkpoint, and waits for a slow disk. */
const CHUNKS_WAITING_MAX = 64

/**
 * Makes the certificate of a poll that accepts no more votes: one pass over the topic `ballots` builds the tree and counts with
 * the same fold as the live tally. The certificate exists only once both agree and the log has no unread ballot. Leaves are
 * written as they are read.
 * @param options.settled Resolves when every vote admitted before is answered, so that its ballot is in the log.
 * @param options.freeBytes The memory that this process may still use.
 * @throws RoarError overloaded when the live tally did not reach the end of the log in time, or there is not enough memory for
 * the voters
 */
export function certifier({
  log,
  order,
  store,
  desk,
  signer,
  heads,
  clock,
  settled,
  freeBytes,
  tracing = NO_TRACING,
}: {
  log: Log
  order: BallotOrder
  store: PollStore
  desk: PollDesk
  signer: Signer
  heads: Pick<PollHeads, 'last'>
  clock: Clock
  settled: (poll: Poll) => Promise<void>
  freeBytes: () => number
  tracing?: Tracing
}): (poll: Poll) => Promise<Certificate> {
  /** Processes a poll's ballots as the log is read: builds the tree, counts, and stores the leaves. */
  function startRoll(poll: Poll) {
    const fold = new BallotFold()
    const tally = new Tally()
    const roll = new BallotRoll({ sha256, paper: paperOf(sha256, poll), perChunk: LEAVES_PER_CHUNK })
    const cursor = new BallotCursor(ballotsIn(log))
    const tree = storedTree(store, poll)
    const traces = new WaitingTraces()
    const startedMs = clock.now()
    const chunks: LeafChunk[] = []
    let version = 0
    let writing: Promise<void> | undefined
    const writeAll = async (): Promise<void> => {
      while (chunks.length > 0) await store.saveLeaves(poll.show, poll.poll, chunks.splice(0, CHUNKS_AT_ONCE))
      writing = undefined
    }
    /** Writes what waits, beside the reading. `written` throws what went wrong. */
    const write = (): void => {
      if (writing !== undefined || chunks.length === 0) return
      writing = writeAll()
      writing.catch(() => {})
    }
    const written = async (): Promise<void> => {
      write()
      await writing
    }
    const take = (chunk: RollChunk): void => {
      chunks.push(chunk)
      if (chunk.hashes.length === LEAVES_PER_CHUNK) tree.addChunk(chunk.root)
      else for (const leaf of chunk.hashes) tree.add(leaf)
    }
    return {
      tally,
      tree,
      traces,
      /** Reads to the current end of the log. Returns whether there were ballots of the poll. */
      async readOn(): Promise<boolean> {
        let isMore = false
        for await (const ballots of ballotsFrom(cursor, order, poll)) {
          isMore ||= ballots.length > 0
          for (const { ballot, place, trace } of ballots) {
            traces.add(trace, startedMs)
            const chunk = roll.add(ballot, place)
            if (chunk !== undefined) take(chunk)
            fold.add(ballot)
          }
          if (chunks.length >= CHUNKS_AT_ONCE) write()
          if (chunks.length >= CHUNKS_WAITING_MAX) await written()
        }
        version++
        for (const cell of fold.takeChanged())
          tally.apply({ show: poll.show, poll: poll.poll, ...cell, version })
        return isMore
      },
      /** Called after the last ballot. */
      async finish(): Promise<TreeHead> {
        const last = roll.finish()
        if (last !== undefined) take(last)
        await written()
        return tree.head()
      },
    }
  }

  /** The roll of everything in the log, once the live tally agrees with it. */
  async function agreed(poll: Poll) {
    const roll = startRoll(poll)
    await roll.readOn()
    // Timed from here: reading millions takes minutes, during which the live tally had no reason to be behind.
    const startedMs = clock.passedMs()
    let moved = { ms: startedMs, readMs: desk.readMs() }
    for (;;) {
      // In this order: a ballot read after the comparison was not part of it.
      const agrees = contents(desk.tally(poll.show, poll.poll), poll) === contents(roll.tally, poll)
      const isMore = await roll.readOn()
      if (agrees && !isMore) return { ...roll, ...(await roll.finish()) }
      const [nowMs, readMs] = [clock.passedMs(), desk.readMs()]
      if (readMs !== moved.readMs) moved = { ms: nowMs, readMs }
      if (nowMs - moved.ms >= CATCH_UP_MS || nowMs - startedMs >= CATCH_UP_MS_MAX)
        throw new RoarError('overloaded', 'the count has not reached the end of the log', { retryAfterS: 5 })
      if (!isMore) await new Promise<void>((resolve) => clock.after(CATCH_UP_STEP_MS, resolve))
    }
  }

  /**
   * Refusing is better than being killed, with everything else that the process does. By the live tally, because nothing is read
   * yet.
   */
  function checkRoom(poll: Poll): void {
    const { viewers } = desk
      .tally(poll.show, poll.poll)
      .result({ ...poll, countLate: true, countQuarantined: true })
    const [needed, free] = [viewers * VOTER_BYTES, freeBytes()]
    if (needed <= Math.max(free, UNASKED_BYTES)) return
    const megabytes = (bytes: number) => Math.round(bytes / 1e6)
    throw new RoarError(
      'overloaded',
      `sealing the ballots of ${viewers} viewers needs ${megabytes(needed)} MB of memory, and ${megabytes(free)} MB are free`,
      { retryAfterS: 30 },
    )
  }

  return async (poll) => {
    await settled(poll)
    checkRoom(poll)
    const { tally, root, size, tree, traces } = await agreed(poll)
    const span = traces.begin(tracing, 'certify')
    const result = tally.result(poll)
    const [newest] = await store.trail(poll.show, { limit: 1 })
    const statement: CertificateStatement = {
      show: poll.show,
      poll: poll.poll,
      kind: poll.kind,
      question: poll.question,
      opens: poll.opens!,
      closes: poll.closes!,
      sealed: poll.sealed!,
      paper: paperOf(sha256, poll),
      rules: rulesHashOf(sha256, poll),
      ballots: size,
      root: Buffer.from(root).toString('base64url'),
      viewers: result.viewers,
      result: result.counts,
      segments: Object.fromEntries(
        Object.entries(publishedSegments(result)).map(([segment, part]) => [
          segment,
          { viewers: part.viewers, result: part.counts },
        ]),
      ),
      late: { viewers: tally.marked('late'), counted: poll.countLate },
      quarantined: { viewers: tally.marked('quarantined'), counted: poll.countQuarantined },
      trail: { entries: newest?.entry ?? 0, hash: newest?.hash ?? '' },
    }
    const head = await heads.last(poll, tree)
    span?.note({ 'roar.ballots': size })
    span?.end()
    return { statement, ...signer.sign(certificateText(statement), statement.sealed), ...head }
  }
}

const contents = (tally: Tally, poll: Poll): string =>
  sortedJson([
    tally.result({ ...poll, countLate: true, countQuarantined: true }),
    tally.marked('late'),
    tally.marked('quarantined'),
  ])
