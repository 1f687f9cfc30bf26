import type { CountsState, HistoryClock, HistoryCount } from '../../protocol/counts.ts'
import type { Poll } from '../../protocol/polls.ts'
import type { Show, StickerPack } from '../../protocol/show.ts'
import type { PeopleStore } from './people.ts'
import type { PollStore, Replacing } from './polls.ts'
import type { WebhookStore } from './webhooks.ts'

/**
 * What producers decided and what was counted: everything that is asked for by key or by time after a restart. Every call
 * ends: with `store_unavailable` where the store cannot be reached, cannot write, or does not answer in time.
 */
export interface Store {
  readonly polls: PollStore
  readonly people: PeopleStore
  readonly webhooks: WebhookStore
  shows(): Promise<Show[]>
  show(show: string): Promise<Show | undefined>
  /**
   * Writes the show whole in the place of the version that it was made from, and what was done, in one transaction; with it
   * the polls that change by the same act, each in the place of its own.
   * @returns false, and nothing is written, when the store has another version of the show, or of one of these polls.
   */
  saveShow(
    show: Show,
    write: Replacing & { polls?: readonly { poll: Poll; replaces: number }[] | undefined },
  ): Promise<boolean>
  packs(): Promise<StickerPack[]>
  /** As `saveShow`. What is done to packs is in the trail of what is no show's own. */
  savePack(pack: StickerPack, write: Replacing): Promise<boolean>
  /** What one show's counting needs to go on; empty where nothing was counted yet. As in all calls about counts, `show` is what `filedAs` says. */
  counts(show: string): Promise<CountsState>
  /**
   * Begins a new term: from now on counts are written under it, and whoever holds an older one finds out at its next
   * write. So of several that could write the counts one does, without anybody asking who is alive.
   */
  takeTerm(): Promise<number>
  /** The newest term that anybody began; 0: nobody ever did. */
  term(): Promise<number>
  /**
   * Writes the changes of one show in one transaction: all of them or none. Counts are absolute, so a repeat is harmless.
   * @param place How much of the log of counts was in the store before this write, all shows together, and how much is with it.
   *   Default: nobody says.
   * @returns false, and nothing is written, when `term` is over, or the store has another place than `before`: it is not as it was left.
   */
  saveCounts(show: string, changes: CountsState, term: number, place?: CountsPlace): Promise<boolean>
  /** How much of the log of counts is in the store; undefined: nobody has said. */
  countsReached(): Promise<CountsReached | undefined>
  /**
   * Deletes what was counted in the runs before a show's current one, in one transaction. The first time, the current one
   * gets for each packet of those an empty one that comes after it. Harmless again.
   * @returns false, and nothing is written, when `term` is over: so whoever counts deletes, and nobody writes behind it.
   */
  beginRun(show: Pick<Show, 'show' | 'run'>, term: number): Promise<boolean>
  /**
   * The mood history from `from` up to, not with, `to`, oldest first, in steps of `stepMs` (a multiple of
   * `HISTORY_STEP_MS`), by when reactions arrived, or by what was on the screens of those who tapped. Steps without reactions are absent. `segment` undefined: the sum of all, or with `bySegment` each by itself.
   */
  history(show: string, range: HistoryRange): Promise<HistoryCount[]>
  /** Writes something that means nothing. Rejects where nothing can be written now. */
  probe(): Promise<void>
  close(): Promise<void>
}

/** A place in the log of counts: what stands before `next`, in the topic that it is of. */
export interface CountsReached {
  topicId: string
  next: number
}

/** What one write follows and what it leaves. So a store that lost its newest writes, as a replica that took over, is noticed. */
export interface CountsPlace {
  before: CountsReached | undefined
  after: CountsReached | undefined
}

export interface HistoryRange {
  from: number
  to: number
  stepMs: number
  segment?: string
  bySegment?: boolean
  /** Default: `arrival`. */
  clock?: HistoryClock
}

/** The part of the store that the counting of reactions goes on from. */
export type CountStore = Pick<
  Store,
  'counts' | 'countsReached' | 'takeTerm' | 'term' | 'saveCounts' | 'beginRun'
>
