import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import { LEAVES_PER_CHUNK, type PollStore } from '../../adapters/store/polls.ts'
import { GrowingTree } from '../../engine/polls/growing-tree.ts'
import { isConsistent, MerkleTree } from '../../engine/polls/merkle.ts'
import { seededRandom } from '../../load/random.ts'
import type { Poll } from '../../protocol/polls.ts'
import { readTilePath, TILE_WIDTH, type Tile, tilePath, widthOf } from '../../protocol/tiles.ts'
import { BallotOrder } from '../../services/polls/ballot-order.ts'
import { PollHeads } from '../../services/polls/heads.ts'
import { Proofs } from '../../services/polls/proofs.ts'
import { SigningKeys } from '../../services/polls/signing-keys.ts'
import { Witnesses } from '../../services/polls/witnesses.ts'
import { sha256 } from '../../services/sha256.ts'
import { UNSUPERVISED } from '../../services/supervision/unsupervised.ts'

/*
 * Trees of more ballots than a test could cast: hashes alone, of chunks of which there are only seven different ones. What
 * they must be is worked out from RFC 9162 section 2.1 by halves, each complete subtree once.
 */
const KINDS = 7
/** Of no period that a power of two has. */
const kindOf = (chunk: number): number => (chunk * chunk + Math.floor(chunk / 11)) % KINDS
const CHUNKS = Array.from({ length: KINDS }, (_, kind) =>
  Array.from({ length: LEAVES_PER_CHUNK }, (_, i) => sha256(`${kind} ${i}`)),
)
const ROOTS = CHUNKS.map((leaves) => new MerkleTree(sha256, leaves).root)
const leafAt = (index: number): Uint8Array =>
  CHUNKS[kindOf(Math.floor(index / LEAVES_PER_CHUNK))]![index % LEAVES_PER_CHUNK]!

const known = new Map<string, Uint8Array>()
/** The root over the leaves of a range (section 2.1.1). */
function rootOf(from: number, to: number): Uint8Array {
  const count = to - from
  if (count === 1) return leafAt(from)
  const whole = count === LEAVES_PER_CHUNK && from % LEAVES_PER_CHUNK === 0
  if (whole) return ROOTS[kindOf(from / LEAVES_PER_CHUNK)]!
  const name = `${from} ${to}`
  let root = known.get(name)
  if (root === undefined) {
    const split = 2 ** Math.ceil(Math.log2(count) - 1)
    root = sha256(Buffer.concat([Buffer.of(1), rootOf(from, from + split), rootOf(from + split, to)]))
    known.set(name, root)
  }
  return root
}
const headOf = (size: number) => ({ size, root: rootOf(0, size) })

