import { LEAVES_PER_CHUNK, type PollStore } from '../../adapters/store/polls.ts'
import { GrowingLevels } from '../../engine/polls/growing-levels.ts'
import { type Levels, MerkleTree, pathIn } from '../../engine/polls/merkle.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { BallotPlace, BallotProof } from '../../protocol/polls.ts'
import { sha256 } from '../sha256.ts'
import { eachInSlices } from './stored-tree.ts'

/** Sealed polls whose index is kept; beyond it the least recently requested is dropped. Some 80 bytes for 256 ballots. */
const POLLS_MAX = 64

/** Levels of the tree in one tile: 256 hashes wide, as are chunks. */
const TILE_HEIGHT = 8

/** The tree from chunk roots to the root of a sealed poll. */
interface Index {
  /** Earliest and latest receive time of each chunk: flat arrays, because there are thousands and each proof scans them. */
  from: Float64Array
  to: Float64Array
  tree: Levels
  /** Of each partition the offset after the last ballot that was found: the tree has all of the poll's before it. */
  reach: number[]
}

/**
 * Makes inclusion proofs: after a show every viewer may request one. A proof reads the one or two chunks that may contain its
 * ballot, and hashes one of them; the tree over the chunks is cached.
 */
export class Proofs {
  readonly #store: PollStore
  readonly #indexes = new Map<string, Promise<Index>>()

  constructor(store: PollStore) {
    this.#store = store
  }

  /** For a sealed poll. @throws RoarError unknown_ballot */
  async of(show: string, poll: string, ballot: string): Promise<Omit<BallotProof, 'size'>> {
    const index = await this.#index(show, poll)
    const found = await this.#find(index, { show, poll, ballot })
    if (found === undefined)
      throw new RoarError('unknown_ballot', `the poll has no ballot ${JSON.stringify(ballot.slice(0, 36))}`)
    const { chunk, within } = found
    const path = [...new MerkleTree(sha256, chunk.hashes).path(within), ...pathIn(index.tree, chunk.chunk)]
    return {
      show,
      poll,
      ballot,
      ...chunk.marks[within]!,
      index: chunk.chunk * LEAVES_PER_CHUNK + within,
      path: path.map((hash) => Buffer.from(hash).toString('base64url')),
    }
  }

  /** The leaf of a sealed poll whose ballot is at this place; undefined: none. */
  async leafAt(
    show: string,
    poll: string,
    { ballot, place }: { ballot: string; place: BallotPlace },
  ): Promise<number | undefined> {
    const found = await this.#find(await this.#index(show, poll), { show, poll, ballot })
    const { partition, offset } = found?.chunk.places[found.within] ?? {}
    // A repeated record is elsewhere in the log, and is no leaf.
    if (found === undefined || partition !== place.partition || offset !== place.offset) return undefined
    return found.chunk.chunk * LEAVES_PER_CHUNK + found.within
  }

  /**
   * Where the log has a ballot of a sealed poll; undefined: the tree does not have it.
   * @param ballot With the place where it was read, if it was.
   */
  async placeOf(
    show: string,
    poll: string,
    { ballot, place }: { ballot: string; place?: BallotPlace },
  ): Promise<BallotPlace | undefined> {
    const index = await this.#index(show, poll)
    // All viewers may ask at the seal.
    if (place !== undefined && place.offset < (index.reach[place.partition] ?? 0)) return place
    const found = await this.#find(index, { show, poll, ballot })
    const certified = found && (found.chunk.places[found.within] ?? place)
    if (certified !== undefined) {
      const { partition, offset } = certified
      index.reach[partition] = Math.max(index.reach[partition] ?? 0, offset + 1)
    }
    return certified
  }

  async #find({ from, to }: Index, { show, poll, ballot }: { show: string; poll: string; ballot: string }) {
    // A ballot's id begins with its receive time (UUID version 7), which limits the chunks that may contain it.
    const at = Number.parseInt(ballot.replace('-', '').slice(0, 12), 16)
    for (let number = 0; number < from.length; number++) {
      // Skips also when the time is not a number.
      if (!(from[number]! <= at && at <= to[number]!)) continue
      const chunk = (await this.#store.leaves(show, poll, number))!
      const within = chunk.ballots.indexOf(ballot)
      if (within !== -1) return { chunk, within }
    }
    return undefined
  }

  /**
   * Hashes of complete subtrees of 256^`level` leaves, from the `from`th on: a tile of C2SP tlog-tiles.
   * @param from A multiple of 256, with at least `width` of them available
   */
  async hashes(
    { show, poll }: { show: string; poll: string },
    { level, from, width }: { level: number; from: number; width: number },
  ): Promise<Uint8Array[]> {
    if (level === 0) {
      const { hashes } = (await this.#store.leaves(show, poll, from / LEAVES_PER_CHUNK))!
      return hashes.slice(0, width)
    }
    const { tree } = await this.#index(show, poll)
    return Array.from({ length: width }, (_, i) => tree.at(TILE_HEIGHT * (level - 1), from + i))
  }

  #index(show: string, poll: string): Promise<Index> {
    const name = `${show}/${poll}`
    const index = this.#indexes.get(name) ?? this.#read(show, poll)
    this.#indexes.delete(name)
    this.#indexes.set(name, index)
    index.catch(() => this.#indexes.delete(name))
    if (this.#indexes.size > POLLS_MAX) this.#indexes.delete(this.#indexes.keys().next().value!)
    return index
  }

  async #read(show: string, poll: string): Promise<Index> {
    const chunks = await this.#store.leafIndex(show, poll)
    return {
      from: Float64Array.from(chunks, (chunk) => chunk.from),
      to: Float64Array.from(chunks, (chunk) => chunk.to),
      tree: await treeOver(chunks.map(({ root }) => root)),
      reach: [],
    }
  }
}

/** The tree over chunk roots; the last chunk may be partial. */
async function treeOver(roots: Uint8Array[]): Promise<Levels> {
  const levels = new GrowingLevels(sha256)
  await eachInSlices(roots.slice(0, -1), (root) => levels.add(root))
  return levels.of(Math.max(0, roots.length - 1), roots.at(-1))
}
