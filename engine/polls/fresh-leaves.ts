import type { Ballot, BallotPlace } from '../../protocol/polls.ts'
import { HASH_BYTES } from './merkle.ts'

type Whose = Pick<Ballot, 'show' | 'poll' | 'producer'>

/** What a tree needs of a ballot: its poll, what identifies repeats, and its leaf. */
export interface FreshBallot extends Whose {
  sequence: number
  hash: Uint8Array
}

/**
 * The leaves of the ballots that this process wrote last, as in their receipts: whoever grows the tree need neither read nor hash
 * those ballots again. A ring: each place maps to one slot, and a later one overwrites it; a ballot that is missing here is read
 * from the log.
 */
export class FreshLeaves {
  readonly #max: number
  readonly #partitions: Int32Array
  readonly #offsets: Float64Array
  readonly #sequences: Float64Array
  readonly #hashes: Uint8Array
  /** One object shared by consecutive ballots of a poll. */
  readonly #whose: Whose[] = []
  #last: Whose = { show: '', poll: '', producer: '' }

  /** @param max Leaves, 64 bytes each. */
  constructor(max: number) {
    this.#max = max
    this.#partitions = new Int32Array(max).fill(-1)
    this.#offsets = new Float64Array(max)
    this.#sequences = new Float64Array(max)
    this.#hashes = new Uint8Array(max * HASH_BYTES)
  }

  /** Consecutive places of one partition have consecutive slots. */
  #slotOf({ partition, offset }: BallotPlace): number {
    return (offset + partition * 7919) % this.#max
  }

  /** Adds a ballot that the log has confirmed. */
  add(place: BallotPlace, { show, poll, producer, sequence, hash }: FreshBallot): void {
    const slot = this.#slotOf(place)
    const last = this.#last
    if (last.poll !== poll || last.show !== show || last.producer !== producer)
      this.#last = { show, poll, producer }
    this.#partitions[slot] = place.partition
    this.#offsets[slot] = place.offset
    this.#sequences[slot] = sequence
    this.#whose[slot] = this.#last
    this.#hashes.set(hash, slot * HASH_BYTES)
  }

  /** The leaves from a place on, as far as they are here without a gap. @param count The most to return. */
  from({ partition, offset }: BallotPlace, count: number): { place: BallotPlace; ballot: FreshBallot }[] {
    const leaves: { place: BallotPlace; ballot: FreshBallot }[] = []
    for (let at = offset; at < offset + count; at++) {
      const slot = this.#slotOf({ partition, offset: at })
      if (this.#partitions[slot] !== partition || this.#offsets[slot] !== at) break
      const { show, poll, producer } = this.#whose[slot]!
      // A copy: the slot may be overwritten before the caller uses it.
      const hash = this.#hashes.slice(slot * HASH_BYTES, (slot + 1) * HASH_BYTES)
      const ballot = { show, poll, producer, sequence: this.#sequences[slot]!, hash }
      leaves.push({ place: { partition, offset: at }, ballot })
    }
    return leaves
  }
}
