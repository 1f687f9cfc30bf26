/**
 * The version of a count is the time of the batch that counted it, by its counter's own clock: of two counts it says which is newer.
 * How far that clock may be off the log's, in milliseconds, and still be right.
 */
const OFF_MS_MAX = 1_000

/** Whether a version is a time that has not been yet. @param nowMs The log's time. */
export const isAhead = (version: number, nowMs: number): boolean => version - nowMs > OFF_MS_MAX

/** When a count was made, by the log's time. @param takenMs When the log took it. */
export const countedMs = (version: number, takenMs: number): number =>
  Math.min(Math.max(version, takenMs - OFF_MS_MAX), takenMs)

/** The version as a time that has been: the log's, where the counter's clock is ahead of that. */
export const logVersion = (version: number, takenMs: number): number =>
  isAhead(version, takenMs) ? takenMs : version
