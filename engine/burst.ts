import { RoarError } from '../protocol/errors.ts'
import { BURST_COUNT_MAX, SEGMENTS_MAX, STICKERS_MAX } from '../protocol/limits.ts'
import type { BurstRequest } from '../protocol/packets.ts'

/** What a burst is checked against: the columns and rows of a show's slices. */
export interface Pack {
  /** Sticker id to its column. An alias has the column of its sticker. */
  stickers: ReadonlyMap<string, number>
  /** The sticker of each column. */
  columns: readonly string[]
  /** Segment id to its row; row 0 is the empty id: viewers of no segment. */
  segments: ReadonlyMap<string, number>
  /** Stickers switched off or removed: taps of them are accepted and not counted. */
  silent: ReadonlySet<string>
}

/** The fields of a show that its pack is made of. */
export interface Packed {
  stickers: { sticker: string; aliases?: readonly string[] }[]
  segments: { segment: string }[]
  switches?: { stickers: Record<string, 'off'> } | undefined
  removed?: readonly string[] | undefined
}

/** @throws RangeError for a show with more stickers or segments than a slice may have */
export function packOf(show: Packed): Pack {
  if (show.stickers.length > STICKERS_MAX || show.segments.length > SEGMENTS_MAX) {
    throw new RangeError(`a show has at most ${STICKERS_MAX} stickers and ${SEGMENTS_MAX} segments`)
  }
  const off = new Set(Object.keys(show.switches?.stickers ?? {}))
  const counted = show.stickers.filter(({ sticker }) => !off.has(sticker))
  // An alias that is also a sticker's id means that sticker.
  const stickers = new Map([
    ...counted.flatMap(({ aliases = [] }, column) => aliases.map((alias) => [alias, column] as const)),
    ...counted.map(({ sticker }, column) => [sticker, column] as const),
  ])
  const silenced = show.stickers.filter(({ sticker }) => off.has(sticker))
  const silent = new Set([
    ...off,
    ...silenced.flatMap(({ aliases = [] }) => aliases),
    ...(show.removed ?? []),
  ])
  // A removed sticker that is back counts again, also as an alias; one that is switched off does not.
  for (const id of stickers.keys()) {
    if (off.has(id)) stickers.delete(id)
    else silent.delete(id)
  }
  return {
    silent,
    stickers,
    columns: counted.map(({ sticker }) => sticker),
    segments: new Map([['', 0], ...show.segments.map(({ segment }, index) => [segment, index + 1] as const)]),
  }
}

/**
 * Checks a parsed body against the show and returns it as a burst, without a copy: this is the hot path. One bad entry refuses
 * the whole burst. Unknown fields are ignored, so that newer clients work.
 * @param sampleMin The smallest sample that the server asked for lately, so that a client cannot give its taps more weight.
 * @throws RoarError bad_request, bad_count, unknown_sticker, unknown_segment, bad_sample
 */
export function checkBurst(body: unknown, pack: Pack, sampleMin: number): BurstRequest {
  if (typeof body !== 'object' || body === null)
    throw new RoarError('bad_request', 'the body is not an object')
  const { stickers, segment, sample, delayMs } = body as Partial<Record<keyof BurstRequest, unknown>>
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
  if (pack.stickers.size > pack.columns.length) checkFolded(stickers as Record<string, number>, pack)
  if (segment !== undefined) checkSegment(segment, pack)
  if (sample !== undefined) checkSample(sample, sampleMin)
  // Any number is accepted: one out of bounds is clamped, and costs nobody a tap.
  if (delayMs !== undefined && delayMs !== null && typeof delayMs !== 'number') {
    throw new RoarError('bad_request', 'delayMs is not a number')
  }
  return body as BurstRequest
}

/** A sticker and its aliases share one limit of taps. */
function checkFolded(stickers: Record<string, number>, pack: Pack): void {
  const taps = new Map<number, number>()
  for (const sticker in stickers) {
    const column = pack.stickers.get(sticker)
    if (column === undefined) continue
    const count = (taps.get(column) ?? 0) + stickers[sticker]!
    if (count > BURST_COUNT_MAX)
      throw new RoarError(
        'bad_count',
        `the counts of ${pack.columns[column]} and its aliases are more than ${BURST_COUNT_MAX}`,
      )
    taps.set(column, count)
  }
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
