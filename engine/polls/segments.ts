import { SEGMENT_VIEWERS_MIN } from '../../protocol/limits.ts'
import type { Result } from './tally.ts'

/**
 * The segments of a result that may be published: those too small to hide one viewer's answer are only in the total, together
 * with viewers of no segment. If that rest is too small it could be found by subtraction, so the smallest other segments join it
 * until it is large enough.
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
