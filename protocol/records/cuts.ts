import { codecOf } from './codec.ts'
import { type GrammarOf, list, TIME } from './grammar.ts'

/** Far more partitions than a topic of ballots has. */
const PARTITIONS_MAX = 1024

/**
 * How far each partition of the ballots log reached when somebody looked. The cuts say in which order the ballots of several
 * partitions stand in the tree of their poll: those up to the first cut, by partition and then by offset; then those from
 * there up to the second; and so on. So the tree grows at its end, and a head is of the tree at a cut.
 */
export interface Cut {
  /** The offset that the next record of each partition had. */
  ends: number[]
}

export const CUT: GrammarOf<Cut> = {
  fields: {
    ends: list(TIME, { min: 1, max: PARTITIONS_MAX }),
  },
}

/** Topic `cuts`: written by whoever signs heads of polls whose ballots have several partitions. */
export const cuts = codecOf<Cut>({ topic: 'cuts', grammar: CUT, keyOf: () => null })
