import type { Clock } from '../../adapters/clock/clock.ts'
import type { CountStore, CountsReached } from '../../adapters/store/store.ts'
import { countedMs } from '../../engine/count-version.ts'
import { Scoreboard } from '../../engine/scoreboard.ts'
import type { Cell } from '../../protocol/cell.ts'
import type { SegmentMood } from '../../protocol/counts.ts'
import type { Read } from '../reader/reader.ts'

/** The state of one show. */
interface Desk {
  board: Scoreboard
  /** The log's time of the newest batch of cells received: the packet's window is the one that ended before it. */
  batchMs: number
  /** When they were received, by this process's clock. */
  cameMs: number
  /** Growth of the show since its last write, in reactions. */
  growth: number
}

interface Target {
  term: number
  /** How much of the log the store then contains. Default: as much as before. */
  reached?: CountsReached | undefined
}

interface BoardsOptions {
  store: CountStore
  clock: Clock
  /** Length of a window in milliseconds. */
  windowMs: number
  /** How long a cell can still be replaced, in the log's time. */
  keepMs: number
  /** A show's segments, and those listed in its packet; none while the show is unknown. Shows are given as filed names. */
  segmentsOf: (show: string) => { segments: string[]; sides: string[] }
  /** Called when the store has written; `growth` reactions are new in it. */
  onStore: (growth: number) => void
  /** Asked before packets are published that the store has: whether it is sure that nobody has taken a newer term. */
  isOurs: () => Promise<boolean>
  /** Called with packets after the store has them, never before. */
  publish: (show: string, moods: SegmentMood[]) => void
}

/**
 * The scoreboards of all shows, as stored plus what came since: one packet a window, for the show and for
 * each segment.
 *
 * ```
 * cells of version v ──▶ board ──▶ v is in a new window: packet of the window that ended before it
 * no cells for a while ──────────▶ packet of the next window: what is left, or an empty one for silence
 *                                  written to the store first, published then: a total never falls over a restart
 * ```
 * After a failed write `forget` drops the boards, and they are read from the store again, as after a restart. So there is
 * one recovery, whether the write never arrived, arrived in part, or arrives late.
 */
export class Boards {
  readonly #options: BoardsOptions
  readonly #desks = new Map<string, Desk>()
  /** How much of the topic `counts` is in the store. */
  #reached: CountsReached | undefined

  constructor(options: BoardsOptions) {
    this.#options = options
  }

