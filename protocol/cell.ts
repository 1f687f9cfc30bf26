/** Identifies what a cell counts. */
export interface CellKey {
  show: string
  /** Start of the window in the log's time, milliseconds since 1970, a multiple of the window's length. */
  window: number
  /** Empty string: viewers of no segment. */
  segment: string
  sticker: string
}

/**
 * A result of aggregation: the absolute count of one (show, window, segment, sticker). A consumer replaces an older version and
 * never adds, so a repeated cell changes nothing.
 */
export interface Cell extends CellKey {
  count: number
  /** How much of it came from viewers behind, by place in `DELAYS_S` from the first after 0 on; absent if none. */
  delayed?: number[]
  /** Time of the batch that counted it; a repeated batch has the same. */
  version: number
  /** The smallest sample in it; absent where nothing was sampled. */
  sample?: number
}

export const cellKey = ({ show, window, segment, sticker }: CellKey): string =>
  `${show}/${window}/${segment}/${sticker}`
