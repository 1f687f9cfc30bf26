/** How far a counter's clock may be ahead of the log's, in milliseconds, and still say which of two counts is newer. */
const AHEAD_MS_MAX = 1_000

/**
 * The version of a count, which is the time of the batch that counted it: by its counter's own clock. That of a clock that was ahead
 * is replaced by the log's time, or nothing would be newer until that time has come.
 * @param takenMs When the log took it.
 */
export const logVersion = (version: number, takenMs: number): number =>
  version - takenMs > AHEAD_MS_MAX ? takenMs : version
