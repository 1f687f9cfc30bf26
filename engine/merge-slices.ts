import type { SliceBody } from './slice-builder.ts'

/**
 * Merges two slices of one show that wait for the log into one wider slice: resolution is lost, not one reaction.
 * The result is folded, whatever went in, so its size is bounded by segments x stickers.
 * Order-free and associative in its counts.
 */
export function mergeSlices(a: SliceBody, b: SliceBody): SliceBody {
  const counts = new Map<string, { segment: string; sticker: string; count: number }>()
  for (const slice of [a, b]) {
    for (let i = 0; i < slice.count.length; i++) {
      const segment = slice.segment[i]!
      const sticker = slice.sticker[i]!
      const key = `${segment}/${sticker}`
      const entry = counts.get(key)
      if (entry === undefined) counts.set(key, { segment, sticker, count: slice.count[i]! })
      else entry.count += slice.count[i]!
    }
  }
  const entries = [...counts.values()]
  const merged: SliceBody = {
    from: Math.min(a.from, b.from),
    to: Math.max(a.to, b.to),
    segment: entries.map(({ segment }) => segment),
    sticker: entries.map(({ sticker }) => sticker),
    count: entries.map(({ count }) => count),
  }
  const sample = Math.min(a.sample ?? 1, b.sample ?? 1)
  if (sample < 1) merged.sample = sample
  return merged
}
