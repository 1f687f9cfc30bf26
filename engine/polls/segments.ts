import { SEGMENT_VIEWERS_MIN } from '../../protocol/limits.ts'
import type { Result } from './tally.ts'

/**
 * What may be published of a result's segments: those that are too small to hide one viewer's answer are only in the sum
 * of all, together with the viewers of no segment. So small a rest would tell by subtraction what it hides, so the
 * smallest of the others joins it until it is large enough.
 */
export function publishedSegments({ viewers, segments }: Result): Result['segments'] {
  const largestFirst = Object.entries(segments)
    .filter(([, part]) => part.viewers > 0)
    .sort(([a, { viewers: m }], [b, { viewers: n }]) => n - m || (a < b ? -1 : 1))
  let rest = viewers - largestFirst.reduce((sum, [, part]) => sum + part.viewers, 0)
  while (largestFirst.length > 0) {
    const smallest = largestFirst.at(-1)![1].viewers
    if (smallest >= SEGMENT_VIEWERS_MIN && (rest === 0 || rest >= SEGMENT_VIEWERS_MIN)) break
    rest += smallest
    largestFirst.pop()
  }
  return Object.fromEntries(largestFirst.sort(([a], [b]) => (a < b ? -1 : 1)))
}
