export const sha256 = (data: Uint8Array | string): Buffer =>
  Bun.SHA256.hash(data, Buffer.allocUnsafeSlow(32)) as Buffer
/** As certificates and proofs encode it. */
export const sha256Text = (data: string): string => Bun.SHA256.hash(data, 'base64url')

/** Before the hashes of two nodes. */
const NODE = Buffer.of(1)

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
    const hash = sha256(Buffer.concat([NODE, left.hash, right.hash]))
    subtrees.push({ hash, leaves: left.leaves + right.leaves })
  }

  root(): Buffer {
    if (this.size === 0) return sha256('')
    const subtrees = [...this.#subtrees]
    while (subtrees.length > 1) this.#join(subtrees)
    return subtrees[0]!.hash
  }
}
