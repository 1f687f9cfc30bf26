import { type Cell, cellKey } from '../protocol/cell.ts'
import {
  type Count,
  type CountsState,
  HISTORY_STEP_MS,
  type HistoryCount,
  type SegmentMood,
} from '../protocol/counts.ts'
import { programmeTime } from '../protocol/delays.ts'
import { DELAY_MS_MAX, MOOD_TOP_MAX } from '../protocol/limits.ts'
import type { MoodPacket, SideEntry } from '../protocol/packets.ts'
import { isAhead } from './count-version.ts'
import { recentPeak, topOf } from './swarm.ts'

/** A version that is ahead of the log by more is no clock's: cells are forgotten again once so much time has passed. */
const WRONG_MS = 86_400_000

/** One topic's side of the board. */
interface Side {
  total: number
  /** The total of the newest packet; the difference is published with the next, also after a restart. */
  told: number
  /** Growth since the newest packet, as far as this process saw it. */
  growth: Map<string, number>
  /** The recent peak in reactions a second, as of the newest packet. */
  peak: number
  newest?: MoodPacket
}

/**
 * One show's counts, built from cells. A cell replaces its older version, so a repeated cell changes nothing. What is published
 * is the growth since the last packet, so open windows reach the screen while they fill. The sum of `n` over all packets is the
 * growth of `total`, whatever is repeated.
 */