  /** Shows in memory. */
  shows(): string[] {
    return [...this.#desks.keys()]
  }

  has(show: string): boolean {
    return this.#desks.has(show)
  }

  forget(): void {
    this.#desks.clear()
  }

  /** Continues from a store that contains this much of the log. */
  begin(reached: CountsReached | undefined): void {
    this.forget()
    this.#reached = reached
  }

  /** Drops a show's board without writing it: its counts were wiped. */
  drop(show: string): void {
    this.#desks.delete(show)
  }

  /** Loads a show's counts if they are not in memory, and publishes its newest packets again, in case they were never sent. */
  async open(show: string): Promise<Desk> {
    const known = this.#desks.get(show)
    if (known !== undefined) return known
    const { store, clock, keepMs, segmentsOf, isOurs, publish, onStore } = this.#options
    const state = await store.counts(show)
    onStore(0)
    const mayPublish = await isOurs()
    const board = new Scoreboard({ ...segmentsOf(show), state, keepMs })
    // What is stored and was never published, of no window so far, must not wait for the next cell.
    const toldMs = Math.max(0, ...state.moods.map(({ packet }) => packet.at + packet.ms))
    // A window may be ahead of the log, and packets must not be.
    const batchMs = toldMs || Math.min(board.newestWindow, clock.now())
    const desk = { board, batchMs, cameMs: clock.passedMs(), growth: 0 }
    this.#desks.set(show, desk)
    if (mayPublish) publish(show, board.newest())
    return desk
  }

  /** Applies a change of the show's segments. */
  follow(show: string): void {
    const { segments, sides } = this.#options.segmentsOf(show)
    this.#desks.get(show)?.board.setSegments(segments, sides)
  }

  /** The newest packets of a show in memory. */
  newest(show: string): SegmentMood[] {
    return this.#desks.get(show)?.board.newest() ?? []
  }

  /** Applies cells; repeated ones change nothing. */
  async apply(cells: readonly Read<Cell>[]): Promise<void> {
    for (const { value: cell, record } of cells) {
      const { timestampMs: takenMs } = record
      const desk = await this.open(cell.show)
      desk.growth += desk.board.apply(cell, takenMs)
      // Whoever counts has a clock of its own: one that was ahead would hold up all packets until its time has come.
      desk.batchMs = Math.max(desk.batchMs, countedMs(cell.version, takenMs))
      desk.cameMs = this.#options.clock.passedMs()
    }
  }

  /**
   * Writes a show's changes, then publishes the packets of the window that ended.
   * @param reached How much of the log the store then contains. Default: as much as before.
   * @returns false, and publishes nothing, when the term is over or the store has changed otherwise
   */
  deliver(show: string, term: number, reached?: CountsReached): Promise<boolean> {
    const desk = this.#desks.get(show)!
    return this.#write(show, desk, { endMs: this.#windowStart(desk.batchMs), term, reached })
  }

  /** Writes a show's changes, and publishes nothing: the growth waits. Otherwise like `deliver`. */
  hold(show: string, term: number, reached?: CountsReached): Promise<boolean> {
    const desk = this.#desks.get(show)!
    return this.#save(show, desk, [], { term, reached })
  }

  /** Whether no cells came for `silenceMs`: then the window after the newest ones is over, too. */
  isSilent(show: string, silenceMs: number): boolean {
    const desk = this.#desks.get(show)!
    return desk.batchMs > 0 && this.#options.clock.passedMs() - desk.cameMs >= silenceMs
  }

  /** Like `deliver`, for the window after the newest cells. */
  fallSilent(show: string, term: number): Promise<boolean> {
    const desk = this.#desks.get(show)!
    desk.batchMs = this.#windowStart(desk.batchMs) + this.#options.windowMs
    desk.cameMs = this.#options.clock.passedMs()
    return this.#write(show, desk, { endMs: desk.batchMs, term })
  }

  /**
   * Like `deliver`, for the window that is still open: nothing more comes, so its packet is sent now, with the window's start. The
   * window is one of the log's time, whatever a clock says: no packet comes before one that was published.
   */
  deliverLast(show: string, term: number): Promise<boolean> {
    const desk = this.#desks.get(show)!
    return this.#write(show, desk, { endMs: this.#windowStart(desk.batchMs) + this.#options.windowMs, term })
  }

  #write(show: string, desk: Desk, { endMs, ...to }: Target & { endMs: number }): Promise<boolean> {
    return this.#save(show, desk, desk.board.takePackets(endMs, this.#options.windowMs), to)
  }

  /** @param moods New packets, published afterwards. */
  async #save(show: string, desk: Desk, moods: SegmentMood[], { term, reached }: Target): Promise<boolean> {
    const { store, isOurs, publish, onStore } = this.#options
    const changes = desk.board.takeChanges()
    // The position is written even without changes: otherwise every new term would go back to it.
    if (changes.cells.length === 0 && moods.length === 0 && reached === undefined) return true
    const place = { before: this.#reached, after: reached ?? this.#reached }
    if (!(await store.saveCounts(show, changes, term, place))) return false
    this.#reached = place.after
    onStore(desk.growth)
    desk.growth = 0
    // Whoever has taken over has read these from the store, and published them.
    if (!(await isOurs())) return false
    publish(show, moods)
    return true
  }

  #windowStart(ms: number): number {
    return ms - (ms % this.#options.windowMs)
  }
}
