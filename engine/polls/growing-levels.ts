import { HASH_BYTES, type Levels, nodeHash, type Sha256 } from './merkle.ts'

/** Hashes of one page: a growing tree copies none of the hashes that it has. */
const PAGE = 1024

/** A growing list of hashes, in pages. */
class Hashes {
  readonly #pages: Uint8Array[] = []
  count = 0

  push(hash: Uint8Array): void {
    const at = this.count++ % PAGE
    if (at === 0) this.#pages.push(new Uint8Array(PAGE * HASH_BYTES))
    this.#pages.at(-1)!.set(hash, at * HASH_BYTES)
  }

  at(index: number): Uint8Array {
    const from = (index % PAGE) * HASH_BYTES
    return this.#pages[Math.floor(index / PAGE)]!.slice(from, from + HASH_BYTES)
  }
}

/**
 * The complete subtrees of a tree that grows at its end: for each leaf two hashes are kept and one is computed. The tree at any
 * earlier size then needs one hash a level.
 */
export class GrowingLevels {
  readonly #sha256: Sha256
  readonly #levels: Hashes[] = []

  constructor(sha256: Sha256) {
    this.#sha256 = sha256
  }

  add(leaf: Uint8Array): void {
    for (let level = 0, hash = leaf; ; level++) {
      this.#levels[level] ??= new Hashes()
      const hashes = this.#levels[level]!
      hashes.push(hash)
      if (hashes.count % 2 === 1) return
      hash = nodeHash(this.#sha256, hashes.at(hashes.count - 2), hash)
    }
  }

  at(level: number, index: number): Uint8Array {
    return this.#levels[level]!.at(index)
  }

  /** The tree over the first leaves, and one more after them. @param full How many of the leaves here. */
  of(full: number, last?: Uint8Array): Levels & { root: Uint8Array } {
    const width = (level: number): number => Math.ceil((full + (last === undefined ? 0 : 1)) / 2 ** level)
    /** The last node of each level, where it is no complete subtree. */
    const edge: (Uint8Array | undefined)[] = [last]
    for (let level = 0; width(level) > 1; level++) {
      const [index, right] = [width(level + 1) - 1, width(level) - 1]
      if (index < Math.floor(full / 2 ** (level + 1))) edge.push(undefined)
      // A node without a sibling moves up unchanged.
      else if (right === 2 * index) edge.push(edge[level] ?? this.at(level, right))
      else edge.push(nodeHash(this.#sha256, this.at(level, right - 1), edge[level] ?? this.at(level, right)))
    }
    const at = (level: number, index: number): Uint8Array =>
      (index === width(level) - 1 ? edge[level] : undefined) ?? this.at(level, index)
    const root = width(0) === 0 ? this.#sha256('') : at(edge.length - 1, 0)
    return { height: edge.length, width, at, root }
  }
}
