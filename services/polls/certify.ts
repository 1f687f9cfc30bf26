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
import { NO_TRACING, type Tracing } from '../tracing/tracing.ts'
import { WaitingTraces } from '../tracing/waiting-traces.ts'
import { BallotCursor, type BallotOrder, ballotsFrom, ballotsIn } from './ballot-order.ts'
import type { PollDesk } from './desk.ts'
import type { PollHeads } from './heads.ts'
import { sha256 } from './signing-keys.ts'
import { storedTree } from './stored-tree.ts'

/** How long the count on the screen may take to reach the end of the log. */
const CATCH_UP_MS = 15_000
const CATCH_UP_STEP_MS = 50
/** Of each voter, at most, until the seal is done: a slot of the fold's tables, and what is read and not collected yet. */
const VOTER_BYTES = 32
/** So much is there, or the process is at its end whether or not it seals. */
const UNASKED_BYTES = 64 * 2 ** 20
/** Written in one transaction: a millisecond, so that with what the file does after some of them a turn stays short. */
const CHUNKS_AT_ONCE = 4

/**
 * Makes the certificate of a poll that lets no votes in any more: one pass over the ballots log for the tree, by the same
 * fold as the count on the screen. There is one only once both say the same and the log has no ballot that was not read.
 * The leaves are written as they come.
 * @param options.settled Resolves when every vote that was let in before is answered, so that its ballot is in the log.
 * @param options.freeBytes The memory that this process may still take.
 * @throws RoarError overloaded when the count on the screen did not reach the end of the log in time, or there is no memory for so
 * many voters
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
  /** A poll's ballots as far as the log was read: its tree and what it counts, and the leaves in the store as they come. */
  function startRoll(poll: Poll) {
    const fold = new BallotFold()
    const tally = new Tally()
    const roll = new BallotRoll({ sha256, paper: paperOf(sha256, poll), perChunk: LEAVES_PER_CHUNK })
    const cursor = new BallotCursor(ballotsIn(log))
    const tree = storedTree(store, poll)
    const traces = new WaitingTraces()
    const startedMs = clock.now()
    let chunks: LeafChunk[] = []
    let version = 0
    const write = async (): Promise<void> => {
      const full = chunks
      chunks = []
      if (full.length > 0) await store.saveLeaves(poll.show, poll.poll, full)
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
      /** Reads to the end of all that the log has now. Returns whether there was a ballot of the poll. */
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
          if (chunks.length >= CHUNKS_AT_ONCE) await write()
        }
        version++
        for (const cell of fold.takeChanged())
          tally.apply({ show: poll.show, poll: poll.poll, ...cell, version })
        return isMore
      },
      /** Nothing comes any more. */
      async finish(): Promise<TreeHead> {
        const last = roll.finish()
        if (last !== undefined) take(last)
        await write()
        return tree.head()
      },
    }
  }

  /** The roll of all that the log has, once the count on the screen says the same. */
  async function agreed(poll: Poll) {
    const roll = startRoll(poll)
    await roll.readOn()
    // From here: of millions the reading alone takes minutes, in which the count had no reason to be behind.
    const giveUpMs = clock.passedMs() + CATCH_UP_MS
    for (;;) {
      // In this order: what comes after the look is not in what it saw.
      const agrees = contents(desk.tally(poll.show, poll.poll), poll) === contents(roll.tally, poll)
      const isMore = await roll.readOn()
      if (agrees && !isMore) return { ...roll, ...(await roll.finish()) }
      if (clock.passedMs() >= giveUpMs)
        throw new RoarError('overloaded', 'the count has not reached the end of the log', { retryAfterS: 5 })
      if (!isMore) await new Promise<void>((resolve) => clock.after(CATCH_UP_STEP_MS, resolve))
    }
  }

  /** Refused is better than killed, with all that the process does besides. By the count on the screen: nothing is read yet. */
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
