import type { Cut } from '../../protocol/records/cuts.ts'

/** The ends of each cut, oldest first. */
export type CutEnds = readonly (readonly number[])[]

/** Whether everything before `ends` is before the last cut. */
export const covers = (cuts: CutEnds, ends: readonly number[]): boolean =>
  ends.every((end, partition) => end <= (cuts.at(-1)?.[partition] ?? 0))

/** The cut that follows where the log reaches to `ends`: no partition ever goes back. */
export const nextCut = (cuts: CutEnds, ends: readonly number[]): Cut => {
  const last = cuts.at(-1) ?? []
  const partitions = Math.max(last.length, ends.length)
  return { ends: Array.from({ length: partitions }, (_, i) => Math.max(last[i] ?? 0, ends[i] ?? 0)) }
}

/**
 * Whether a record is the next cut. Of two that cut at once the second may go back in a partition, and one that is written
 * twice cuts nothing: they are none, and everybody who reads the log sees the same.
 */
export const isNextCut = (cuts: CutEnds, { ends }: Cut): boolean =>
  (cuts.at(-1) ?? []).every((end, partition) => end <= (ends[partition] ?? -1)) && !covers(cuts, ends)
