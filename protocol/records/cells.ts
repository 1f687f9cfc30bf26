import { type Cell, cellKey } from '../cell.ts'
import { DELAYS_S } from '../delays.ts'
import { codecOf } from './codec.ts'
import { FILED, type GrammarOf, ID, ID_OR_NONE, list, optional, SAMPLE, TIME, whole } from './grammar.ts'

export const CELL: GrammarOf<Cell> = {
  fields: {
    show: FILED,
    window: TIME,
    segment: ID_OR_NONE,
    sticker: ID,
    count: whole(0),
    delayed: optional(list(whole(0), { min: 1, max: DELAYS_S.length - 1 })),
    version: TIME,
    sample: optional(SAMPLE),
  },
}

/** Topic `counts`: the newest version of each cell. */
export const cells = codecOf<Cell>({ topic: 'counts', grammar: CELL, keyOf: cellKey })
