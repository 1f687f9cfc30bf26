import type { Clock } from '../../adapters/clock/clock.ts'
import type { CountStore, CountsReached } from '../../adapters/store/store.ts'
import { Scoreboard } from '../../engine/scoreboard.ts'
import type { Cell } from '../../protocol/cell.ts'
import type { SegmentMood } from '../../protocol/counts.ts'

/** What is kept of one show. */
interface Desk {
  board: Scoreboard
  /** Newest version of the cells that came: the packet's window is the one that ended before it. */
  version: number
  /** When they came, by this process's clock. */
  cameMs: number
  /** By how many reactions the show grew since its last write. */
  growth: number
}

interface BoardsOptions {
  store: CountStore
  clock: Clock
  /** Length of a window in milliseconds. */
  windowMs: number
  /** How long a cell can still be replaced, in the log's time. */
  keepMs: number
  /** The segments of a show, and those that stand in its packet; none where it is not known yet. Shows are as they are filed. */
  segmentsOf: (show: string) => { segments: string[]; sides: string[] }
  /** The store answered; `growth` reactions are in it that were not before. */
  onStore: (growth: number) => void
  /** Hears of what the store has by now, never before. */
  publish: (show: string, moods: SegmentMood[]) => void
}

/**
 * The scoreboards of all shows, as the store has them and with what came since: one packet a window, for the show and for
 * each segment.
 *
 * ```
 * cells of version v ──▶ board ──▶ v is in a new window: packet of the window that ended before it
 * no cells for a while ──────────▶ packet of the next window: what is left, or the empty one that says: silence
 *                                  written to the store first, published then: a total never falls over a restart
 * ```
 * What a failed write leaves behind is forgotten by `forget`, and read from the store again, as after a restart. So there is
 * one way to go on, whether the write never came, came in part, or comes late.
 */
export class Boards {
  readonly #options: BoardsOptions
  readonly #desks = new Map<string, Desk>()
  /** How much of the log of counts is in the store. */
  #reached: CountsReached | undefined

  constructor(options: BoardsOptions) {
    this.#options = options
  }

  /** Those that are in memory. */
  shows(): string[] {
    return [...this.#desks.keys()]
  }

  has(show: string): boolean {
    return this.#desks.has(show)
  }

  forget(): void {
    this.#desks.clear()
  }

  /** Goes on with a store that has so much of the log. */
  begin(reached: CountsReached | undefined): void {
    this.forget()
    this.#reached = reached
  }

  /** Forgets a show's board without writing it: what is on it was wiped. */
  drop(show: string): void {
    this.#desks.delete(show)
  }

  /** Reads a show's counts where they are not in memory, and publishes its newest packets again, in case they never left. */
  async open(show: string): Promise<Desk> {
    const known = this.#desks.get(show)
    if (known !== undefined) return known
    const { store, clock, keepMs, segmentsOf, publish, onStore } = this.#options
    const state = await store.counts(show)
    onStore(0)
    const board = new Scoreboard({ ...segmentsOf(show), state, keepMs })
    const version = Math.max(0, ...state.moods.map(({ packet }) => packet.at + packet.ms))
    const desk = { board, version, cameMs: clock.now(), growth: 0 }
    this.#desks.set(show, desk)
    publish(show, board.newest())
    return desk
  }

  /** The show's segments may have changed. */
  follow(show: string): void {
    const { segments, sides } = this.#options.segmentsOf(show)
    this.#desks.get(show)?.board.setSegments(segments, sides)
  }

  /** The newest packets of a show that is in memory. */
  newest(show: string): SegmentMood[] {
    return this.#desks.get(show)?.board.newest() ?? []
  }

  /** Takes cells; those that came before change nothing. */
  async apply(cells: Cell[]): Promise<void> {
    for (const cell of cells) {
      const desk = await this.open(cell.show)
      desk.growth += desk.board.apply(cell)
      desk.version = Math.max(desk.version, cell.version)
      desk.cameMs = this.#options.clock.now()
    }
  }

  /**
   * Writes what changed of a show, then publishes the packets of the window that ended.
   * @param reached How much of the log is in the store with it. Default: as much as before.
   * @returns false, and nothing is published, when the term is over or the store is not as it was left
   */
  deliver(show: string, term: number, reached?: CountsReached): Promise<boolean> {
    const desk = this.#desks.get(show)!
    return this.#write(show, desk, { endMs: this.#windowStart(desk.version), term, reached })
  }

  /** Whether no cells came for `silenceMs`: the window after the newest ones is over too. */
  isSilent(show: string, silenceMs: number): boolean {
    const desk = this.#desks.get(show)!
    const now = this.#options.clock.now()
    // The clock may have been set back since.
    desk.cameMs = Math.min(desk.cameMs, now)
    return desk.version > 0 && now - desk.cameMs >= silenceMs
  }

  /** As `deliver`, for the window after the newest cells. */
  fallSilent(show: string, term: number): Promise<boolean> {
    const desk = this.#desks.get(show)!
    desk.version = this.#windowStart(desk.version) + this.#options.windowMs
    desk.cameMs = this.#options.clock.now()
    return this.#write(show, desk, { endMs: desk.version, term })
  }

  /** As `deliver`, for the window that is not over: nothing more comes, so its packet leaves under the start it would have had. */
  deliverLast(show: string, term: number): Promise<boolean> {
    const desk = this.#desks.get(show)!
    const newest = Math.max(this.#options.clock.now(), desk.version)
    return this.#write(show, desk, { endMs: this.#windowStart(newest) + this.#options.windowMs, term })
  }

  async #write(
    show: string,
    desk: Desk,
    { endMs, term, reached }: { endMs: number; term: number; reached?: CountsReached | undefined },
  ): Promise<boolean> {
    const { board } = desk
    const { store, windowMs, publish, onStore } = this.#options
    const moods = board.takePackets(endMs, windowMs)
    const changes = board.takeChanges()
    // A place is written also where nothing new came before it: it would be gone back to at every new term.
    if (changes.cells.length === 0 && moods.length === 0 && reached === undefined) return true
    const place = { before: this.#reached, after: reached ?? this.#reached }
    if (!(await store.saveCounts(show, changes, term, place))) return false
    this.#reached = place.after
    onStore(desk.growth)
    desk.growth = 0
    publish(show, moods)
    return true
  }

  #windowStart(ms: number): number {
    return ms - (ms % this.#options.windowMs)
  }
}
