import { codecOf } from './codec.ts'
import { type GrammarOf, list, TIME } from './grammar.ts'

/** Far more partitions than any topic of ballots has. */
const PARTITIONS_MAX = 1024

/**
 * How far each partition of the topic `ballots` reached at one moment. The cuts order ballots of several partitions in their
 * poll's tree: first those before the first cut, by partition and then by offset; then those up to the second; and so on. So the
 * tree only grows at its end, and each head is of the tree at a cut.
 */
export interface Cut {
  /** The next offset of each partition. */
  ends: number[]
}

export const CUT: GrammarOf<Cut> = {
  fields: {
    ends: list(TIME, { min: 1, max: PARTITIONS_MAX }),
  },
}

/** Topic `cuts`: written by the signer of heads, if the ballots have several partitions. */
export const cuts = codecOf<Cut>({ topic: 'cuts', grammar: CUT, keyOf: () => null })
