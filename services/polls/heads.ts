import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { LEAVES_PER_CHUNK, type PollStore, type StoredTreeHead } from '../../adapters/store/polls.ts'
import { GrowingTree } from '../../engine/polls/growing-tree.ts'
import { LeafPlaces } from '../../engine/polls/leaf-places.ts'
import { leafHash } from '../../engine/polls/merkle.ts'
import { paperOf, statementOf } from '../../engine/polls/receipts.ts'
import { Repeats } from '../../engine/polls/repeats.ts'
import { checkpointText, noteKeyBytes, originOf, signedNote } from '../../protocol/checkpoints.ts'
import { RoarError } from '../../protocol/errors.ts'
import { leafText, type Poll } from '../../protocol/polls.ts'
import { decodeBallot } from './ballot-codec.ts'
import { BallotCursor, type BallotOrder } from './ballot-order.ts'
import { type SigningKeys, sha256 } from './signing-keys.ts'

/** A poll has a new head no more often than this, in milliseconds, but for its last. */
export const HEAD_EVERY_MS = 2000
/** Heads of one poll that are kept; the oldest goes. */
const HEADS_MAX = 100
/** Polls whose trees are kept; the one that was asked for longest ago goes, and is read again when it is asked for. */
const POLLS_MAX = 8
/** Most ballots of a poll that has heads: 48 MiB. One that gets more has none. */
const BALLOTS_MAX = 2 ** 20
/** How long a caller waits for a tree that is being read, in milliseconds. */
const WAIT_MS = 5000

/** The tree of one poll's ballots as far as the log was read, and what was signed of it. */
interface Grown {
  tree: GrowingTree
  places: LeafPlaces
  repeats: Repeats
  cursor: BallotCursor
  /** The largest tree that any process signed before this one began to read. */
  before: StoredTreeHead | undefined
  /** Newest first. */
  heads: { size: number; note: string }[]
  signedMs: number
  /** All is read that a sealed poll will ever have. */
  sealed: boolean
  growing: Promise<void> | undefined
}

/**
 * Signs heads of the tree that the certificate will be of, while the poll is on. All processes read the ballots in one order,
 * and none signs a tree that does not begin with the largest that was ever signed: so there is one history, or none.
 */
export class PollHeads {
  readonly #log: Pick<Log, 'read'>
  readonly #store: PollStore
  readonly #order: BallotOrder
  readonly #keys: SigningKeys
  readonly #clock: Clock
  readonly #polls = new Map<string, Grown>()

  constructor(options: {
    log: Pick<Log, 'read'>
    order: BallotOrder
    store: PollStore
    signingKeys: SigningKeys
    clock: Clock
  }) {
    this.#log = options.log
    this.#store = options.store
    this.#order = options.order
    this.#keys = options.signingKeys
    this.#clock = options.clock
  }

  /**
   * @param poll One that is no draft: what it asks no longer changes.
   * @throws RoarError not_published where the poll is too large; log_unavailable also where the log is not the one of which
   * heads were signed; overloaded, store_unavailable
   */
  async of(poll: Poll): Promise<Pick<Grown, 'tree' | 'places' | 'heads'>> {
    const grown = this.#grown(poll)
    // One that began before this call may not get as far as the log does now.
    await this.#inTime(grown.growing)
    if (this.#isDue(poll, grown)) {
      grown.growing ??= this.#grow(poll, grown).finally(() => {
        grown.growing = undefined
      })
      await this.#inTime(grown.growing)
    }
    return grown
  }

  /** The newest that was signed here. */
  newest(show: string, poll: string): string | undefined {
    return this.#polls.get(`${show}/${poll}`)?.heads[0]?.note
  }

  #isDue({ sealed }: Poll, grown: Grown): boolean {
    if (grown.sealed) return false
    return sealed !== undefined || this.#clock.now() - grown.signedMs >= HEAD_EVERY_MS
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
      const oldest = [...this.#polls].find(([, { growing }]) => growing === undefined)
      if (oldest === undefined)
        throw new RoarError('overloaded', 'the ballots of other polls are being read', { retryAfterS: 5 })
      this.#polls.delete(oldest[0])
    }
    return {
      tree: new GrowingTree(sha256, LEAVES_PER_CHUNK),
      places: new LeafPlaces(),
      repeats: new Repeats(),
      cursor: new BallotCursor(this.#log),
      before: undefined,
      heads: [],
      signedMs: Number.NEGATIVE_INFINITY,
      sealed: false,
      growing: undefined,
    }
  }

  /** The reading goes on for whoever asks next. */
  async #inTime(growing: Promise<void> | undefined): Promise<void> {
    if (growing === undefined) return
    let cancel = () => {}
    const late = new Promise<never>((_, reject) => {
      const error = new RoarError('overloaded', 'the ballots are still being read', { retryAfterS: 5 })
      cancel = this.#clock.after(WAIT_MS, () => reject(error))
    })
    await Promise.race([growing, late]).finally(() => cancel())
  }

  /** To the end of the log: a head that is smaller than one of before a restart would look like a loss. */
  async #grow(poll: Poll, grown: Grown): Promise<void> {
    if (grown.heads.length === 0) grown.before = await this.#store.treeHead(poll.show, poll.poll)
    const paper = paperOf(sha256, poll)
    for await (const records of grown.cursor.upTo(await this.#order.reach())) {
      for (const place of records) {
        const ballot = decodeBallot(place.value)
        if (typeof ballot === 'string' || ballot.show !== poll.show || ballot.poll !== poll.poll) continue
        // Before anything is noted of it: the next call comes to the same record.
        if (grown.tree.size === BALLOTS_MAX)
          throw new RoarError('not_published', `heads exist of polls of up to ${BALLOTS_MAX} ballots`)
        if (grown.repeats.has(ballot, place)) continue
        grown.places.add(place, grown.tree.size)
        grown.tree.add(leafHash(sha256, leafText(statementOf(sha256, ballot, { place, paper }))))
      }
    }
    await this.#sign(poll, grown)
    grown.sealed = poll.sealed !== undefined
  }

  async #sign({ show, poll }: Poll, grown: Grown): Promise<void> {
    const { tree, heads, before } = grown
    const now = this.#clock.now()
    grown.signedMs = now
    if (heads[0]?.size === tree.size) return
    const fault = before && forkOf(tree, before)
    if (fault !== undefined)
      throw new RoarError('log_unavailable', `the log of ballots is not the one that was: ${fault}`)
    const root = tree.head().root.toBase64()
    const { size } = tree
    // Before anybody has it: whoever signs next must know of it.
    await this.#store.saveTreeHead(show, poll, { size, root })
    const name = originOf(show, poll)
    const text = checkpointText(name, { size, root })
    const { kid, signature } = this.#keys.sign(text, now)
    const { x } = this.#keys.publicSet().keys.find((key) => key.kid === kid)!
    const keyId = sha256(noteKeyBytes(name, Buffer.from(x, 'base64url'))).subarray(0, 4)
    const note = signedNote(text, { name, keyId, signature: Buffer.from(signature, 'base64url') })
    heads.unshift({ size, note })
    heads.length = Math.min(heads.length, HEADS_MAX)
  }
}

/** How a tree does not begin with one that was signed before; undefined where it does. */
function forkOf(tree: GrowingTree, before: StoredTreeHead): string | undefined {
  if (tree.size < before.size)
    return `a head of ${before.size} ballots was signed, and it has ${tree.size} of them: it lost its end`
  const isSame = tree.head(before.size).root.toBase64() === before.root
  return isSame ? undefined : `its first ${before.size} ballots are not those of which a head was signed`
}
