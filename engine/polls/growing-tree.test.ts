import { expect, test } from 'bun:test'
import { GrowingTree } from './growing-tree.ts'
import { isConsistent, leafHash, MerkleTree, nodeHash, type Sha256 } from './merkle.ts'

const sha256: Sha256 = (data, into = new Uint8Array(32)) => Bun.SHA256.hash(data, into) as Uint8Array
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const SIZES = 200
const LEAVES = Array.from({ length: SIZES }, (_, i) => leafHash(sha256, `leaf ${i}`))
const HEADS = Array.from({ length: SIZES + 1 }, (_, size) => ({
  size,
  root: new MerkleTree(sha256, LEAVES.slice(0, size)).root,
}))

/** RFC 9162 section 2.1.4.1, word by word. */
function rfcProof(from: number, leaves: Uint8Array[], whole = true): Uint8Array[] {
  const root = (part: Uint8Array[]) => new MerkleTree(sha256, part).root
  if (from === leaves.length) return whole ? [] : [root(leaves)]
  let k = 1
  while (2 * k < leaves.length) k *= 2
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return from <= k
    ? [...rfcProof(from, left, whole), root(right)]
    : [...rfcProof(from - k, right, false), root(left)]
}

function treeOf(leaves: Uint8Array[], perChunk: number): GrowingTree {
  const tree = new GrowingTree(sha256, perChunk)
  for (const leaf of leaves) tree.add(leaf)
  return tree
}

test('at every size its root is that of the tree over all leaves, while it grows and afterwards', () => {
  const tree = new GrowingTree(sha256, 8)
  for (const [size, leaf] of LEAVES.entries()) {
    expect(tree.head()).toEqual(HEADS[size]!)
    tree.add(leaf)
  }
  for (const head of HEADS) expect(tree.head(head.size)).toEqual(head)
})

test('of every two sizes the older begins the newer, by the proof of RFC 9162 and no other', () => {
  const tree = treeOf(LEAVES, 8)
  for (let to = 1; to <= SIZES; to++) {
    const plain = new MerkleTree(sha256, LEAVES.slice(0, to))
    for (let from = 1; from <= to; from++) {
      const path = tree.consistency(from, to)
      const [older, newer] = [HEADS[from]!, HEADS[to]!]
      expect(path.map(hex).join()).toBe(plain.consistency(from).map(hex).join())
      if ((from + to) % 7 === 0) expect(path.map(hex)).toEqual(rfcProof(from, LEAVES.slice(0, to)).map(hex))
      expect(isConsistent(sha256, { older, newer, path })).toBe(true)
      expect(isConsistent(sha256, { older: newer, newer: older, path })).toBe(from === to)
      expect(isConsistent(sha256, { older, newer, path: [...path, older.root] })).toBe(false)
      if (path.length > 0) expect(isConsistent(sha256, { older, newer, path: path.slice(0, -1) })).toBe(false)
      expect(isConsistent(sha256, { older: HEADS[from - 1]!, newer, path })).toBe(false)
    }
  }
})

test('a log that changed one old leaf, or left it out, has no proof', () => {
  const older = HEADS[20]!
  for (const forged of [LEAVES.with(13, leafHash(sha256, 'forged')), LEAVES.toSpliced(13, 1)]) {
    const tree = treeOf(forged.slice(0, 50), 8)
    const path = tree.consistency(20)
    expect(isConsistent(sha256, { older, newer: tree.head(), path })).toBe(false)
  }
})

test('a node is no leaf, so a proof of a tree over nodes proves nothing', () => {
  const pairs = [0, 2, 4, 6].map((i) => nodeHash(sha256, LEAVES[i]!, LEAVES[i + 1]!))
  const path = new MerkleTree(sha256, pairs).consistency(3)
  expect(isConsistent(sha256, { older: HEADS[6]!, newer: HEADS[8]!, path })).toBe(true)
  expect(isConsistent(sha256, { older: { ...HEADS[6]!, size: 3 }, newer: HEADS[8]!, path })).toBe(false)
})

test('it says how many leaves it has', () => {
  for (const size of [0, 7, 8, 9]) expect(treeOf(LEAVES.slice(0, size), 8).size).toBe(size)
})

test('a proof that ends before the newer root, or has no nodes where it needs them, proves nothing', () => {
  const [older, newer] = [HEADS[6]!, HEADS[7]!]
  const path = treeOf(LEAVES.slice(0, 7), 8).consistency(6, 7)
  expect(isConsistent(sha256, { older, newer, path })).toBe(true)
  for (let length = 0; length < path.length; length++)
    expect(isConsistent(sha256, { older, newer, path: path.slice(0, length) })).toBe(false)
  expect(isConsistent(sha256, { older: HEADS[0]!, newer, path: [] })).toBe(false)
  expect(isConsistent(sha256, { older, newer: { ...newer, root: older.root }, path: [] })).toBe(false)
})