/** A path's root (section 2.1.3.2). */
function rootBy(index: number, size: number, path: Uint8Array[]): Uint8Array {
  let [at, last, root] = [index, size - 1, leafAt(index)]
  for (const sibling of path) {
    const left = at % 2 === 1 || at === last
    root = sha256(Buffer.concat([Buffer.of(1), ...(left ? [sibling, root] : [root, sibling])]))
    if (left) for (; at % 2 === 0 && at > 0; at /= 2) last = Math.floor(last / 2)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  expect(last).toBe(0)
  return root
}

function treeOf(size: number): GrowingTree {
  const leavesOf = async (chunk: number) => CHUNKS[kindOf(chunk)]!
  const tree = new GrowingTree(sha256, { perChunk: LEAVES_PER_CHUNK, keptChunks: 0, leavesOf })
  while (tree.size + LEAVES_PER_CHUNK <= size) tree.addChunk(ROOTS[kindOf(tree.size / LEAVES_PER_CHUNK)]!)
  while (tree.size < size) tree.add(leafAt(tree.size))
  return tree
}

/** More than a full tile of the third level, and a rest on each level. */
const SIZE = 2 ** 24 + 3 * 2 ** 16 + 5 * 256 + 77
/** Where a tree gets a level, or a tile is full. */
const EDGES = [2 ** 20, 2 ** 21, 2 ** 24, 2 ** 24 + 2 ** 16].flatMap((at) => [at - 256, at - 1, at, at + 1])

test('a tree of sixteen million ballots has at each size the head, and between sizes the proof, of RFC 9162', async () => {
  const random = seededRandom(20)
  const tree = treeOf(SIZE)
  expect(tree.head()).toEqual(headOf(SIZE))
  const sizes = [...EDGES, ...Array.from({ length: 40 }, () => 1 + Math.floor(random() * SIZE)), SIZE]
  for (const [i, size] of sizes.entries()) {
    expect(await tree.headOf(size)).toEqual(headOf(size))
    const from = 1 + Math.floor(random() * size)
    for (const [older, newer] of [
      [from, size],
      [size, SIZE],
      [Math.min(size, sizes[i - 1] ?? 1), Math.max(size, sizes[i - 1] ?? 1)],
    ] as [number, number][]) {
      const path = await tree.consistency(older, newer)
      const heads = { older: headOf(older), newer: headOf(newer) }
      expect([older, newer, isConsistent(sha256, { ...heads, path })]).toEqual([older, newer, true])
      const other = { ...heads, older: { size: older, root: rootOf(0, older + 1) } }
      expect(isConsistent(sha256, { ...other, path })).toBe(false)
    }
    const index = Math.floor(random() * size)
    expect(rootBy(index, size, await tree.path(index, size))).toEqual(rootOf(0, size))
  }
})

/** What a store has of it once it is sealed. */
function sealedStore(): PollStore {
  const chunkAt = (chunk: number) => {
    const from = chunk * LEAVES_PER_CHUNK
    const to = Math.min(SIZE, from + LEAVES_PER_CHUNK)
    const places = Array.from({ length: to - from }, (_, i) => ({ partition: 0, offset: from + i }))
    const hashes = CHUNKS[kindOf(chunk)]!.slice(0, to - from)
    return { chunk, from: chunk, to: chunk, root: rootOf(from, to), hashes, places }
  }
  const { leafIndex, leaves } = {
    leafIndex: async () => Array.from({ length: Math.ceil(SIZE / LEAVES_PER_CHUNK) }, (_, i) => chunkAt(i)),
    leaves: async (_: string, __: string, chunk: number) => chunkAt(chunk),
  }
  return { ...memoryPollStore(), leafIndex, leaves } as unknown as PollStore
}

test('its tiles, full ones and others on three levels and the one above, are those of tlog-tiles', async () => {
  const proofs = new Proofs(sealedStore())
  const seen = new Set<string>()
  for (let level = 0; level < 4; level++) {
    const hashes = Math.floor(SIZE / TILE_WIDTH ** level)
    const last = Math.ceil(hashes / TILE_WIDTH) - 1
    for (const index of new Set([0, 1, Math.floor(last / 2), last - 1, last])) {
      const width = widthOf({ kind: level, index }, SIZE)
      if (index < 0 || width === 0) continue
      const path = tilePath({ kind: level, index, width })
      expect(readTilePath(path)).toEqual({ kind: level, index, width } satisfies Tile)
      const tile = await proofs.hashes(
        { show: 'final', poll: 'mvp' },
        { level, from: index * TILE_WIDTH, width },
      )
      const span = TILE_WIDTH ** level
      const wanted = Array.from({ length: width }, (_, i) => {
        const from = (index * TILE_WIDTH + i) * span
        return rootOf(from, from + span)
      })
      expect([path, tile]).toEqual([path, wanted])
      seen.add(`${level}${width === TILE_WIDTH ? '' : '.p'}`)
    }
  }
  // A tile of the third level is full: 256 times 65,536 ballots.
  expect([...seen].toSorted()).toEqual(['0', '0.p', '1', '1.p', '2', '2.p', '3.p'])
  expect(widthOf({ kind: 4, index: 0 }, SIZE)).toBe(0)
})

test('sealed it has its head, and what is proved of it, from the store alone: the log is not read again', async () => {
  const clock = new ManualClock(1_795_349_712_000)
  const logger = pino({ level: 'silent' })
  const log = {
    read: () => Promise.reject(new Error('nobody reads all ballots again')),
    append: () => Promise.reject(new Error('nothing is written')),
    ends: async () => [SIZE],
  }
  const store = sealedStore()
  const signingKeys = await SigningKeys.open({ store, clock, shared: false, health: UNSUPERVISED })
  const witnesses = new Witnesses([], logger)
  const heads = new PollHeads({
    log,
    order: new BallotOrder(log),
    store,
    signingKeys,
    witnesses,
    clock,
    logger,
  })
  const early = 2 ** 20 + 1
  await store.saveTreeHead('final', 'mvp', { size: early, root: rootOf(0, early).toBase64() })
  const poll = { show: 'final', poll: 'mvp', sealed: clock.now(), choices: [] } as unknown as Poll
  const {
    tree,
    heads: [newest],
  } = await heads.of(poll)
  expect([newest!.size, newest!.root]).toEqual([SIZE, rootOf(0, SIZE).toBase64()])
  const path = await tree.consistency(early)
  expect(isConsistent(sha256, { older: headOf(early), newer: headOf(SIZE), path })).toBe(true)
  // Of another history it has none.
  await store.saveTreeHead('final', 'other', { size: early, root: rootOf(0, early + 1).toBase64() })
  await expect(heads.of({ ...poll, poll: 'other' })).rejects.toThrow(
    'this log does not match the signed heads',
  )
})
