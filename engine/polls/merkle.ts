import { isSame, stepsOfConsistency } from '../../protocol/consistency.ts'

/**
 * SHA-256 of bytes, or of a text as UTF-8, into the given 32 bytes or new ones. Passed in, so that this folder needs no platform.
 */
export type Sha256 = (data: Uint8Array | string, into?: Uint8Array) => Uint8Array

export const HASH_BYTES = 32
/** Scratch buffers for a node's input and its hash: each hash is finished before the next begins. */
const nodeBytes = new Uint8Array(1 + 2 * HASH_BYTES)
nodeBytes[0] = 1
const nodeHashed = new Uint8Array(HASH_BYTES)

/** How many leaves a tree has, and its root. */
export interface TreeHead {
  size: number
  root: Uint8Array
}

/**
 * The hashes of a tree by level, from the leaves' 0 up; proofs are read from it. A node without a sibling is also on the next
 * level.
 */
export interface Levels {
  /** Number of levels, the root's included. */
  height: number
  width(level: number): number
  at(level: number, index: number): Uint8Array
}

/** Siblings of a node and of its ancestors, from the bottom up (section 2.1.3.1). @param from The level that `index` is counted on. */
export function pathIn(tree: Levels, index: number, from = 0): Uint8Array[] {
  const path: Uint8Array[] = []
  for (let level = from, at = index; level < tree.height - 1; level++, at >>>= 1)
    if ((at ^ 1) < tree.width(level)) path.push(tree.at(level, at ^ 1))
  return path
}

/**
 * The proof that leads from the root of the first `from` leaves to this one, in the order of section 2.1.4.1: only leaves were
 * added. Empty for equal sizes.
 * @param from From 1 to the tree's size.
 * @param whole Whether the first `from` leaves are the whole older tree; false if this tree is a right part of one.
 */
export function consistencyIn(tree: Levels, from: number, whole = true): Uint8Array[] {
  if (whole && from === tree.width(0)) return []
  // The highest complete subtree that ends where the older tree ends is a node of both.
  let level = 0
  let at = from - 1
  for (; (at & 1) === 1; at >>>= 1) level++
  // The verifier has it already if it is the whole older tree.
  const shared = whole && at === 0 ? [] : [tree.at(level, at)]
  return [...shared, ...pathIn(tree, at, level)]
}

/** RFC 9162 section 2.1.1: 0x00 before a leaf, 0x01 before two nodes, so that neither can pass for the other. */
export const leafHash = (sha256: Sha256, leaf: string): Uint8Array => sha256(`\0${leaf}`)

export function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeBytes.set(left, 1)
  nodeBytes.set(right, 1 + HASH_BYTES)
  return sha256(nodeBytes)
}

/**
 * A Merkle tree over leaf hashes in their order, RFC 9162 section 2.1. It keeps all levels, so a path costs no hashing.
 * A node without a sibling moves up unchanged, which gives the RFC's tree.
 *
 * ```
 * level 2         root
 *               /      \
 * level 1     n0        l2      l2 had no sibling
 *            /  \
 * level 0  l0    l1     l2
 * ```
 */
export class MerkleTree implements Levels {
  readonly #sha256: Sha256
  /** All levels, concatenated, so that a tree is one buffer however many leaves it has. */
  readonly #nodes: Uint8Array
  /** Where each level starts, in hashes. */
  readonly #starts: number[] = [0]
  readonly size: number

  constructor(sha256: Sha256, leaves: Uint8Array[]) {
    this.#sha256 = sha256
    this.size = leaves.length
    let hashes = leaves.length
    for (let width = leaves.length; width > 1; hashes += width) {
      this.#starts.push(hashes)
      width = Math.ceil(width / 2)
    }
    this.#nodes = new Uint8Array(hashes * HASH_BYTES)
    for (const [i, leaf] of leaves.entries()) this.#nodes.set(leaf, i * HASH_BYTES)
    for (let level = 1; level < this.#starts.length; level++) this.#fill(level)
  }

  get height(): number {
    return this.#starts.length
  }

  width(level: number): number {
    return (this.#starts[level + 1] ?? this.#nodes.length / HASH_BYTES) - this.#starts[level]!
  }

  #fill(level: number): void {
    const nodes = this.#nodes
    const below = this.width(level - 1)
    let to = this.#starts[level]! * HASH_BYTES
    // Siblings are adjacent.
    let from = this.#starts[level - 1]! * HASH_BYTES
    for (let i = 0; i < this.width(level); i++, to += HASH_BYTES, from += 2 * HASH_BYTES) {
      if (2 * i + 1 === below) nodes.copyWithin(to, from, from + HASH_BYTES)
      else {
        // Copied by hand: creating and collecting a view of so few bytes takes longer than hashing them.
        for (let at = 0; at < 2 * HASH_BYTES; at++) nodeBytes[1 + at] = nodes[from + at]!
        this.#sha256(nodeBytes, nodeHashed)
        for (let at = 0; at < HASH_BYTES; at++) nodes[to + at] = nodeHashed[at]!
      }
    }
  }

  /** The hash of the empty string for a tree without leaves. */
  get root(): Uint8Array {
    return this.size === 0 ? this.#sha256('') : this.at(this.height - 1, 0)
  }

  /** Siblings of a leaf from the bottom up (section 2.1.3.1). */
  path(index: number): Uint8Array[] {
    return pathIn(this, index)
  }

  /** See `consistencyIn`. */
  consistency(from: number, whole = true): Uint8Array[] {
    return consistencyIn(this, from, whole)
  }

  /** A node's hash, in the given bytes or new ones. */
  at(level: number, index: number, into: Uint8Array = new Uint8Array(HASH_BYTES)): Uint8Array {
    const from = (this.#starts[level]! + index) * HASH_BYTES
    for (let at = 0; at < HASH_BYTES; at++) into[at] = this.#nodes[from + at]!
    return into
  }
}

/** Whether the tree of one root and size grew into another's only by added leaves (RFC 9162 section 2.1.4.2). */
export function isConsistent(
  sha256: Sha256,
  { older, newer, path }: { older: TreeHead; newer: TreeHead; path: Uint8Array[] },
): boolean {
  if (older.size === newer.size && older.size > 0) return path.length === 0 && isSame(older.root, newer.root)
  const proof = stepsOfConsistency(older.size, newer.size, path)
  if (proof === undefined) return false
  let [fromOlder, fromNewer] = [proof.start ?? older.root, proof.start ?? older.root]
  for (const { sibling, left } of proof.steps) {
    if (left) fromOlder = nodeHash(sha256, sibling, fromOlder)
    fromNewer = left ? nodeHash(sha256, sibling, fromNewer) : nodeHash(sha256, fromNewer, sibling)
  }
  return isSame(fromOlder, older.root) && isSame(fromNewer, newer.root)
}
