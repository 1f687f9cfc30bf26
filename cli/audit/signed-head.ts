import { text } from './canonical.ts'
import type { Findings } from './findings.ts'
import type { SignedTree } from './source.ts'
import type { Tree } from './tree.ts'

/** Compares the tree of an audit, as it grows, with the largest one that was signed before. */
export class SignedHead {
  readonly #head: SignedTree
  #root = ''

  constructor(head: SignedTree) {
    this.#head = head
  }

  /** Called after each leaf. */
  look(tree: Tree): void {
    if (tree.size === this.#head.size) this.#root = text(tree.root())
  }

  /** @param certified The certificate's tree, which is compared with anyway. */
  end(tree: Tree, certified: SignedTree | undefined, findings: Findings): void {
    const { size, root } = this.#head
    if (size === 0 || this.#root === root) return
    if (certified?.size === size && certified.root === root) return
    const detail =
      tree.size < size
        ? `a head of ${size} ballots was signed, and the log has ${tree.size}`
        : `the first ${size} ballots are not those of the head that was signed`
    findings.push({ what: 'differs', detail })
  }
}
