import type { BallotPlace } from '../../protocol/polls.ts'

/** Leaves that stand side by side, in the tree and in a partition of the log. */
interface Runs {
  offsets: number[]
  leaves: number[]
  counts: number[]
}

/**
 * At which leaf of a tree the ballot of each place of the log is. 24 bytes for each run of a poll's ballots: a poll that is
 * voted on alone has one, and one of several at a time has at most as many as ballots.
 */
export class LeafPlaces {
  /** Of each partition, in the order of its offsets, which is that of their leaves. */
  readonly #partitions = new Map<number, Runs>()

  /** Of the next leaf. */
  add({ partition, offset }: BallotPlace, leaf: number): void {
    const runs = this.#partitions.get(partition) ?? { offsets: [], leaves: [], counts: [] }
    this.#partitions.set(partition, runs)
    const last = runs.counts.length - 1
    const count = runs.counts[last] ?? 0
    if (count > 0 && runs.offsets[last]! + count === offset && runs.leaves[last]! + count === leaf) {
      runs.counts[last]!++
      return
    }
    runs.offsets.push(offset)
    runs.leaves.push(leaf)
    runs.counts.push(1)
  }

  /** undefined: the ballot there is in no leaf. */
  leafAt({ partition, offset }: BallotPlace): number | undefined {
    const runs = this.#partitions.get(partition)
    if (runs === undefined) return undefined
    const run = runOf(runs.offsets, offset)
    if (run === -1) return undefined
    const within = offset - runs.offsets[run]!
    return within < runs.counts[run]! ? runs.leaves[run]! + within : undefined
  }

  /** Where the leaves of a range are, in their order. @param to The leaf after them. */
  placesOf(from: number, to: number): BallotPlace[] {
    const places: BallotPlace[] = []
    for (const [partition, { offsets, leaves, counts }] of this.#partitions) {
      for (let run = Math.max(0, runOf(leaves, from)); run < leaves.length && leaves[run]! < to; run++) {
        const end = Math.min(to, leaves[run]! + counts[run]!)
        for (let leaf = Math.max(from, leaves[run]!); leaf < end; leaf++)
          places[leaf - from] = { partition, offset: offsets[run]! + leaf - leaves[run]! }
      }
    }
    return places
  }
}

/** The last run that begins at a number or before it; -1: none does. */
function runOf(starts: readonly number[], at: number): number {
  let [from, to] = [0, starts.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (starts[middle]! <= at) from = middle + 1
    else to = middle
  }
  return from - 1
}
