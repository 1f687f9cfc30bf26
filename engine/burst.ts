import { RoarError } from '../protocol/errors.ts'
import { BURST_COUNT_MAX, SEGMENTS_MAX, STICKERS_MAX } from '../protocol/limits.ts'
import type { BurstRequest } from '../protocol/packets.ts'

/** What a burst is checked against: the columns and rows of a show's slices. */
export interface Pack {
  /** Sticker id to its column. */
  stickers: ReadonlyMap<string, number>
  /** Segment id to its row; row 0 is the empty id: viewers of no segment. */
  segments: ReadonlyMap<string, number>
  /** Stickers that were switched off or taken out: taps of them are accepted and not counted. */
  silent: ReadonlySet<string>
}

/** What of a show is in its pack. */
export interface Packed {
  stickers: { sticker: string }[]
  segments: { segment: string }[]
  switches?: { stickers: Record<string, 'off'> } | undefined
  removed?: readonly string[] | undefined
}

/** @throws RangeError for a show with more stickers or segments than a slice may have */
export function packOf(show: Packed): Pack {
  if (show.stickers.length > STICKERS_MAX || show.segments.length > SEGMENTS_MAX) {
    throw new RangeError(`a show has at most ${STICKERS_MAX} stickers and ${SEGMENTS_MAX} segments`)
  }
  const off = Object.keys(show.switches?.stickers ?? {})
  const silent = new Set([...off, ...(show.removed ?? [])])
  // One that was taken out and is in again counts.
  for (const { sticker } of show.stickers) if (!off.includes(sticker)) silent.delete(sticker)
  const counted = show.stickers.filter(({ sticker }) => !silent.has(sticker))
  return {
    silent,
    stickers: new Map(counted.map(({ sticker }, column) => [sticker, column])),
    segments: new Map([['', 0], ...show.segments.map(({ segment }, index) => [segment, index + 1] as const)]),
  }
}

/**
 * Checks a parsed body against the show and returns it as a burst, without a copy: this is the hot path.
 * One bad entry refuses the whole burst. Fields it does not know are ignored, so that newer clients work.
 * @param sampleMin The smallest sample that the server has asked for lately: a client cannot weigh itself up at will.
 * @throws RoarError bad_request, bad_count, unknown_sticker, unknown_segment, bad_sample
 */
export function checkBurst(body: unknown, pack: Pack, sampleMin: number): BurstRequest {
  if (typeof body !== 'object' || body === null)
    throw new RoarError('bad_request', 'the body is not an object')
  const { stickers, segment, sample } = body as Partial<Record<keyof BurstRequest, unknown>>
  if (typeof stickers !== 'object' || stickers === null || Array.isArray(stickers)) {
    throw new RoarError('bad_request', 'stickers is not an object')
  }
  let entries = 0
  for (const sticker in stickers) {
    const count = (stickers as Record<string, unknown>)[sticker]
    if (!pack.stickers.has(sticker) && !pack.silent.has(sticker)) {
      throw new RoarError(
        'unknown_sticker',
        `the show has no sticker ${JSON.stringify(sticker.slice(0, 32))}`,
      )
    }
    if (!Number.isInteger(count) || (count as number) < 1 || (count as number) > BURST_COUNT_MAX) {
      throw new RoarError(
        'bad_count',
        `the count of ${sticker} is not a whole number from 1 to ${BURST_COUNT_MAX}`,
      )
    }
    entries++
  }
  if (entries === 0) throw new RoarError('bad_request', 'stickers is empty')
  if (segment !== undefined) checkSegment(segment, pack)
  if (sample !== undefined) checkSample(sample, sampleMin)
  return body as BurstRequest
}

function checkSegment(segment: unknown, pack: Pack): void {
  if (typeof segment !== 'string') throw new RoarError('bad_request', 'segment is not a string')
  if (segment === '' || !pack.segments.has(segment)) {
    throw new RoarError('unknown_segment', `the show has no segment ${JSON.stringify(segment.slice(0, 32))}`)
  }
}

function checkSample(sample: unknown, sampleMin: number): void {
  if (typeof sample !== 'number') throw new RoarError('bad_request', 'sample is not a number')
  const whole = 1 / Math.round(1 / sample) === sample
  if (!whole || sample > 1 || sample < sampleMin) {
    throw new RoarError(
      'bad_sample',
      `sample is not 1/n with a whole n from 1 to ${Math.round(1 / sampleMin)}`,
    )
  }
}
