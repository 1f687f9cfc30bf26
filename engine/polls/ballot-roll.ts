import { type Ballot, type BallotPlace, leafText, type MarkOpening } from '../../protocol/polls.ts'
import { leafHash, MerkleTree, type Sha256 } from './merkle.ts'
import { statementOf } from './receipts.ts'
import { Repeats } from './repeats.ts'

/** Consecutive leaves: complete subtrees of one size, except for a smaller last one. */
export interface RollChunk {
  chunk: number
  /** Its earliest and latest receive time. */
  from: number
  to: number
  ballots: string[]
  places: BallotPlace[]
  hashes: Uint8Array[]
  /** What opens the ballots' marks. */
  marks: MarkOpening[]
  root: Uint8Array
}

/**
 * The roll of all ballots of a poll in log order: the leaves of the certificate's tree. A record that is in the log twice is one
 * leaf. It returns leaves chunk by chunk and keeps none of them.
 */
export class BallotRoll {
  readonly #sha256: Sha256
  readonly #paper: string
  readonly #perChunk: number
  readonly #repeats = new Repeats()
  #ballots: string[] = []
  #places: BallotPlace[] = []
  #hashes: Uint8Array[] = []
  #marks: MarkOpening[] = []
  #from = Number.POSITIVE_INFINITY
  #to = 0
  #chunks = 0
  #size = 0

  /** @param options.paper The hash of what the poll asks. @param options.perChunk A power of two. */
  constructor({ sha256, paper, perChunk }: { sha256: Sha256; paper: string; perChunk: number }) {
    this.#sha256 = sha256
    this.#paper = paper
    this.#perChunk = perChunk
  }

  get size(): number {
    return this.#size
  }

  /** Returns the chunk that this ballot completes. */
  add(ballot: Ballot, place: BallotPlace): RollChunk | undefined {
    if (this.#repeats.has(ballot)) return undefined
    const leaf = leafText(statementOf(this.#sha256, ballot, { place, paper: this.#paper }))
    this.#ballots.push(ballot.ballot)
    this.#places.push({ partition: place.partition, offset: place.offset })
    this.#hashes.push(leafHash(this.#sha256, leaf))
    this.#marks.push({ quarantined: ballot.quarantined, markSalt: ballot.markSalt })
    this.#from = Math.min(this.#from, ballot.at)
    this.#to = Math.max(this.#to, ballot.at)
    this.#size++
    return this.#hashes.length === this.#perChunk ? this.#cut() : undefined
  }

  #cut(): RollChunk {
    const chunk = {
      chunk: this.#chunks++,
      from: this.#from,
      to: this.#to,
      ballots: this.#ballots,
      places: this.#places,
      hashes: this.#hashes,
      marks: this.#marks,
      root: new MerkleTree(this.#sha256, this.#hashes).root,
    }
    this.#ballots = []
    this.#places = []
    this.#hashes = []
    this.#marks = []
    this.#from = Number.POSITIVE_INFINITY
    this.#to = 0
    return chunk
  }

  /** Ends the roll. Returns the last chunk, if one is incomplete. */
  finish(): RollChunk | undefined {
    return this.#hashes.length > 0 ? this.#cut() : undefined
  }
}
