import { DELAYS_S, delayPlace } from '../protocol/delays.ts'
import { SLICE_DELAYED_MAX, SLICE_EVENTS_MAX } from '../protocol/limits.ts'
import type { BurstRequest } from '../protocol/packets.ts'
import type { Slice } from '../protocol/slice.ts'
import type { Pack } from './burst.ts'

/** A slice without its record's key. */
export type SliceBody = Omit<Slice, 'show' | 'producer' | 'sequence'>

/** `fold`: one entry for each (segment, sticker). `events`: one for each sticker of each burst, with time and viewer. */
export type SliceForm = 'fold' | 'events'

/**
 * Collects one show's bursts until the next flush. Folded, adding a burst allocates nothing: a cell of a table grows. The table
 * has `segments x stickers` cells, both bounded by the protocol. Viewers who are behind have a table for each delay, created on
 * first use. The caller cuts a slice when it is full, so it is bounded whatever the crowd does.
 */
export class SliceBuilder {
  readonly #pack: Pack
  readonly #form: SliceForm
  readonly #cells: number
  /** By place of the delay, each created on first use. */
  readonly #tables: (Float64Array | undefined)[] = Array.from(DELAYS_S, () => undefined)
  /** Delay places tapped at since the last `take`, as bits. */
  #places = 0
  /** Used cells of viewers who are behind. */
  #delayed = 0
  #reactions = 0
  #from = 0
  #to = 0
  #sample = 1
  #events: Required<Pick<SliceBody, 'segment' | 'sticker' | 'count' | 'delay' | 'time' | 'viewer'>>

  constructor(pack: Pack, form: SliceForm) {
    this.#pack = pack
    this.#form = form
    this.#cells = form === 'events' ? 0 : pack.columns.length * pack.segments.size
    this.#events = noEvents()
  }

  /** Weighted reactions since the last `take`. */
  get reactions(): number {
    return this.#reactions
  }

  /** Whether one more burst might not fit. The table of viewers who are not behind is never full. */
  get isFull(): boolean {
    return this.#events.count.length >= SLICE_EVENTS_MAX || this.#delayed >= SLICE_DELAYED_MAX
  }

  /**
   * Adds a checked burst and returns how many reactions it counts for; silent stickers count for none. `viewer` is a keyed hash
   * or empty.
   */
  add(burst: BurstRequest, now: number, viewer: string): number {
    const { stickers, segment = '', sample = 1, delayMs } = burst
    const place = delayMs == null ? 0 : delayPlace(delayMs)
    const counts = this.#tables[place] ?? this.#makeTable(place)
    const weight = Math.round(1 / sample)
    const row = this.#pack.segments.get(segment)! * this.#pack.columns.length
    let added = 0
    for (const sticker in stickers) {
      const column = this.#pack.stickers.get(sticker)
      if (column === undefined) continue
      const count = stickers[sticker]! * weight
      added += count
      if (this.#form === 'events')
        this.#addEvent(segment, this.#pack.columns[column]!, count, place, now, viewer)
      else {
        if (place > 0 && counts[row + column] === 0) this.#delayed++
        counts[row + column]! += count
      }
    }
    if (added === 0) return 0
    if (this.#reactions === 0) this.#from = now
    this.#to = now
    this.#places |= 1 << place
    this.#reactions += added
    if (sample < this.#sample) this.#sample = sample
    return added
  }

  #makeTable(place: number): Float64Array {
    const table = new Float64Array(this.#cells)
    this.#tables[place] = table
    return table
  }

  #addEvent(
    segment: string,
    sticker: string,
    count: number,
    place: number,
    now: number,
    viewer: string,
  ): void {
    const events = this.#events
    events.segment.push(segment)
    events.sticker.push(sticker)
    events.count.push(count)
    events.delay.push(place)
    events.time.push(now)
    events.viewer.push(viewer)
  }

  /** Removes and returns what was added since the last call; undefined if nothing was. */
  take(): SliceBody | undefined {
    if (this.#reactions === 0) return undefined
    const { delay, ...columns } = this.#form === 'events' ? this.#events : this.#folded()
    const slice: SliceBody = { from: this.#from, to: this.#to, ...columns }
    if (this.#places > 1) slice.delay = delay
    if (this.#sample < 1) slice.sample = this.#sample
    this.#events = noEvents()
    this.#places = 0
    this.#delayed = 0
    this.#reactions = 0
    this.#sample = 1
    return slice
  }

  /** Empties the tables into columns. */
  #folded(): Required<Pick<SliceBody, 'segment' | 'sticker' | 'count' | 'delay'>> {
    const { segment, sticker, count, delay } = noEvents()
    for (let place = 0; place < this.#tables.length; place++) {
      const table = this.#tables[place]
      if (table === undefined || (this.#places & (1 << place)) === 0) continue
      let cell = 0
      for (const row of this.#pack.segments.keys()) {
        for (const column of this.#pack.columns) {
          const taps = table[cell++]!
          if (taps === 0) continue
          segment.push(row)
          sticker.push(column)
          count.push(taps)
          delay.push(place)
        }
      }
      table.fill(0)
    }
    return { segment, sticker, count, delay }
  }
}

const noEvents = () => ({
  segment: [] as string[],
  sticker: [] as string[],
  count: [] as number[],
  delay: [] as number[],
  time: [] as number[],
  viewer: [] as string[],
})
