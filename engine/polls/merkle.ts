/** SHA-256. The caller brings it, so that this folder stays free of any platform's. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

const HASH_BYTES = 32
const utf8 = new TextEncoder()

/** RFC 9162 section 2.1.1: 0x00 before a leaf, 0x01 before two nodes, so that none can be taken for the other. */
export function leafHash(sha256: Sha256, leaf: string): Uint8Array {
  const bytes = new Uint8Array(1 + 3 * leaf.length)
  const { written } = utf8.encodeInto(leaf, bytes.subarray(1))
  return sha256(bytes.subarray(0, 1 + written))
}

export function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * HASH_BYTES)
  bytes[0] = 1
  bytes.set(left, 1)
  bytes.set(right, 1 + HASH_BYTES)
  return sha256(bytes)
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
  readonly #levels: Uint8Array[][]
  readonly #emptyRoot: Uint8Array

  constructor(sha256: Sha256, leaves: Uint8Array[]) {
    this.#emptyRoot = leaves.length === 0 ? sha256(new Uint8Array(0)) : leaves[0]!
    this.#levels = [leaves]
    for (let level = leaves; level.length > 1; ) {
      const above: Uint8Array[] = []
      for (let i = 0; i + 1 < level.length; i += 2) above.push(nodeHash(sha256, level[i]!, level[i + 1]!))
      if (level.length % 2 === 1) above.push(level.at(-1)!)
      this.#levels.push(above)
      level = above
    }
  }

  get size(): number {
    return this.#levels[0]!.length
  }

  /** The hash of the empty string for a tree without leaves. */
  get root(): Uint8Array {
    return this.#levels.at(-1)![0] ?? this.#emptyRoot
  }

  /** Siblings of a leaf from the bottom up (section 2.1.3.1). */
  path(index: number): Uint8Array[] {
    const path: Uint8Array[] = []
    for (let level = 0, at = index; level < this.#levels.length - 1; level++, at >>>= 1) {
      const sibling = this.#levels[level]![at ^ 1]
      if (sibling !== undefined) path.push(sibling)
    }
    return path
  }
}
