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

/** Of which the newest two chunks are kept, and the others read again. */
function treeOf(leaves: Uint8Array[], perChunk = 8): GrowingTree {
  const leavesOf = async (chunk: number) => leaves.slice(chunk * perChunk, (chunk + 1) * perChunk)
  const tree = new GrowingTree(sha256, { perChunk, keptChunks: 2, leavesOf })
  for (const leaf of leaves) tree.add(leaf)
  return tree
}

test('at every size its root is that of the tree over all leaves, while it grows and afterwards', async () => {
  const leavesOf = async (chunk: number) => LEAVES.slice(chunk * 8, (chunk + 1) * 8)
  const tree = new GrowingTree(sha256, { perChunk: 8, keptChunks: 2, leavesOf })
  for (const [size, leaf] of LEAVES.entries()) {
    expect(tree.head()).toEqual(HEADS[size]!)
    tree.add(leaf)
  }
  for (const head of HEADS) expect(await tree.headOf(head.size)).toEqual(head)
})

test('one that is made of the roots of full chunks is the same', async () => {
  const leavesOf = async (chunk: number) => LEAVES.slice(chunk * 8, (chunk + 1) * 8)
  const tree = new GrowingTree(sha256, { perChunk: 8, keptChunks: 0, leavesOf })
  for (let from = 0; from < 192; from += 8)
    tree.addChunk(new MerkleTree(sha256, LEAVES.slice(from, from + 8)).root)
  for (const leaf of LEAVES.slice(192, 195)) tree.add(leaf)
  expect(() => tree.addChunk(LEAVES[0]!)).toThrow('not full')
  expect(tree.head()).toEqual(HEADS[195]!)
  for (const size of [0, 1, 7, 8, 100, 192, 194]) expect(await tree.headOf(size)).toEqual(HEADS[size]!)
  expect(await tree.consistency(13)).toEqual(new MerkleTree(sha256, LEAVES.slice(0, 195)).consistency(13))
})

test('leaves that are not those of before when they are read again prove nothing', async () => {
  const kept = [...LEAVES]
  const leavesOf = async (chunk: number) => kept.slice(chunk * 8, (chunk + 1) * 8)
  const tree = new GrowingTree(sha256, { perChunk: 8, keptChunks: 1, leavesOf })
  for (const leaf of LEAVES.slice(0, 50)) tree.add(leaf)
  kept[13] = leafHash(sha256, 'forged')
  kept[41] = kept[13]
  for (const proof of [tree.path(9), tree.consistency(13), tree.headOf(14)])
    expect(await proof.catch((cause: Error) => cause.message)).toContain('the leaves from 8 on are not those')
  // What needs none of them is right, and so is what is kept.
  expect(await tree.consistency(16)).toEqual(new MerkleTree(sha256, LEAVES.slice(0, 50)).consistency(16))
  for (const leaf of [41, 49])
    expect(await tree.path(leaf)).toEqual(new MerkleTree(sha256, LEAVES.slice(0, 50)).path(leaf))
})

test('every leaf has its path in every size, whether it is kept or read again', async () => {
  const tree = treeOf(LEAVES)
  for (let size = 1; size <= SIZES; size += 9) {
    const plain = new MerkleTree(sha256, LEAVES.slice(0, size))
    for (let index = 0; index < size; index += 5)
      expect((await tree.path(index, size)).map(hex)).toEqual(plain.path(index).map(hex))
  }
})

test('of every two sizes the older begins the newer, by the proof of RFC 9162 and no other', async () => {
  const tree = treeOf(LEAVES)
  for (let to = 1; to <= SIZES; to++) {
    const plain = new MerkleTree(sha256, LEAVES.slice(0, to))
    for (let from = 1; from <= to; from++) {
      const path = await tree.consistency(from, to)
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

test('a log that changed one old leaf, or left it out, has no proof', async () => {
  const older = HEADS[20]!
  for (const forged of [LEAVES.with(13, leafHash(sha256, 'forged')), LEAVES.toSpliced(13, 1)]) {
    const tree = treeOf(forged.slice(0, 50))
    const path = await tree.consistency(20)
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
  for (const size of [0, 7, 8, 9]) expect(treeOf(LEAVES.slice(0, size)).size).toBe(size)
})

test('a proof that ends before the newer root, or has no nodes where it needs them, proves nothing', async () => {
  const [older, newer] = [HEADS[6]!, HEADS[7]!]
  const path = await treeOf(LEAVES.slice(0, 7)).consistency(6, 7)
  expect(isConsistent(sha256, { older, newer, path })).toBe(true)
  for (let length = 0; length < path.length; length++)
    expect(isConsistent(sha256, { older, newer, path: path.slice(0, length) })).toBe(false)
  expect(isConsistent(sha256, { older: HEADS[0]!, newer, path: [] })).toBe(false)
  expect(isConsistent(sha256, { older, newer: { ...newer, root: older.root }, path: [] })).toBe(false)
})
