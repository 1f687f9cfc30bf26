/** How far a counter's clock may be ahead of the log's, in milliseconds, and still say which of two counts is newer. */
const AHEAD_MS_MAX = 1_000

/** Whether a version is a time that has not been yet. @param nowMs The log's time. */
export const isAhead = (version: number, nowMs: number): boolean => version - nowMs > AHEAD_MS_MAX

/**
 * Whether a count replaces a known one. A version is the time of the batch that counted it, by its counter's own clock: of two it
 * says which is newer, unless that clock was ahead of the log's and is right again. Then nothing would be newer until that time has
 * come.
 * @param takenMs When the log took the one that may be newer.
 */
export const isNewer = (version: number, known: number, takenMs: number): boolean =>
  version > known || (isAhead(known, takenMs) && !isAhead(version, takenMs))

/** The version as a time that has been: the log's, where the counter's clock is ahead of that. */
export const logVersion = (version: number, takenMs: number): number =>
  isAhead(version, takenMs) ? takenMs : version
