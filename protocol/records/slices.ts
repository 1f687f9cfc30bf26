import { DELAYS_S } from '../delays.ts'
import { SLICE_ENTRIES_MAX } from '../limits.ts'
import type { Slice } from '../slice.ts'
import { codecOf } from './codec.ts'
import {
  FILED,
  type GrammarOf,
  ID,
  ID_OR_NONE,
  list,
  NAME,
  NAME_OR_NONE,
  optional,
  SAMPLE,
  TIME,
  whole,
} from './grammar.ts'

const column = { max: SLICE_ENTRIES_MAX }

export const SLICE: GrammarOf<Slice> = {
  fields: {
    show: FILED,
    producer: NAME,
    sequence: whole(0),
    from: TIME,
    to: TIME,
    segment: list(ID_OR_NONE, column),
    sticker: list(ID, column),
    count: list(whole(1), column),
    delay: optional(list(whole(0, DELAYS_S.length - 1), column)),
    sample: optional(SAMPLE),
    time: optional(list(TIME, column)),
    viewer: optional(list(NAME_OR_NONE, column)),
  },
  rules: [
    {
      kind: 'one-length',
      fields: ['segment', 'sticker', 'count', 'delay', 'time', 'viewer'],
      reason: 'the columns are not of one length',
    },
    // The largest sum that JSON carries exactly. A process that accepts a million reactions a second reaches it after 285 years.
    {
      kind: 'sum',
      field: 'count',
      max: Number.MAX_SAFE_INTEGER,
      reason: `the counts add up to more than ${Number.MAX_SAFE_INTEGER}`,
    },
  ],
  plain: true,
}

/** Topic `reactions`. Not keyed by show: one show's slices would all be in one partition. */
export const slices = codecOf<Slice>({ topic: 'reactions', grammar: SLICE, keyOf: () => null })
