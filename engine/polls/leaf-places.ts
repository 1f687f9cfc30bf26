import type { BallotPlace } from '../../protocol/polls.ts'

/** At which leaf of a tree the ballot of each place of the log is. Some 16 bytes a leaf. */
export class LeafPlaces {
  /** Of each partition, in the order of its offsets: a tree takes the ballots of one partition in their order. */
  readonly #partitions = new Map<number, { offsets: number[]; leaves: number[] }>()

  /** Of the next leaf. */
  add({ partition, offset }: BallotPlace, leaf: number): void {
    const known = this.#partitions.get(partition) ?? { offsets: [], leaves: [] }
    known.offsets.push(offset)
    known.leaves.push(leaf)
    this.#partitions.set(partition, known)
  }

  /** undefined: the ballot there is in no leaf. */
  leafAt({ partition, offset }: BallotPlace): number | undefined {
    const { offsets, leaves } = this.#partitions.get(partition) ?? { offsets: [], leaves: [] }
    let [from, to] = [0, offsets.length]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (offsets[middle]! < offset) from = middle + 1
      else to = middle
    }
    return offsets[from] === offset ? leaves[from] : undefined
  }
}
