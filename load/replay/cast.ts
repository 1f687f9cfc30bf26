import { plural } from '../../protocol/plural.ts'
import type { ShowDocument } from '../../protocol/show.ts'
import { wholes } from '../verdict.ts'
import type { Recording } from './recording.ts'

/**
 * What of a recording can be played in a show. Taps and posts of stickers that the show lacks are left out, and viewers of a
 * segment that it lacks get none; the notes say so.
 */
export function castFor(
  recording: Recording,
  { stickers, segments }: Pick<ShowDocument, 'stickers' | 'segments'>,
): { played: Recording; notes: string[] } {
  const has = new Set(stickers.flatMap(({ sticker, aliases = [] }) => [sticker, ...aliases]))
  const groups = new Set(segments.map(({ segment }) => segment))
  const ofShow = <Line extends { segment: string }>(line: Line): Line =>
    groups.has(line.segment) ? line : { ...line, segment: '' }
  const taps = recording.taps.filter(({ sticker }) => has.has(sticker)).map(ofShow)
  const posts = recording.posts.filter(({ sticker }) => sticker === undefined || has.has(sticker))
  const votes = recording.votes.map(ofShow)
  const missing = new Set(recording.taps.map(({ sticker }) => sticker).filter((each) => !has.has(each)))
  const left = tapsOf(recording.taps) - tapsOf(taps)
  const strangers = new Set(
    [...recording.taps, ...recording.votes].map(({ segment }) => segment).filter((each) => !groups.has(each)),
  )
  strangers.delete('')
  return {
    played: { ...recording, taps, posts, votes },
    notes: [
      ...(left > 0
        ? [`Left out: ${wholes(left, 'tap')}, as the show has no ${[...missing].sort().join(', ')}.`]
        : []),
      ...(recording.posts.length > posts.length
        ? [
            `Left out: ${plural(recording.posts.length - posts.length, 'post')}, as the show does not have their stickers.`,
          ]
        : []),
      ...(strangers.size > 0
        ? [`The show has no segment ${[...strangers].sort().join(', ')}: its viewers are of none.`]
        : []),
    ],
  }
}

/** Total taps of all lines. */
export const tapsOf = (lines: readonly { count: number }[]): number =>
  lines.reduce((sum, { count }) => sum + count, 0)
