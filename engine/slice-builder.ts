import { SLICE_EVENTS_MAX } from '../protocol/limits.ts'
import type { BurstRequest } from '../protocol/packets.ts'
import type { Slice } from '../protocol/slice.ts'
import type { Pack } from './burst.ts'

/** A slice without the name of its record. */
export type SliceBody = Omit<Slice, 'show' | 'producer' | 'sequence'>

/** `fold`: one entry for each (segment, sticker). `events`: one for each sticker of each burst, with time and viewer. */
export type SliceForm = 'fold' | 'events'

/**
 * Takes one show's bursts until the next flush. Folded, adding a burst allocates nothing: a cell of a table grows.
 * The table has `segments x stickers` cells, both bounded by the protocol, so a slice is bounded whatever the crowd does.
 * In the form `events` the caller cuts it where it is full.
 */
export class SliceBuilder {
  readonly #pack: Pack
  readonly #form: SliceForm
  readonly #counts: Float64Array
  #reactions = 0
  #from = 0
  #to = 0
  #sample = 1
  #events: Required<Pick<SliceBody, 'segment' | 'sticker' | 'count' | 'time' | 'viewer'>>

  constructor(pack: Pack, form: SliceForm) {
    this.#pack = pack
    this.#form = form
    this.#counts = new Float64Array(pack.columns.length * pack.segments.size)
    this.#events = noEvents()
  }

  /** Reactions since the last `take`, weighed. */
  get reactions(): number {
    return this.#reactions
  }

  /** Whether a slice has no room for one more burst: of events, as many as a record may hold. A table is never full. */
  get isFull(): boolean {
    return this.#events.count.length >= SLICE_EVENTS_MAX
  }

  /** Adds a checked burst and returns how many reactions it counts for; silent stickers count for none. `viewer` is a keyed hash or empty. */
  add(burst: BurstRequest, now: number, viewer: string): number {
    const { stickers, segment = '', sample = 1 } = burst
    const weight = Math.round(1 / sample)
    const row = this.#pack.segments.get(segment)! * this.#pack.columns.length
    let added = 0
    for (const sticker in stickers) {
      const column = this.#pack.stickers.get(sticker)
      if (column === undefined) continue
      const count = stickers[sticker]! * weight
      added += count
      if (this.#form === 'events') this.#addEvent(segment, this.#pack.columns[column]!, count, now, viewer)
      else this.#counts[row + column]! += count
    }
    if (added === 0) return 0
    if (this.#reactions === 0) this.#from = now
    this.#to = now
    this.#reactions += added
    if (sample < this.#sample) this.#sample = sample
    return added
  }

  #addEvent(segment: string, sticker: string, count: number, now: number, viewer: string): void {
    const events = this.#events
    events.segment.push(segment)
    events.sticker.push(sticker)
    events.count.push(count)
    events.time.push(now)
    events.viewer.push(viewer)
  }

  /** Removes and returns what was added since the last call; undefined when that is nothing. */
  take(): SliceBody | undefined {
    if (this.#reactions === 0) return undefined
    const columns = this.#form === 'events' ? this.#events : this.#folded()
    const slice: SliceBody = { from: this.#from, to: this.#to, ...columns }
    if (this.#sample < 1) slice.sample = this.#sample
    this.#counts.fill(0)
    this.#events = noEvents()
    this.#reactions = 0
    this.#sample = 1
    return slice
  }

  #folded(): Pick<SliceBody, 'segment' | 'sticker' | 'count'> {
    const columns = { segment: [] as string[], sticker: [] as string[], count: [] as number[] }
    let cell = 0
    for (const segment of this.#pack.segments.keys()) {
      for (const sticker of this.#pack.columns) {
        const count = this.#counts[cell++]!
        if (count === 0) continue
        columns.segment.push(segment)
        columns.sticker.push(sticker)
        columns.count.push(count)
      }
    }
    return columns
  }
}

const noEvents = () => ({
  segment: [] as string[],
  sticker: [] as string[],
  count: [] as number[],
  time: [] as number[],
  viewer: [] as string[],
})
