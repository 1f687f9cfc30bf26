import { createHash } from 'node:crypto'

export const sha256 = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** The root of RFC 9162 section 2.1.1. Keeps the complete subtrees of the leaves so far, the largest first. */
export class Tree {
  readonly #subtrees: { hash: Buffer; leaves: number }[] = []
  size = 0

  add(leaf: Buffer): void {
    this.size++
    this.#subtrees.push({ hash: leaf, leaves: 1 })
    while (this.#subtrees.at(-1)!.leaves === this.#subtrees.at(-2)?.leaves) this.#join(this.#subtrees)
  }

  #join(subtrees: { hash: Buffer; leaves: number }[]): void {
    const [right, left] = [subtrees.pop()!, subtrees.pop()!]
    const hash = sha256(Buffer.of(1), left.hash, right.hash)
    subtrees.push({ hash, leaves: left.leaves + right.leaves })
  }

  root(): Buffer {
    if (this.size === 0) return sha256('')
    const subtrees = [...this.#subtrees]
    while (subtrees.length > 1) this.#join(subtrees)
    return subtrees[0]!.hash
  }
}
