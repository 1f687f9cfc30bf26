/**
 * The record of the reactions log: what one ingest process took for one show since its last flush.
 * Columns instead of rows, so that it stays small and Spark unpacks it with one `explode(arrays_zip(…))`.
 *
 * Folded (the default), an entry is a (segment, sticker) pair and `time` and `viewer` are absent. With `events`,
 * an entry is one sticker of one burst, and `time` and `viewer` are columns beside it.
 */
export interface Slice {
  /** As it is filed: see `filedAs`. */
  show: string
  /** The process that wrote it; with `sequence` it names the record, so that a repeat is counted once. */
  producer: string
  /** Grows by one with each record of the producer. */
  sequence: number
  /** Receive time of the first and of the last burst in it, milliseconds since 1970. History only: windows use the log's clock. */
  from: number
  to: number
  /** Empty string: a viewer of no segment. */
  segment: string[]
  sticker: string[]
  /** Already weighed: a burst sent with `sample` 0.25 stands here four times. */
  count: number[]
  /** How far behind the picture was, as a place in `DELAYS_S`; absent where it was nowhere. */
  delay?: number[]
  /** The smallest sample of the bursts in it; absent where nothing was sampled. */
  sample?: number
  time?: number[]
  /** Keyed hash of each burst's viewer, empty where there was no token. */
  viewer?: string[]
}
