import { LEAVES_PER_CHUNK, type PollStore } from '../../adapters/store/polls.ts'
import { GrowingTree } from '../../engine/polls/growing-tree.ts'
import { inSlices } from '../../engine/turns.ts'
import type { Poll } from '../../protocol/polls.ts'
import { sha256 } from '../sha256.ts'

type Leaves = Pick<PollStore, 'leaves' | 'leafIndex'>

/** Chunks handled in one turn of the event loop: a millisecond of work. */
const TURN_CHUNKS = 1024

/** Visits each chunk, a millisecond at a time: 30 million ballots have 117,000. */
export async function eachInSlices<Chunk>(
  chunks: readonly Chunk[],
  take: (chunk: Chunk) => void,
): Promise<void> {
  for (const _ of inSlices(chunks, take, TURN_CHUNKS))
    await new Promise<void>((resolve) => setImmediate(resolve))
}

/** An empty tree, whose leaves are written to the store before anything is proved about them. */
export const storedTree = (store: Pick<Leaves, 'leaves'>, { show, poll }: Poll): GrowingTree =>
  new GrowingTree(sha256, {
    perChunk: LEAVES_PER_CHUNK,
    keptChunks: 0,
    leavesOf: async (chunk) => (await store.leaves(show, poll, chunk))?.hashes ?? [],
  })

/**
 * The whole tree of a sealed poll: its certificate's.
 * @returns undefined if the store has none, or one that an older program wrote without the places of its ballots
 */
export async function sealedTree(store: Leaves, poll: Poll): Promise<GrowingTree | undefined> {
  const chunks = await store.leafIndex(poll.show, poll.poll)
  const last = await store.leaves(poll.show, poll.poll, chunks.length - 1)
  if (last === undefined || last.places.length === 0) return undefined
  const tree = storedTree(store, poll)
  await eachInSlices(chunks.slice(0, -1), ({ root }) => tree.addChunk(root))
  for (const hash of last.hashes) tree.add(hash)
  return tree
}