export class Scoreboard {
  readonly #keepMs: number
  readonly #cells = new Map<string, Cell>()
  readonly #totals = new Map<string, Count>()
  readonly #history = new Map<string, HistoryCount>()
  readonly #shifts = new Map<string, HistoryCount>()
  readonly #sides = new Map<string, Side>()
  /** The segments listed in the show's packet. */
  #shown: string[] = []
  readonly #dirty = {
    totals: new Set<string>(),
    history: new Set<string>(),
    shifts: new Set<string>(),
    cells: new Set<string>(),
    moods: new Set<string>(),
  }
  /** Start of the newest packet. */
  #at = 0
  #newestWindow = 0
  #newestVersion = 0
  /**
   * The newest window of any version before the newest. The time in which cells can be replaced counts from here: one batch that
   * catches up after an outage of hours holds windows of all of them, in any order.
   */
  #settledWindow = 0
  /** Steps before this one are written and final. */
  #historyFrom = 0
  #sample = 1
  #late = 0

  /**
   * @param options.segments The show's segments: each has packets of its own.
   * @param options.sides Those of them that are also in the show's own packet, so that a page needs no other. Default none.
   * @param options.keepMs How long a cell can still be replaced, in the log's time. Default 60 s.
   * @param options.state The sum of all `takeChanges` results before a restart.
   */
  constructor(options: {
    segments: readonly string[]
    sides?: readonly string[]
    keepMs?: number
    state?: CountsState
  }) {
    this.#keepMs = options.keepMs ?? 60_000
    for (const count of options.state?.totals ?? []) this.#totals.set(totalKey(count), { ...count })
    for (const step of options.state?.history ?? []) this.#history.set(historyKey(step), { ...step })
    for (const step of options.state?.shifts ?? []) this.#shifts.set(historyKey(step), { ...step })
    for (const cell of options.state?.cells ?? []) {
      this.#cells.set(cellKey(cell), cell)
      this.#newestWindow = Math.max(this.#newestWindow, cell.window)
      this.#newestVersion = Math.max(this.#newestVersion, cell.version)
    }
    this.#settledWindow = Math.max(0, (options.state?.cellsFrom ?? 0) + this.#keepMs - 1)
    this.setSegments(options.segments, options.sides)
    for (const { segment, packet } of options.state?.moods ?? []) {
      const side = this.#sides.get(segment)
      if (side !== undefined) {
        side.newest = packet
        side.told = packet.total
      }
      this.#at = Math.max(this.#at, packet.at)
    }
  }

  /**
   * Sets the show's segments. A new one's total has what was counted for it before. That is growth of its first packet only while the
   * show has had none: then it was stored and not published, or came before the show was known.
   */
  setSegments(segments: readonly string[], sides: readonly string[] = []): void {
    this.#shown = sides.filter((side) => segments.includes(side))
    const names = ['', ...segments]
    const isTold = this.#sides.get('')?.newest !== undefined
    for (const name of this.#sides.keys()) if (!names.includes(name)) this.#sides.delete(name)
    for (const name of names) {
      if (this.#sides.has(name)) continue
      let total = 0
      for (const { segment, count } of this.#totals.values())
        if (name === '' || segment === name) total += count
      this.#sides.set(name, { total, told: isTold ? total : 0, growth: new Map(), peak: 0 })
    }
  }

  /** Cells that arrived too late to be replaced, and were not counted. */
  get late(): number {
    return this.#late
  }

  /** The newest window counted, in the log's time; 0 before the first. */
  get newestWindow(): number {
    return this.#newestWindow
  }

  /** Steps of history and cells in memory: those that can still change. */
  get held(): { steps: number; cells: number } {
    return { steps: this.#history.size + this.#shifts.size, cells: this.#cells.size }
  }

  /**
   * Applies a cell. Returns the growth of the show: 0 if this version, or a newer one, is known.
   * @param takenMs When the log took it: a window or a version that is ahead of it must make no other cell late or old. Default:
   * unknown.
   */
  apply(cell: Cell, takenMs = Number.POSITIVE_INFINITY): number {
    this.#newestWindow = Math.min(this.#newestWindow, takenMs)
    this.#newestVersion = Math.min(this.#newestVersion, takenMs + WRONG_MS)
    if (cell.version > this.#newestVersion) {
      this.#newestVersion = cell.version
      this.#settledWindow = Math.max(this.#settledWindow, this.#newestWindow)
    }
    if (cell.window < this.#oldestWindow) {
      this.#late++
      return 0
    }
    const key = cellKey(cell)
    const known = this.#cells.get(key)
    if (known !== undefined && !isNewer(cell, known, takenMs)) return 0
    const growth = cell.count - (known?.count ?? 0)
    this.#cells.set(key, cell)
    this.#dirty.cells.add(key)
    this.#newestWindow = Math.max(this.#newestWindow, Math.min(cell.window, takenMs))
    this.#sample = Math.min(this.#sample, cell.sample ?? 1)
    if (growth !== 0) this.#grow(cell, growth)
    this.#shift(cell, known)
    return growth
  }

  #grow({ segment, sticker, window }: Cell, growth: number): void {
    const key = totalKey({ segment, sticker })
    getOrSet(this.#totals, key, () => ({ segment, sticker, count: 0 })).count += growth
    this.#dirty.totals.add(key)
    this.#addStep('history', { segment, sticker, at: window, count: growth })
    for (const side of this.#sidesOf(segment)) {
      side.total += growth
      side.growth.set(sticker, (side.growth.get(sticker) ?? 0) + growth)
    }
  }

  /** Moves the reactions of viewers behind from the step in which they arrived to the one that the viewers saw. */
  #shift({ segment, sticker, window, delayed }: Cell, known: Cell | undefined): void {
    const places = Math.max(delayed?.length ?? 0, known?.delayed?.length ?? 0)
    for (let i = 0; i < places; i++) {
      const count = (delayed?.[i] ?? 0) - (known?.delayed?.[i] ?? 0)
      if (count === 0) continue
      this.#addStep('shifts', { segment, sticker, at: window, count: -count })
      this.#addStep('shifts', { segment, sticker, at: programmeTime(window, i + 1), count })
    }
  }

  #addStep(of: 'history' | 'shifts', { segment, sticker, at, count }: HistoryCount): void {
    const step = { segment, sticker, count: 0, at: at - (at % HISTORY_STEP_MS) }
    const key = historyKey(step)
    getOrSet(of === 'history' ? this.#history : this.#shifts, key, () => step).count += count
    this.#dirty[of].add(key)
  }

  /** The show's side and, for a viewer in a segment, the segment's. */
  #sidesOf(segment: string): Side[] {
    const show = this.#sides.get('')!
    const own = segment === '' ? undefined : this.#sides.get(segment)
    return own === undefined ? [show] : [show, own]
  }

  /**
   * The packets of the window that ends at `endMs`: one for the show, and one for each segment that grew, or grew in its last
   * packet, so that everyone learns once that it is silent; for the show also once its sides are others. `at` only grows: a call
   * for a time that was already published returns nothing, and its growth waits for the next.
   * @param endMs End of the window in the log's time. @param ms Its length.
   */
  takePackets(endMs: number, ms: number): SegmentMood[] {
    const at = endMs - ms
    if (at <= this.#at) return []
    const moods: SegmentMood[] = []
    const shown = this.#shown.map((segment): SideEntry => {
      const { total, told } = this.#sides.get(segment)!
      return [segment, total - told, total]
    })
    for (const [segment, side] of this.#sides) {
      const n = side.total - side.told
      if (n === 0 && (side.newest?.n ?? 0) === 0 && !(segment === '' && this.#listsOthers)) continue
      side.peak = recentPeak(side.peak, n / (ms / 1000), at - (side.newest?.at ?? at))
      side.newest = this.#packet(side, at, ms, n)
      if (segment === '' && shown.length > 0) side.newest.sides = shown
      side.told = side.total
      side.growth.clear()
      this.#dirty.moods.add(segment)
      moods.push({ segment, packet: side.newest })
    }
    if (moods.length === 0) return moods
    this.#sample = 1
    this.#at = at
    return moods
  }

  /** Whether the show's newest packet lists other sides than it has now: after a change of them there may never be a tap. */
  get #listsOthers(): boolean {
    const { newest } = this.#sides.get('')!
    return newest !== undefined && String(newest.sides?.map(([side]) => side) ?? []) !== String(this.#shown)
  }

  #packet(side: Side, at: number, ms: number, n: number): MoodPacket {
    const top = topOf(side.growth, { ms, peakPerSecond: side.peak, topMax: MOOD_TOP_MAX })
    const packet: MoodPacket = { at, ms, n, total: side.total, top }
    if (this.#sample < 1 && n > 0) packet.sample = this.#sample
    return packet
  }

  /**
   * The newest packet of the show and of each segment that has had one, with the totals of now: what a new viewer sees. Another
   * process may have published a later packet, with a total that the newest one here did not have yet.
   */
  newest(): SegmentMood[] {
    return this.#packets().map(({ segment, packet }) => {
      const { total } = this.#sides.get(segment)!
      const sides = packet.sides?.map(([side, n, known]): SideEntry => {
        return [side, n, this.#sides.get(side)?.total ?? known]
      })
      return { segment, packet: { ...packet, total, ...(sides && { sides }) } }
    })
  }

  #packets(): SegmentMood[] {
    const moods: SegmentMood[] = []
    for (const [segment, { newest }] of this.#sides)
      if (newest !== undefined) moods.push({ segment, packet: newest })
    return moods
  }

  /**
   * What changed since the last call, to be written in one transaction; also forgets cells that can no longer be replaced. If
   * that write fails, this board is invalid: the store decides what is true.
   */
  takeChanges(): CountsState {
    this.#forget()
    const changes: CountsState = {
      totals: [...this.#dirty.totals].map((key) => ({ ...this.#totals.get(key)! })),
      history: [...this.#dirty.history].map((key) => ({ ...this.#history.get(key)! })),
      shifts: [...this.#dirty.shifts].map((key) => ({ ...this.#shifts.get(key)! })),
      cells: [...this.#dirty.cells].map((key) => this.#cells.get(key)!),
      cellsFrom: this.#oldestWindow,
      moods: this.#packets().filter(({ segment }) => this.#dirty.moods.has(segment)),
    }
    for (const dirty of Object.values(this.#dirty)) dirty.clear()
    this.#historyFrom = this.#oldestWindow - (this.#oldestWindow % HISTORY_STEP_MS)
    return changes
  }

  /** Windows that started earlier can no longer be replaced. */
  get #oldestWindow(): number {
    return Math.max(0, this.#settledWindow - this.#keepMs + 1)
  }

  #forget(): void {
    for (const [key, { window }] of this.#cells) {
      if (window >= this.#oldestWindow) continue
      this.#cells.delete(key)
      this.#dirty.cells.delete(key)
    }
    for (const [key, { at }] of this.#history) if (at < this.#historyFrom) this.#history.delete(key)
    for (const [key, { at }] of this.#shifts)
      if (at < this.#historyFrom - DELAY_MS_MAX) this.#shifts.delete(key)
  }
}

/**
 * Whether a count replaces a known one. A window's count only grows: where the clock of either's counter was ahead of the log's, the
 * larger one is the newer, whatever comes again.
 */
function isNewer(cell: Cell, known: Cell, takenMs: number): boolean {
  const isUnsure = isAhead(cell.version, takenMs) || isAhead(known.version, takenMs)
  return isUnsure ? cell.count > known.count : cell.version > known.version
}

const totalKey = ({ segment, sticker }: Omit<Count, 'count'>): string => `${segment}/${sticker}`
const historyKey = ({ at, segment, sticker }: HistoryCount): string => `${at}/${segment}/${sticker}`

function getOrSet<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
