import { isId } from '../protocol/ids.ts'
import type { Slice } from '../protocol/slice.ts'

/**
 * Reads a record of the reactions log, believing it only as far as it fits together.
 * @returns The slice, or in words why it is none. The words are part of the golden vectors: each aggregation gives the same.
 */
export function parseSlice(text: string): Slice | string {
  const value = parseObject(text)
  if (value === undefined) return 'not a JSON object'
  const { show, producer, sequence, segment, sticker, count, sample } = value
  if (!isId(show)) return 'show is not an id'
  if (typeof producer !== 'string' || producer === '') return 'producer is missing'
  if (!Number.isSafeInteger(sequence) || (sequence as number) < 0) return 'sequence is not a whole number'
  const columns = [segment, sticker, count]
  if (!columns.every((column) => Array.isArray(column) && column.length === (count as unknown[])?.length)) {
    return 'segment, sticker and count are not columns of one length'
  }
  const named =
    (segment as unknown[]).every((id) => id === '' || isId(id)) && (sticker as unknown[]).every(isId)
  if (!named) return 'a segment or a sticker is not an id'
  if (!(count as unknown[]).every((n) => Number.isSafeInteger(n) && (n as number) > 0)) {
    return 'a count is not a whole number above 0'
  }
  const share = sample === undefined || (typeof sample === 'number' && sample > 0 && sample <= 1)
  if (!share) return 'sample is not above 0 and at most 1'
  return value as unknown as Slice
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    // The caller says why: what the parser stumbled over first is no help to whoever reads the dead letter.
    return undefined
  }
}
