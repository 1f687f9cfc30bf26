import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { LEAVES_PER_CHUNK, type LeafChunk, type PollStore } from '../../adapters/store/polls.ts'
import { BallotFold } from '../../engine/polls/ballot-fold.ts'
import { BallotRoll } from '../../engine/polls/ballot-roll.ts'
import type { Signer } from '../../engine/polls/receipts.ts'
import { Tally } from '../../engine/polls/tally.ts'
import { RoarError } from '../../protocol/errors.ts'
import {
  type Certificate,
  type CertificateStatement,
  certificateText,
  type Poll,
  sortedJson,
} from '../../protocol/polls.ts'
import { decodeBallot } from './ballot-codec.ts'
import type { PollDesk } from './desk.ts'
import { sha256 } from './signing-keys.ts'

/** How long the count on the screen may take to reach the end of the log. */
const CATCH_UP_MS = 15_000
const CATCH_UP_STEP_MS = 50
/** Read in one turn of the event loop: some 2 ms of work, and everybody else is served between two. */
const READ_RECORDS = 256
/** Written in one transaction: a few milliseconds. */
const CHUNKS_AT_ONCE = 16

/**
 * Makes the certificate of a poll that takes no votes any more: one pass over the ballots log for the tree, by the same
 * fold as the count on the screen; there is one only once both say the same. The leaves are written as they come.
 * @param options.settled Resolves when every ballot that was taken before the poll's end is in the log.
 * @throws RoarError overloaded when the count on the screen did not reach the end of the log in time
 */
export function certifier({
  log,
  store,
  desk,
  signer,
  clock,
  settled,
}: {
  log: Log
  store: PollStore
  desk: PollDesk
  signer: Signer
  clock: Clock
  settled: (poll: Poll) => Promise<void>
}): (poll: Poll) => Promise<Certificate> {
  async function readRoll({ show, poll }: Poll) {
    const fold = new BallotFold()
    const roll = new BallotRoll({ sha256, perChunk: LEAVES_PER_CHUNK })
    let chunks: LeafChunk[] = []
    const write = async (): Promise<void> => {
      const full = chunks
      chunks = []
      if (full.length > 0) await store.saveLeaves(show, poll, full)
    }
    for (const [partition, end] of (await log.ends('ballots')).entries()) {
      for (let offset = 0; offset < end; ) {
        const records = await log.read('ballots', { partition, offset }, READ_RECORDS)
        if (records.length === 0) break
        for (const record of records) {
          const ballot = decodeBallot(record.value)
          if (typeof ballot === 'string' || ballot.poll !== poll || ballot.show !== show) continue
          const chunk = roll.add(ballot, record)
          if (chunk !== undefined) chunks.push(chunk)
          fold.add(ballot)
        }
        offset = records.at(-1)!.offset + 1
        if (chunks.length >= CHUNKS_AT_ONCE) await write()
        // Millions of ballots take seconds, in which everybody else must be served.
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
    }
    const { root, last } = roll.finish()
    if (last !== undefined) chunks.push(last)
    await write()
    return { fold, root, size: roll.size }
  }

  /** The count on the screen, once it has read what the roll has. */
  async function tallyOf(poll: Poll, fold: BallotFold): Promise<Tally> {
    const counted = new Tally()
    for (const cell of fold.takeChanged())
      counted.apply({ show: poll.show, poll: poll.poll, ...cell, version: 1 })
    const expected = contents(counted, poll)
    const giveUpMs = clock.now() + CATCH_UP_MS
    for (;;) {
      const tally = desk.tally(poll.show, poll.poll)
      if (contents(tally, poll) === expected) return tally
      if (clock.now() >= giveUpMs) {
        throw new RoarError('overloaded', 'the count has not reached the end of the log', { retryAfterS: 5 })
      }
      await new Promise<void>((resolve) => clock.after(CATCH_UP_STEP_MS, resolve))
    }
  }

  return async (poll) => {
    await settled(poll)
    const { fold, root, size } = await readRoll(poll)
    const tally = await tallyOf(poll, fold)
    const { viewers, counts, segments } = tally.result(poll)
    const statement: CertificateStatement = {
      show: poll.show,
      poll: poll.poll,
      kind: poll.kind,
      question: poll.question,
      opens: poll.opens!,
      closes: poll.closes!,
      sealed: poll.sealed!,
      ballots: size,
      root: Buffer.from(root).toString('base64url'),
      viewers,
      result: counts,
      segments: Object.fromEntries(
        Object.entries(segments).map(([segment, part]) => [
          segment,
          { viewers: part.viewers, result: part.counts },
        ]),
      ),
      late: { viewers: tally.marked('late'), counted: poll.countLate },
      quarantined: { viewers: tally.marked('quarantined'), counted: poll.countQuarantined },
    }
    return { statement, ...signer.sign(certificateText(statement), statement.sealed) }
  }
}

const contents = (tally: Tally, poll: Poll): string =>
  sortedJson([
    tally.result({ ...poll, countLate: true, countQuarantined: true }),
    tally.marked('late'),
    tally.marked('quarantined'),
  ])
