import { isSame } from '../../protocol/consistency.ts'
import { GrowingLevels } from './growing-levels.ts'
import { consistencyIn, HASH_BYTES, MerkleTree, pathIn, type Sha256, type TreeHead } from './merkle.ts'

/** Reads the leaves of a full chunk from where they are kept. */
export type LeavesOf = (chunk: number) => Promise<Uint8Array[]>

/**
 * A Merkle tree that grows at its end and proves consistency between any of its sizes. For a full chunk it keeps the
 * root, a quarter of a byte a leaf with everything above it, and only for the newest chunks the leaves. Older leaves,
 * which a proof from within a chunk needs, are read again and checked against the root.
 *
 * ```
 * above              root
 *               /            \
 * chunks   root 0    …     root n    the last, which is not full
 *         read again        kept      kept
 * ```
 */
export class GrowingTree {
  readonly #sha256: Sha256
  readonly #perChunk: number
  readonly #keptChunks: number
  readonly #leavesOf: LeavesOf
  /** The tree over the roots of full chunks. */
  readonly #above: GrowingLevels
  #chunks = 0
  /** The kept chunks, each in one buffer. */
  readonly #leaves = new Map<number, Uint8Array>()
  #last: Uint8Array
  #size = 0

  /**
   * @param options.perChunk A power of two.
   * @param options.keptChunks How many of the newest full chunks keep their leaves.
   * @param options.leavesOf Rejects if the leaves no longer exist.
   */
  constructor(sha256: Sha256, options: { perChunk: number; keptChunks: number; leavesOf: LeavesOf }) {
    this.#sha256 = sha256
    this.#perChunk = options.perChunk
    this.#keptChunks = options.keptChunks
    this.#leavesOf = options.leavesOf
    this.#above = new GrowingLevels(sha256)
    this.#last = this.#empty()
  }

  #empty(): Uint8Array {
    return new Uint8Array(this.#perChunk * HASH_BYTES)
  }

  get size(): number {
    return this.#size
  }

  add(leaf: Uint8Array): void {
    const at = this.#size % this.#perChunk
    this.#last.set(leaf, at * HASH_BYTES)
    this.#size++
    if (at + 1 < this.#perChunk) return
    this.#above.add(this.#tree(this.#hashes(this.#last, this.#perChunk)).root)
    this.#leaves.set(this.#chunks, this.#last)
    this.#leaves.delete(this.#chunks - this.#keptChunks)
    this.#chunks++
    this.#last = this.#empty()
  }

  /** Adds a full chunk of leaves by its root. @throws where the last chunk is not full */
  addChunk(root: Uint8Array): void {
    if (this.#size % this.#perChunk !== 0) throw new RangeError('the last chunk is not full')
    this.#above.add(root)
    this.#chunks++
    this.#size += this.#perChunk
  }

  /** The head of the tree over all leaves. */
  head(): TreeHead {
    const rest = this.#size % this.#perChunk
    const last = rest === 0 ? undefined : this.#tree(this.#hashes(this.#last, rest)).root
    return { size: this.#size, root: this.#above.of(this.#chunks, last).root }
  }

  /** The head over the first leaves. @throws as `leavesOf` does, RangeError if it returns other leaves */
  async headOf(size: number): Promise<TreeHead> {
    return { size, root: (await this.#aboveOf(size)).root }
  }

  /**
   * The proof that the first `from` leaves are a prefix of the first `to` (RFC 9162 section 2.1.4.1).
   * @param from From 1 to `to`.
   * @throws as `headOf`
   */
  async consistency(from: number, to = this.#size): Promise<Uint8Array[]> {
    if (from === to) return []
    const chunk = Math.floor(from / this.#perChunk)
    const rest = from % this.#perChunk
    const above = await this.#aboveOf(to)
    if (rest === 0) return consistencyIn(above, chunk)
    const within = await this.#within(chunk, to)
    return [...within.consistency(rest, chunk === 0), ...pathIn(above, chunk)]
  }

  /** Siblings of a leaf from the bottom up, in the tree of the first `size` leaves (section 2.1.3.1). @throws as `headOf` */
  async path(index: number, size = this.#size): Promise<Uint8Array[]> {
    const chunk = Math.floor(index / this.#perChunk)
    const within = await this.#within(chunk, size)
    return [...within.path(index % this.#perChunk), ...pathIn(await this.#aboveOf(size), chunk)]
  }

  /** The tree over the roots of the chunks of the first `size` leaves, the last chunk in part. */
  async #aboveOf(size: number) {
    const full = Math.floor(size / this.#perChunk)
    return this.#above.of(
      full,
      size % this.#perChunk === 0 ? undefined : (await this.#within(full, size)).root,
    )
  }

  /** The tree over a chunk's leaves, as far as they are among the first `size`. */
  async #within(chunk: number, size: number): Promise<MerkleTree> {
    const width = Math.min(this.#perChunk, size - chunk * this.#perChunk)
    const kept = chunk === this.#chunks ? this.#last : this.#leaves.get(chunk)
    return this.#tree(
      kept === undefined ? (await this.#read(chunk)).slice(0, width) : this.#hashes(kept, width),
    )
  }

  async #read(chunk: number): Promise<Uint8Array[]> {
    const leaves = await this.#leavesOf(chunk)
    const { root } = this.#tree(leaves)
    if (leaves.length === this.#perChunk && isSame(root, this.#above.at(0, chunk))) return leaves
    throw new RangeError(`the leaves from ${chunk * this.#perChunk} on are not those that it was made of`)
  }

  #hashes(chunk: Uint8Array, width: number): Uint8Array[] {
    return Array.from({ length: width }, (_, i) => chunk.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
  }

  #tree(leaves: Uint8Array[]): MerkleTree {
    return new MerkleTree(this.#sha256, leaves)
  }
}
