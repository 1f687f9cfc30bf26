/** SHA-256, into the 32 bytes that are given or into new ones. The caller brings it, so this folder needs no platform. */
export type Sha256 = (bytes: Uint8Array, into?: Uint8Array) => Uint8Array

const HASH_BYTES = 32
const utf8 = new TextEncoder()
/** What is hashed, put together: every hash is done before the next begins. */
let leafBytes = new Uint8Array(1024)
const nodeBytes = new Uint8Array(1 + 2 * HASH_BYTES)
nodeBytes[0] = 1

/** RFC 9162 section 2.1.1: 0x00 before a leaf, 0x01 before two nodes, so that none can be taken for the other. */
export function leafHash(sha256: Sha256, leaf: string): Uint8Array {
  return sha256(leafBytesOf(leaf))
}

/** The hash of a text in UTF-8, with nothing before it. */
export function textHash(sha256: Sha256, text: string): Uint8Array {
  return sha256(leafBytesOf(text).subarray(1))
}

function leafBytesOf(leaf: string): Uint8Array {
  if (leafBytes.length < 1 + 3 * leaf.length) leafBytes = new Uint8Array(1 + 3 * leaf.length)
  leafBytes[0] = 0
  const { written } = utf8.encodeInto(leaf, leafBytes.subarray(1))
  return leafBytes.subarray(0, 1 + written)
}

export function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeBytes.set(left, 1)
  nodeBytes.set(right, 1 + HASH_BYTES)
  return sha256(nodeBytes)
}

/**
 * A Merkle tree over leaf hashes in their order, RFC 9162 section 2.1. Levels are kept, so a path costs no hashing.
 * A node without a sibling moves up as it is, which gives the RFC's tree.
 *
 * ```
 * level 2         root
 *               /      \
 * level 1     n0        l2      l2 had no sibling
 *            /  \
 * level 0  l0    l1     l2
 * ```
 */
export class MerkleTree {
  readonly #sha256: Sha256
  /** All levels one after another, so that a tree is one piece of memory however many leaves it has. */
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

  #width(level: number): number {
    return (this.#starts[level + 1] ?? this.#nodes.length / HASH_BYTES) - this.#starts[level]!
  }

  #at(level: number, index: number): Uint8Array {
    return this.node(this.#starts[level]! + index)
  }

  #fill(level: number): void {
    const below = this.#width(level - 1)
    for (let i = 0; i < this.#width(level); i++) {
      const hash = this.#at(level, i)
      if (2 * i + 1 === below) hash.set(this.#at(level - 1, 2 * i))
      else {
        // Two siblings lie side by side.
        const from = (this.#starts[level - 1]! + 2 * i) * HASH_BYTES
        nodeBytes.set(this.#nodes.subarray(from, from + 2 * HASH_BYTES), 1)
        this.#sha256(nodeBytes, hash)
      }
    }
  }

  /** The hash of the empty string for a tree without leaves. */
  get root(): Uint8Array {
    return this.size === 0 ? this.#sha256(new Uint8Array(0)) : this.#at(this.#starts.length - 1, 0)
  }

  /** Siblings of a leaf from the bottom up (section 2.1.3.1). */
  path(index: number): Uint8Array[] {
    return this.siblings(index).map((node) => this.node(node))
  }

  /** The same as the numbers of nodes: whoever makes something of every path of a tree makes it once for each node. */
  siblings(index: number): number[] {
    const nodes: number[] = []
    for (let level = 0, at = index; level < this.#starts.length - 1; level++, at >>>= 1) {
      if ((at ^ 1) < this.#width(level)) nodes.push(this.#starts[level]! + (at ^ 1))
    }
    return nodes
  }

  /** The hash of a node by its number. */
  node(number: number): Uint8Array {
    return this.#nodes.subarray(number * HASH_BYTES, (number + 1) * HASH_BYTES)
  }
}
