import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { LEAVES_PER_CHUNK, type PollStore, type StoredTreeHead } from '../../adapters/store/polls.ts'
import { type FreshBallot, FreshLeaves } from '../../engine/polls/fresh-leaves.ts'
import { GrowingTree } from '../../engine/polls/growing-tree.ts'
import { LeafPlaces } from '../../engine/polls/leaf-places.ts'
import { leafHash } from '../../engine/polls/merkle.ts'
import { paperOf, statementOf } from '../../engine/polls/receipts.ts'
import { Repeats } from '../../engine/polls/repeats.ts'
import { originOf } from '../../protocol/checkpoints.ts'
import { RoarError } from '../../protocol/errors.ts'
import { plural } from '../../protocol/plural.ts'
import { type Ballot, type BallotPlace, type Certificate, leafText, type Poll } from '../../protocol/polls.ts'
import { sha256 } from '../sha256.ts'
import { ballotsAt } from './ballot-at.ts'
import { BallotCursor, type BallotOrder, ballotsFrom, ballotsIn, type ReadBallots } from './ballot-order.ts'
import { headNote } from './head-note.ts'
import type { SigningKeys } from './signing-keys.ts'
import { sealedTree } from './stored-tree.ts'
import type { Witnesses } from './witnesses.ts'

/** The shortest interval between a poll's heads, in milliseconds, except for its last. */
export const HEAD_EVERY_MS = 2000
/** The shortest interval if a larger tree is known, from another process's head or a receipt. */
const WANTED_EVERY_MS = 200
/** Heads kept for each poll; the oldest is dropped. */
const HEADS_MAX = 100
/** Polls whose trees are kept; the least recently requested is dropped, and read again when it is requested. */
const POLLS_MAX = 8
/** Newest chunks of a poll's tree that keep their leaves: 32 MiB. Older leaves are computed from the log again. */
const KEPT_CHUNKS = 4096
/** The shortest interval between requests to witnesses, in milliseconds, except for a poll's last head. */
const WITNESS_EVERY_MS = 10_000
/**
 * Leaves of this process's newest ballots: 4 MiB, enough for `HEAD_EVERY_MS` at 30,000 a second. Older ones are read from the
 * log.
 */
const FRESH_LEAVES_MAX = 2 ** 16
/** How long a caller waits for a tree that is being read, in milliseconds. */
const WAIT_MS = 5000

/** A head signed here, with the cosignatures received since. */
export interface Head extends StoredTreeHead {
  note: string
  cosignatures: string[]
}

/** A head with its cosignatures, as one note. */
export const wholeOf = ({ note, cosignatures }: Head): string => note + cosignatures.join('')

/** The tree of one poll's ballots as far as the log was read, and its signed heads. */
interface Grown {
  tree: GrowingTree
  /** undefined: the tree is the certificate's, and the store knows the places of its ballots. */
  places: LeafPlaces | undefined
  repeats: Repeats
  cursor: BallotCursor<FreshBallot | Ballot>
  /** The largest tree that any process signed before this one began to read. */
  before: StoredTreeHead | undefined
  /** Newest first. */
  heads: Head[]
  /** The id of the key that signed them all. */
  kid: string
  signedMs: number
  /** A sealed poll, completely read. */
  sealed: boolean
  growing: Promise<void> | undefined
  witnessing: boolean
  witnessedMs: number
}

/**
 * Signs heads of the tree that the certificate will contain, while the poll is open. All processes read the ballots in the same
 * order, and none signs a tree that does not extend the largest one ever signed: so there is one history, or none.
 */
export class PollHeads {
  readonly #store: PollStore
  readonly #order: BallotOrder
  readonly #keys: SigningKeys
  readonly #witnesses: Witnesses
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #log: Pick<Log, 'read'>
  readonly #read: ReadBallots<FreshBallot | Ballot>
  readonly #polls = new Map<string, Grown>()
  /** Writers of ballots in this process may leave their leaves here. */
  readonly fresh = new FreshLeaves(FRESH_LEAVES_MAX)

