/**
 * A record of the topic `reactions`: what one ingest process accepted for one show since its last flush.
 * Columns instead of rows, so that it stays small and Spark unpacks it with one `explode(arrays_zip(…))`.
 *
 * Folded (the default), an entry is a (segment, sticker) pair and `time` and `viewer` are absent. With `events`,
 * an entry is one sticker of one burst, and `time` and `viewer` are columns beside it.
 */
export interface Slice {
  /** As it is filed: see `filedAs`. */
  show: string
  /** The process that wrote it; with `sequence` it identifies the record, so that a repeat is counted once. */
  producer: string
  /** Grows by one with each record of the producer. */
  sequence: number
  /**
   * Receive time of the first and of the last burst in it, milliseconds since 1970. Only for history: windows use the log's
   * clock.
   */
  from: number
  to: number
  /** Empty string: a viewer of no segment. */
  segment: string[]
  sticker: string[]
  /** Weighted: a burst sent with `sample` 0.25 counts four times. */
  count: number[]
  /** How far behind the picture was, as a place in `DELAYS_S`; absent if nobody was behind. */
  delay?: number[]
  /** The smallest sample of the bursts in it; absent where nothing was sampled. */
  sample?: number
  time?: number[]
  /** Keyed hash of each burst's viewer, empty without a token. */
  viewer?: string[]
}
