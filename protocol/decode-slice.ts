import { isId } from './ids.ts'
import type { Slice } from './slice.ts'

/**
 * Reads a record of the reactions log. Returns the slice, or the reason why it is none, in words for the dead-letter
 * topic. The words are also in the query that Spark runs; `vectors/unreadable.json` holds both to the same.
 */
export function decodeSlice(json: string): Slice | string {
  let slice: Partial<Record<keyof Slice, unknown>>
  try {
    slice = JSON.parse(json)
  } catch {
    return SLICE_FAULTS.json
  }
  if (typeof slice !== 'object' || slice === null || Array.isArray(slice)) return SLICE_FAULTS.json
  const { show, producer, sequence, segment, sticker, count, sample } = slice
  if (!isId(show)) return SLICE_FAULTS.show
  if (typeof producer !== 'string' || producer === '') return SLICE_FAULTS.producer
  if (!isWhole(sequence) || sequence < 0) return SLICE_FAULTS.sequence
  if (!Array.isArray(segment) || !Array.isArray(sticker) || !Array.isArray(count)) return SLICE_FAULTS.columns
  if (segment.length !== sticker.length || segment.length !== count.length) return SLICE_FAULTS.columns
  if (!segment.every((id) => id === '' || isId(id)) || !sticker.every(isId)) return SLICE_FAULTS.id
  if (!count.every((n) => isWhole(n) && n > 0)) return SLICE_FAULTS.count
  const weighed = typeof sample === 'number' && sample > 0 && sample <= 1
  if (sample !== undefined && !weighed) return SLICE_FAULTS.sample
  return slice as Slice
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value)

export const SLICE_FAULTS = {
  json: 'not a JSON object',
  show: 'show is not an id',
  producer: 'producer is missing',
  sequence: 'sequence is not a whole number',
  columns: 'segment, sticker and count are not columns of one length',
  id: 'a segment or a sticker is not an id',
  count: 'a count is not a whole number above 0',
  sample: 'sample is not above 0 and at most 1',
} as const