  constructor(options: {
    log: Pick<Log, 'read'>
    order: BallotOrder
    store: PollStore
    signingKeys: SigningKeys
    witnesses: Witnesses
    clock: Clock
    logger: Logger
  }) {
    const read = ballotsIn(options.log)
    this.#read = async (from, count) => {
      const fresh = this.fresh.from(from, count)
      return fresh.length > 0 ? fresh : read(from, count)
    }
    this.#log = options.log
    this.#store = options.store
    this.#order = options.order
    this.#keys = options.signingKeys
    this.#witnesses = options.witnesses
    this.#clock = options.clock
    this.#logger = options.logger
  }

  /**
   * @param poll Not a draft: its paper no longer changes.
   * @param has Whether the request can be answered; if not, waits a moment and reads on.
   * @throws RoarError log_unavailable also if heads were signed of another log; overloaded, store_unavailable
   */
  async of(poll: Poll, has: (grown: Grown) => boolean = () => true): Promise<Grown> {
    const grown = this.#grown(poll)
    // One that began before this call may end before the log's present end.
    await this.#inTime(grown.growing)
    const soonMs = grown.signedMs + WANTED_EVERY_MS - this.#clock.now()
    if (!has(grown) && soonMs > 0 && !grown.sealed)
      await new Promise<void>((resolve) => this.#clock.after(soonMs, resolve))
    if (this.#isDue(poll, grown, has)) {
      grown.growing ??= this.#grow(poll, grown).finally(() => {
        grown.growing = undefined
      })
      await this.#inTime(grown.growing)
    }
    this.#signAnew(poll, grown)
    this.#witness(poll, grown)
    return grown
  }

  /** The newest head signed here, without cosignatures. */
  newest(show: string, poll: string): string | undefined {
    const grown = this.#polls.get(`${show}/${poll}`)
    if (grown === undefined) return undefined
    this.#signAnew({ show, poll }, grown)
    return grown.heads[0]?.note
  }

  /**
   * Signs the heads again once another key signs: a head says no time of its own, so nobody could tell one that was signed before a
   * revocation from one that a thief signs now. Their texts stay, and with them what witnesses cosigned.
   */
  #signAnew(of: { show: string; poll: string }, grown: Grown): void {
    const atMs = this.#clock.now()
    const kid = this.#keys.kidAt(atMs)
    if (kid === grown.kid) return
    for (const head of grown.heads) head.note = headNote(this.#keys, of, { ...head, atMs })
    grown.kid = kid
  }

  #isDue({ sealed }: Poll, grown: Grown, has: (grown: Grown) => boolean): boolean {
    if (grown.heads.length === 0) return true
    if (grown.sealed) return false
    if (sealed !== undefined) return true
    return this.#clock.now() - grown.signedMs >= (has(grown) ? HEAD_EVERY_MS : WANTED_EVERY_MS)
  }

  #grown(of: Poll): Grown {
    const { show, poll } = of
    const name = `${show}/${poll}`
    const grown = this.#polls.get(name) ?? this.#begin(of)
    this.#polls.delete(name)
    this.#polls.set(name, grown)
    return grown
  }

  /** Replaces the oldest tree that is not being read. @throws RoarError overloaded if all are */
  #begin(poll: Poll): Grown {
    if (this.#polls.size === POLLS_MAX) {
      const oldest = [...this.#polls].find(([, { growing }]) => growing === undefined)
      if (oldest === undefined)
        throw new RoarError('overloaded', 'the ballots of other polls are being read', { retryAfterS: 5 })
      this.#polls.delete(oldest[0])
    }
    const places = new LeafPlaces()
    return {
      tree: new GrowingTree(sha256, {
        perChunk: LEAVES_PER_CHUNK,
        keptChunks: KEPT_CHUNKS,
        leavesOf: (chunk) => this.#leavesOf(poll, places, chunk),
      }),
      places,
      repeats: new Repeats(),
      cursor: new BallotCursor(this.#read),
      before: undefined,
      heads: [],
      kid: '',
      signedMs: Number.NEGATIVE_INFINITY,
      sealed: false,
      growing: undefined,
      witnessing: false,
      witnessedMs: Number.NEGATIVE_INFINITY,
    }
  }

  async #leavesOf(poll: Poll, places: LeafPlaces, chunk: number): Promise<Uint8Array[]> {
    const from = chunk * LEAVES_PER_CHUNK
    const paper = paperOf(sha256, poll)
    const placed = await ballotsAt(this.#log, places.placesOf(from, from + LEAVES_PER_CHUNK))
    return placed.map(({ ballot, place }) => leafOf(ballot, place, paper))
  }

  /** Reading continues for the next caller. */
  async #inTime(growing: Promise<void> | undefined): Promise<void> {
    if (growing === undefined) return
    let cancel = () => {}
    const late = new Promise<never>((_, reject) => {
      const error = new RoarError('overloaded', 'the ballots are still being read', { retryAfterS: 5 })
      cancel = this.#clock.after(WAIT_MS, () => reject(error))
    })
    await Promise.race([growing, late]).finally(() => cancel())
  }

  async #grow(poll: Poll, grown: Grown): Promise<void> {
    // Once: a head that cannot be signed now is requested again and again.
    const sealed = poll.sealed && grown.places !== undefined ? await sealedTree(this.#store, poll) : undefined
    if (sealed !== undefined) {
      grown.tree = sealed
      grown.places = undefined
    }
    if (grown.places === undefined || grown.heads.length === 0)
      grown.before = await this.#store.treeHead(poll.show, poll.poll)
    if (grown.places !== undefined) await this.#readOn(poll, grown)
    await this.#sign(poll, grown)
    grown.sealed = poll.sealed !== undefined
  }

  /** To the end of the log: a head smaller than one from before a restart would look like a loss. */
  async #readOn(poll: Poll, grown: Grown): Promise<void> {
    const paper = paperOf(sha256, poll)
    for await (const ballots of ballotsFrom(grown.cursor, this.#order, poll)) {
      for (const { ballot, place } of ballots) {
        if (grown.repeats.has(ballot)) continue
        grown.places?.add(place, grown.tree.size)
        grown.tree.add('hash' in ballot ? ballot.hash : leafOf(ballot, place, paper))
      }
    }
  }

  async #sign(poll: Poll, grown: Grown): Promise<void> {
    const { tree, heads, before } = grown
    grown.signedMs = this.#clock.now()
    if (heads[0]?.size === tree.size) return
    heads.unshift(await this.#headOf(poll, { tree, before }))
    heads.length = Math.min(heads.length, HEADS_MAX)
  }

  /** @throws RoarError log_unavailable if the tree does not extend the previous one; store_unavailable */
  async #headOf(
    { show, poll }: Poll,
    { tree, before }: { tree: GrowingTree; before: StoredTreeHead | undefined },
  ): Promise<Head> {
    const fault = before && (await forkOf(tree, before))
    if (fault !== undefined)
      throw new RoarError('log_unavailable', `this log does not match the signed heads: ${fault}`)
    const { size } = tree
    const root = tree.head().root.toBase64()
    // Before it is published: the next signer must know of it.
    await this.#store.saveTreeHead(show, poll, { size, root })
    const note = headNote(this.#keys, { show, poll }, { size, root, atMs: this.#clock.now() })
    return { size, root, note, cosignatures: [] }
  }

  /** Asks the witnesses to cosign the newest head, one request at a time, at an interval. */
  #witness({ show, poll }: Poll, grown: Grown): void {
    const [head] = grown.heads
    const now = this.#clock.now()
    if (head === undefined || head.size === 0 || head.cosignatures.length > 0) return
    if (grown.witnessing || now - grown.witnessedMs < WITNESS_EVERY_MS) return
    grown.witnessing = true
    grown.witnessedMs = now
    const { size, note } = head
    void this.#witnesses
      .cosign({ origin: originOf(show, poll), size, note, tree: grown.tree })
      .then((lines) => {
        head.cosignatures = lines
        grown.witnessing = false
      })
  }

  /**
   * The last head of a poll that accepts no more votes, for its certificate, with the cosignatures of the witnesses that respond
   * in time. undefined if it contradicts the heads signed before: the log line says so, and holders of such a head will find out.
   * @param tree Of all its ballots.
   */
  async last(poll: Poll, tree: GrowingTree): Promise<Pick<Certificate, 'head' | 'witnesses'> | undefined> {
    try {
      const before = await this.#store.treeHead(poll.show, poll.poll)
      const head = await this.#headOf(poll, { tree, before })
      const { size, note } = head
      if (size > 0)
        head.cosignatures = await this.#witnesses.cosign({
          origin: originOf(poll.show, poll.poll),
          size,
          note,
          tree,
        })
      return { head: wholeOf(head), witnesses: this.#witnesses.keys }
    } catch (cause) {
      this.#logger.error({ err: cause, show: poll.show, poll: poll.poll }, 'the certificate has no head')
      return undefined
    }
  }
}

const leafOf = (ballot: Ballot, place: BallotPlace, paper: string): Uint8Array =>
  leafHash(sha256, leafText(statementOf(sha256, ballot, { place, paper })))

/** How a tree fails to extend one signed before; undefined if it extends it. */
async function forkOf(tree: GrowingTree, before: StoredTreeHead): Promise<string | undefined> {
  if (tree.size < before.size)
    return `a head of ${plural(before.size, 'ballot')} was signed, but the log has only ${tree.size}: its end is lost`
  const isSame = (await tree.headOf(before.size)).root.toBase64() === before.root
  return isSame ? undefined : `its first ${plural(before.size, 'ballot')} differ from the signed head`
}
