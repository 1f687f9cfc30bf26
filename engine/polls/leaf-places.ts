import type { BallotPlace } from '../../protocol/polls.ts'

/** Leaves that are consecutive both in the tree and in a partition of the log. */
interface Runs {
  offsets: number[]
  leaves: number[]
  counts: number[]
}

/**
 * Maps a ballot's place in the log to its leaf in the tree. 24 bytes for each run of a poll's ballots: one run if no other poll
 * is voted on meanwhile, at most one for each ballot.
 */
export class LeafPlaces {
  /** For each partition, ascending in offset and so in leaf. */
  readonly #partitions = new Map<number, Runs>()

  /** Adds the next leaf. */
  add({ partition, offset }: BallotPlace, leaf: number): void {
    const runs = this.#partitions.get(partition) ?? { offsets: [], leaves: [], counts: [] }
    this.#partitions.set(partition, runs)
    const last = runs.counts.length - 1
    // Before the first run both are undefined: the sums are NaN, which equals no number.
    const count = runs.counts[last]!
    if (runs.offsets[last]! + count === offset && runs.leaves[last]! + count === leaf) {
      runs.counts[last]!++
      return
    }
    runs.offsets.push(offset)
    runs.leaves.push(leaf)
    runs.counts.push(1)
  }

  /** undefined: no leaf holds the ballot at this place. */
  leafAt({ partition, offset }: BallotPlace): number | undefined {
    const runs = this.#partitions.get(partition)
    if (runs === undefined) return undefined
    const run = runOf(runs.offsets, offset)
    // Before the first run it is NaN, which is less than no count.
    const within = offset - runs.offsets[run]!
    return within < runs.counts[run]! ? runs.leaves[run]! + within : undefined
  }

  /** The places of a range of leaves, in order. @param to The leaf after the last. */
  placesOf(from: number, to: number): BallotPlace[] {
    const places: BallotPlace[] = []
    for (const [partition, { offsets, leaves, counts }] of this.#partitions) {
      for (let run = Math.max(0, runOf(leaves, from)); leaves[run]! < to; run++) {
        const end = Math.min(to, leaves[run]! + counts[run]!)
        for (let leaf = Math.max(from, leaves[run]!); leaf < end; leaf++)
          places[leaf - from] = { partition, offset: offsets[run]! + leaf - leaves[run]! }
      }
    }
    return places
  }
}

/** The last run that starts at or before a number; -1: none. */
function runOf(starts: readonly number[], at: number): number {
  let [from, to] = [0, starts.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (starts[middle]! <= at) from = middle + 1
    else to = middle
  }
  return from - 1
}
