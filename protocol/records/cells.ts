import { type Cell, cellKey } from '../cell.ts'
import { codecOf } from './codec.ts'
import { FILED, type GrammarOf, ID, ID_OR_NONE, optional, SAMPLE, TIME, whole } from './grammar.ts'

export const CELL: GrammarOf<Cell> = {
  fields: {
    show: FILED,
    window: TIME,
    segment: ID_OR_NONE,
    sticker: ID,
    count: whole(0),
    version: TIME,
    sample: optional(SAMPLE),
  },
}

/** Topic `counts`: the newest version of each cell. */
export const cells = codecOf<Cell>({ topic: 'counts', grammar: CELL, keyOf: cellKey })
