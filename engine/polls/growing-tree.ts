import { HASH_BYTES, MerkleTree, type Sha256, type TreeHead } from './merkle.ts'

/**
 * A Merkle tree that grows at its end, and says at any time how its older sizes lead to the present one. The roots of full
 * chunks are kept, and the tree over them for the size that was asked for last: one head and all that is proved of it hash
 * one node for each chunk, once, and a chunk.
 */
export class GrowingTree {
  readonly #sha256: Sha256
  readonly #perChunk: number
  /** Of full chunks. */
  readonly #roots: Uint8Array[] = []
  /** The leaves of each chunk, one after another: one piece of memory, the last filled in part. */
  readonly #chunks: Uint8Array[] = []
  #size = 0
  #top: { size: number; tree: MerkleTree } | undefined

  /** @param perChunk A power of two. */
  constructor(sha256: Sha256, perChunk: number) {
    this.#sha256 = sha256
    this.#perChunk = perChunk
  }

  get size(): number {
    return this.#size
  }

  add(leaf: Uint8Array): void {
    const at = this.#size % this.#perChunk
    if (at === 0) this.#chunks.push(new Uint8Array(this.#perChunk * HASH_BYTES))
    this.#chunks.at(-1)!.set(leaf, at * HASH_BYTES)
    this.#size++
    if (at + 1 === this.#perChunk) this.#roots.push(this.#within(this.#chunks.length - 1, this.#size).root)
  }

  /** @param size Default: all leaves. */
  head(size = this.#size): TreeHead {
    return { size, root: this.#above(size).root }
  }

  /** The proof that the first `from` leaves begin the first `to` (RFC 9162 section 2.1.4.1). @param from From 1 to `to`. */
  consistency(from: number, to = this.#size): Uint8Array[] {
    if (from === to) return []
    const chunk = Math.floor(from / this.#perChunk)
    const rest = from % this.#perChunk
    if (rest === 0) return this.#above(to).consistency(chunk)
    return [...this.#within(chunk, to).consistency(rest, chunk === 0), ...this.#above(to).path(chunk)]
  }

  /** Siblings of a leaf from the bottom up, in the tree of the first `size` leaves (section 2.1.3.1). */
  path(index: number, size = this.#size): Uint8Array[] {
    const chunk = Math.floor(index / this.#perChunk)
    return [...this.#within(chunk, size).path(index % this.#perChunk), ...this.#above(size).path(chunk)]
  }

  /** The tree over those of a chunk's leaves that are among the first `size`. */
  #within(chunk: number, size: number): MerkleTree {
    const width = Math.min(this.#perChunk, size - chunk * this.#perChunk)
    const leaves = Array.from({ length: width }, (_, i) =>
      this.#chunks[chunk]!.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
    )
    return new MerkleTree(this.#sha256, leaves)
  }

  /** The tree over the roots of the chunks that the first `size` leaves fill, the last of them in part. */
  #above(size: number): MerkleTree {
    if (this.#top?.size === size) return this.#top.tree
    const full = Math.floor(size / this.#perChunk)
    const last = size % this.#perChunk === 0 ? [] : [this.#within(full, size).root]
    const tree = new MerkleTree(this.#sha256, [...this.#roots.slice(0, full), ...last])
    this.#top = { size, tree }
    return tree
  }
}
