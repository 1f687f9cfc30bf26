import { type Cell, type CellKey, cellKey } from '../protocol/cell.ts'
import { DELAYS_S } from '../protocol/delays.ts'
import type { Slice } from '../protocol/slice.ts'

/**
 * Counts slices into fixed windows of the log's time. Pure: time comes with the records.
 *
 * ```
 * records  s   ss |  s s   | s          each at the time the log appended it
 * windows  [-- 0 -)[-- 1 --)[-- 2 --)
 * changed  ^0 ^0    ^1 ^1    ^2         a cell is absolute and may be written again
 * forgotten                  ^0         keepMs after its end: the log's clock only grows
 * ```
 */
export class ReactionWindows {
  readonly #windowMs: number
  readonly #keepMs: number
  readonly #repeatHorizonMs: number
  readonly #repeatsMax: number
  readonly #cells = new Map<string, CellKey & Pick<Cell, 'count' | 'delayed' | 'sample'>>()
  readonly #changed = new Set<string>()
  /** Keys of records seen, in log order, so the oldest are at the front. */
  readonly #seen = new Map<string, number>()
  #newestMs = 0
  #late = 0

  /**
   * @param options.windowMs Length of a window.
   * @param options.keepMs How long after its end a window still accepts, for logs whose partitions drift apart. Default 10 s.
   * @param options.repeatHorizonMs How long a repeated record is recognised. Default 10 minutes.
   * @param options.repeatsMax How many records are remembered for that; beyond it the oldest is forgotten. Default 1 million.
   */
  constructor(options: {
    windowMs: number
    keepMs?: number
    repeatHorizonMs?: number
    repeatsMax?: number
  }) {
    this.#windowMs = options.windowMs
    this.#keepMs = options.keepMs ?? 10_000
    this.#repeatHorizonMs = options.repeatHorizonMs ?? 600_000
    this.#repeatsMax = options.repeatsMax ?? 1_000_000
  }

  /** Records that came after their window was forgotten and so were not counted. 0 unless a log's clock went back. */
  get late(): number {
    return this.#late
  }

  /** Cells and record keys in memory: those of open windows, and of records whose repeats are recognised. */
  get held(): { cells: number; names: number } {
    return { cells: this.#cells.size, names: this.#seen.size }
  }

  /** Counts a slice, unless its record was counted before (`repeat`) or its window is forgotten (`late`). */
  add(slice: Slice, timestampMs: number): 'counted' | 'repeat' | 'late' {
    const window = timestampMs - (timestampMs % this.#windowMs)
    if (window + this.#windowMs + this.#keepMs <= this.#newestMs) {
      this.#late++
      return 'late'
    }
    if (this.#isRepeat(`${slice.producer}/${slice.sequence}`, timestampMs)) return 'repeat'
    this.#newestMs = Math.max(this.#newestMs, timestampMs)
    for (let entry = 0; entry < slice.count.length; entry++) this.#count(slice, entry, window)
    return 'counted'
  }

  #isRepeat(name: string, timestampMs: number): boolean {
    const seenMs = this.#seen.get(name)
    if (seenMs !== undefined && timestampMs - seenMs <= this.#repeatHorizonMs) return true
    this.#seen.delete(name)
    this.#seen.set(name, timestampMs)
    for (const [oldest, atMs] of this.#seen) {
      if (this.#seen.size <= this.#repeatsMax && timestampMs - atMs <= this.#repeatHorizonMs) break
      this.#seen.delete(oldest)
    }
    return false
  }

  #count(slice: Slice, entry: number, window: number): void {
    const fresh = {
      show: slice.show,
      window,
      segment: slice.segment[entry]!,
      sticker: slice.sticker[entry]!,
      count: 0,
    }
    const key = cellKey(fresh)
    let cell = this.#cells.get(key)
    if (cell === undefined) {
      cell = fresh
      this.#cells.set(key, cell)
    }
    const count = slice.count[entry]!
    cell.count = added(cell.count, count)
    const place = slice.delay?.[entry] ?? 0
    if (place > 0) {
      cell.delayed ??= new Array<number>(DELAYS_S.length - 1).fill(0)
      cell.delayed[place - 1] = added(cell.delayed[place - 1]!, count)
    }
    if (slice.sample !== undefined) cell.sample = Math.min(cell.sample ?? 1, slice.sample)
    this.#changed.add(key)
  }

  /** The cells that changed since the last `settle`, with their absolute counts. */
  changed(version: number): Cell[] {
    const cells: Cell[] = []
    for (const key of this.#changed) {
      const { sample, delayed, ...cell } = this.#cells.get(key)!
      cells.push({
        ...cell,
        ...(delayed !== undefined && { delayed: [...delayed] }),
        version,
        ...(sample !== undefined && { sample }),
      })
    }
    return cells
  }

  /** The result of `changed` is written. Forgets windows that are over. */
  settle(): void {
    this.#changed.clear()
    for (const [key, { window }] of this.#cells) {
      if (window + this.#windowMs + this.#keepMs <= this.#newestMs) this.#cells.delete(key)
    }
  }
}

/** A count stops at the largest number that JSON carries exactly: a cell that nobody can read would stop its show. */
const added = (count: number, more: number): number => Math.min(count + more, Number.MAX_SAFE_INTEGER)
