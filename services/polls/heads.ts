import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { LEAVES_PER_CHUNK } from '../../adapters/store/polls.ts'
import { GrowingTree } from '../../engine/polls/growing-tree.ts'
import { leafHash } from '../../engine/polls/merkle.ts'
import { paperOf, statementOf } from '../../engine/polls/receipts.ts'
import { Repeats } from '../../engine/polls/repeats.ts'
import { checkpointText, noteKeyBytes, originOf, signedNote } from '../../protocol/checkpoints.ts'
import { RoarError } from '../../protocol/errors.ts'
import { leafText, type Poll } from '../../protocol/polls.ts'
import { decodeBallot } from './ballot-codec.ts'
import { type SigningKeys, sha256 } from './signing-keys.ts'

/** A poll has a new head no more often than this, in milliseconds, but for its last. */
const EVERY_MS = 2000
/** Heads of one poll that are kept; the oldest goes. */
const HEADS_MAX = 100
/** Polls whose trees are kept; the one that was asked for longest ago goes, and is read again when it is asked for. */
const POLLS_MAX = 8
/** Most ballots of a poll that has heads: 32 MiB of leaves. One that gets more has none. */
const BALLOTS_MAX = 2 ** 20
/** How long a caller waits for a tree that is being read, in milliseconds. */
const WAIT_MS = 5000
/** Read in one turn of the event loop: some 2 ms of work. */
const READ_RECORDS = 256

/** The tree of one poll's ballots as far as the log was read, and what was signed of it. */
interface Grown {
  tree: GrowingTree
  repeats: Repeats
  offset: number
  /** Newest first. */
  heads: { size: number; note: string }[]
  signedMs: number
  reading: Promise<void> | undefined
}

/**
 * Signs heads of the tree that the certificate will be of, while the poll is on. It reads the log only when it is asked:
 * a poll that nobody watches costs nothing.
 */
export class PollHeads {
  readonly #log: Log
  readonly #keys: SigningKeys
  readonly #clock: Clock
  readonly #polls = new Map<string, Grown>()

  constructor({ log, signingKeys, clock }: { log: Log; signingKeys: SigningKeys; clock: Clock }) {
    this.#log = log
    this.#keys = signingKeys
    this.#clock = clock
  }

  /**
   * @param poll One that is no draft: what it asks no longer changes.
   * @throws RoarError not_published where the log's order is not the tree's, or the poll is too large; overloaded, log_unavailable
   */
  async of(poll: Poll): Promise<Pick<Grown, 'tree' | 'heads'>> {
    // A tree over several partitions, one after the other, does not grow at its end.
    if ((await this.#log.ends('ballots')).length !== 1)
      throw new RoarError('not_published', 'heads exist only where the log of ballots has one partition')
    const grown = this.#grown(poll)
    // One that began before this call may not get as far as the log does now.
    await this.#inTime(grown.reading)
    grown.reading ??= this.#read(poll, grown).finally(() => {
      grown.reading = undefined
    })
    await this.#inTime(grown.reading)
    this.#sign(poll, grown)
    return grown
  }

  #grown({ show, poll }: Poll): Grown {
    const name = `${show}/${poll}`
    const grown = this.#polls.get(name) ?? this.#begin()
    this.#polls.delete(name)
    this.#polls.set(name, grown)
    return grown
  }

  /** In the place of the oldest that is not being read. @throws RoarError overloaded where each is */
  #begin(): Grown {
    if (this.#polls.size === POLLS_MAX) {
      const oldest = [...this.#polls].find(([, { reading }]) => reading === undefined)
      if (oldest === undefined)
        throw new RoarError('overloaded', 'the ballots of other polls are being read', { retryAfterS: 5 })
      this.#polls.delete(oldest[0])
    }
    return {
      tree: new GrowingTree(sha256, LEAVES_PER_CHUNK),
      repeats: new Repeats(),
      offset: 0,
      heads: [],
      signedMs: Number.NEGATIVE_INFINITY,
      reading: undefined,
    }
  }

  /** The reading goes on for whoever asks next. */
  async #inTime(reading: Promise<void> | undefined): Promise<void> {
    if (reading === undefined) return
    let cancel = () => {}
    const late = new Promise<never>((_, reject) => {
      const error = new RoarError('overloaded', 'the ballots are still being read', { retryAfterS: 5 })
      cancel = this.#clock.after(WAIT_MS, () => reject(error))
    })
    await Promise.race([reading, late]).finally(() => cancel())
  }

  /** To the end of the log: a head that is smaller than one of before a restart would look like a loss. */
  async #read(poll: Poll, grown: Grown): Promise<void> {
    const [end = 0] = await this.#log.ends('ballots')
    const paper = paperOf(sha256, poll)
    while (grown.offset < end) {
      const records = await this.#log.read('ballots', { partition: 0, offset: grown.offset }, READ_RECORDS)
      for (const place of records) {
        const ballot = decodeBallot(place.value)
        if (typeof ballot === 'string' || ballot.show !== poll.show || ballot.poll !== poll.poll) continue
        // Before anything is noted of it: the next call comes to the same record.
        if (grown.tree.size === BALLOTS_MAX)
          throw new RoarError('not_published', `heads exist of polls of up to ${BALLOTS_MAX} ballots`)
        if (grown.repeats.has(ballot, place)) continue
        grown.tree.add(leafHash(sha256, leafText(statementOf(sha256, ballot, { place, paper }))))
      }
      grown.offset = records.length === 0 ? end : records.at(-1)!.offset + 1
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }

  #sign(poll: Poll, grown: Grown): void {
    const now = this.#clock.now()
    const isDue = now - grown.signedMs >= EVERY_MS || poll.sealed !== undefined
    if (!isDue || grown.heads[0]?.size === grown.tree.size) return
    const { size, root } = grown.tree.head()
    const name = originOf(poll.show, poll.poll)
    const text = checkpointText(name, { size, root: root.toBase64() })
    const { kid, signature } = this.#keys.sign(text, now)
    const { x } = this.#keys.publicSet().keys.find((key) => key.kid === kid)!
    const keyId = sha256(noteKeyBytes(name, Buffer.from(x, 'base64url'))).subarray(0, 4)
    const note = signedNote(text, { name, keyId, signature: Buffer.from(signature, 'base64url') })
    grown.heads.unshift({ size, note })
    grown.heads.length = Math.min(grown.heads.length, HEADS_MAX)
    grown.signedMs = now
  }
}
