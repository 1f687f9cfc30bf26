import type { LogRecord, LogTopic } from '../log/log.ts'

/** What is committed together: written by one thread and read by another, without copying in between. */
export interface Group {
  /** The log's clock, for all records. */
  timestampMs: number
  /** Each append, in order: this many records, the first at this offset. */
  appends: { topic: LogTopic; offset: number; count: number }[]
  /** Committed offsets of groups of readers. */
  places: { topic: LogTopic; group: string; offset: number }[]
  /** Bytes written to a row that the next one replaces, so that a commit shows whether there is room; 0: none. */
  probeBytes: number
  /** Keys and values of all records, encoded by `encodeRows`. */
  rows: ArrayBuffer
}

const NO_KEY = -1

/**
 * ```
 * length of key, length of value │ … one pair a record │ key, value │ …      lengths: int32; a key: UTF-8
 * ```
 */
export function encodeRows(records: LogRecord[]): ArrayBuffer {
  const lengths = new Int32Array(2 * records.length)
  let size = lengths.byteLength
  for (let i = 0; i < records.length; i++) {
    const { key, value } = records[i]!
    const keyLength = key === null ? NO_KEY : Buffer.byteLength(key)
    lengths[2 * i] = keyLength
    lengths[2 * i + 1] = value.length
    size += Math.max(0, keyLength) + value.length
  }
  // Not from the pool: it is transferred to the other thread.
  const bytes = Buffer.from(new ArrayBuffer(size))
  bytes.set(new Uint8Array(lengths.buffer))
  let at = lengths.byteLength
  for (const { key, value } of records) {
    if (key !== null) at += bytes.write(key, at)
    bytes.set(value, at)
    at += value.length
  }
  return bytes.buffer
}

/** Reads the rows in sequence. A value is a view of the buffer. */
export function rowReader(rows: ArrayBuffer, count: number): () => { key: string | null; value: Uint8Array } {
  const lengths = new Int32Array(rows, 0, 2 * count)
  const bytes = Buffer.from(rows)
  let [next, at] = [0, lengths.byteLength]
  return () => {
    const [keyLength, valueLength] = [lengths[next]!, lengths[next + 1]!]
    next += 2
    const valueAt = at + Math.max(0, keyLength)
    const key = keyLength === NO_KEY ? null : bytes.toString('utf8', at, valueAt)
    at = valueAt + valueLength
    return { key, value: new Uint8Array(rows, valueAt, valueLength) }
  }
}
