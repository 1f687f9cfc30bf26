import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { leafHash, MerkleTree, nodeHash, type Sha256 } from './merkle.ts'
import { rootOf } from './receipts.ts'

const sha256: Sha256 = (data, into = new Uint8Array(32)) => Bun.SHA256.hash(data, into) as Uint8Array
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** RFC 9162 section 2.1.1, word by word: split at the largest power of two below n. */
function rfcRoot(leaves: string[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array(0))
  if (leaves.length === 1) return leafHash(sha256, leaves[0]!)
  let k = 1
  while (2 * k < leaves.length) k *= 2
  return nodeHash(sha256, rfcRoot(leaves.slice(0, k)), rfcRoot(leaves.slice(k)))
}

const treeOf = (leaves: string[]) =>
  new MerkleTree(
    sha256,
    leaves.map((leaf) => leafHash(sha256, leaf)),
  )

test('the root is that of RFC 9162, for every size', () => {
  for (let size = 0; size <= 70; size++) {
    const leaves = Array.from({ length: size }, (_, i) => `leaf ${i}`)
    expect(hex(treeOf(leaves).root)).toBe(hex(rfcRoot(leaves)))
  }
})

test('the hashes are those of the certificate transparency test vectors', () => {
  // RFC 6962 and 9162 hash alike: the empty tree, and the one with an empty leaf.
  expect(hex(treeOf([]).root)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(hex(treeOf(['']).root)).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
})

test('every leaf has a path to the root, and no other leaf, index or size has', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(99), (size, at) => {
      const index = at % size
      const leaves = Array.from({ length: size }, (_, i) => `leaf ${i}`)
      const tree = treeOf(leaves)
      const path = tree.path(index).map(base64url)
      const root = base64url(tree.root)
      expect(rootOf(sha256, leaves[index]!, { index, size, path })).toBe(root)
      expect(rootOf(sha256, 'another', { index, size, path })).not.toBe(root)
      expect(rootOf(sha256, leaves[index]!, { index: size, size, path })).toBeUndefined()
      expect(rootOf(sha256, leaves[index]!, { index: -1, size, path })).toBeUndefined()
      expect(rootOf(sha256, leaves[index]!, { index, size, path: [...path, root] })).not.toBe(root)
      if (path.length > 0) {
        expect(rootOf(sha256, leaves[index]!, { index, size, path: path.slice(1) })).not.toBe(root)
        expect(rootOf(sha256, leaves[index]!, { index, size, path: path.slice(0, -1) })).not.toBe(root)
      }
      const other = (index + 1) % size
      if (other !== index) expect(rootOf(sha256, leaves[index]!, { index: other, size, path })).not.toBe(root)
    }),
  )
})

test('a leaf cannot be taken for a node', () => {
  const [a, b] = ['a', 'b'].map((leaf) => leafHash(sha256, leaf)) as [Uint8Array, Uint8Array]
  const joined = Buffer.concat([a, b]).toString('latin1')
  expect(hex(leafHash(sha256, joined))).not.toBe(hex(nodeHash(sha256, a, b)))
})
