import type { Cut } from '../../protocol/records/cuts.ts'

/** The ends of each cut, oldest first. */
export type CutEnds = readonly (readonly number[])[]

/** Whether the last cut covers everything before `ends`. */
export const covers = (cuts: CutEnds, ends: readonly number[]): boolean =>
  ends.every((end, partition) => end <= (cuts.at(-1)?.[partition] ?? 0))

/** The next cut, for a log that reaches to `ends`: no partition ever goes back. */
export const nextCut = (cuts: CutEnds, ends: readonly number[]): Cut => {
  const last = cuts.at(-1) ?? []
  const partitions = Math.max(last.length, ends.length)
  return { ends: Array.from({ length: partitions }, (_, i) => Math.max(last[i] ?? 0, ends[i] ?? 0)) }
}

/**
 * Whether a record is a valid next cut. If two processes cut at once the second cut may go back in a partition, and a repeated
 * cut covers nothing new: both are ignored, by every reader of the log in the same way.
 */
export const isNextCut = (cuts: CutEnds, { ends }: Cut): boolean =>
  (cuts.at(-1) ?? []).every((end, partition) => end <= (ends[partition] ?? -1)) && !covers(cuts, ends)
