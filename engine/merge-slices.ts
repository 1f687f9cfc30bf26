import { SLICE_DELAYED_MAX } from '../protocol/limits.ts'
import type { SliceBody } from './slice-builder.ts'

/**
 * Merges two waiting slices of one show into one with a wider time span: resolution is lost, but no reaction. The result is
 * always folded, so its size is bounded by segments x stickers plus the entries of viewers behind; if those exceed their limit,
 * they are counted as not behind. Commutative and associative in its counts.
 */
export function mergeSlices(a: SliceBody, b: SliceBody): SliceBody {
  const merged = merge(a, b)
  const delayed = merged.delay?.reduce((sum, place) => sum + Math.min(1, place), 0) ?? 0
  return delayed > SLICE_DELAYED_MAX ? merge(undelayed(a), undelayed(b)) : merged
}

const undelayed = ({ delay: _, ...slice }: SliceBody): SliceBody => slice

function merge(a: SliceBody, b: SliceBody): SliceBody {
  const counts = new Map<string, { segment: string; sticker: string; count: number; delay: number }>()
  for (const slice of [a, b]) {
    for (let i = 0; i < slice.count.length; i++) {
      const segment = slice.segment[i]!
      const sticker = slice.sticker[i]!
      const delay = slice.delay?.[i] ?? 0
      const key = `${segment}/${sticker}/${delay}`
      const entry = counts.get(key)
      if (entry === undefined) counts.set(key, { segment, sticker, count: slice.count[i]!, delay })
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
  if (entries.some(({ delay }) => delay > 0)) merged.delay = entries.map(({ delay }) => delay)
  const sample = Math.min(a.sample ?? 1, b.sample ?? 1)
  if (sample < 1) merged.sample = sample
  return merged
}
