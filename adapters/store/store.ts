import type { CountsState, HistoryClock, HistoryCount } from '../../protocol/counts.ts'
import type { Poll } from '../../protocol/polls.ts'
import type { Show, StickerPack } from '../../protocol/show.ts'
import type { PeopleStore } from './people.ts'
import type { PollStore, Replacing } from './polls.ts'
import type { WebhookStore } from './webhooks.ts'

/**
 * Producers' decisions and counts: everything that is looked up by key or by time after a restart. Every call ends: with
 * `store_unavailable` if the store is unreachable, cannot write, or does not respond in time.
 */
export interface Store {
  readonly polls: PollStore
  readonly people: PeopleStore
  readonly webhooks: WebhookStore
  shows(): Promise<Show[]>
  show(show: string): Promise<Show | undefined>
  /**
   * Writes the whole show, replacing the version it was based on, and the audit entry, in one transaction, together with the
   * polls that change by the same action, each replacing its own version.
   * @returns false, without writing, if the stored version of the show, or of one of these polls, is another
   */
  saveShow(
    show: Show,
    write: Replacing & { polls?: readonly { poll: Poll; replaces: number }[] | undefined },
  ): Promise<boolean>
  packs(): Promise<StickerPack[]>
  /** Like `saveShow`. Changes of packs are in the audit trail that belongs to no show. */
  savePack(pack: StickerPack, write: Replacing): Promise<boolean>
  /**
   * What one show's counting needs to continue; empty if nothing was counted yet. As in all calls about counts, `show` is the
   * name by `filedAs`.
   */
  counts(show: string): Promise<CountsState>
  /**
   * Begins a new term: counts are then written under it, and the holder of an older one is refused at its next write. So exactly
   * one of several writers succeeds, without asking who is alive.
   */
  takeTerm(): Promise<number>
  /** The newest term; 0: none yet. */
  term(): Promise<number>
  /**
   * Writes the changes of one show in one transaction, all or none. Counts are absolute, so a repeat is harmless.
   * @param place How much of the topic `counts` was in the store before this write, over all shows, and how much is in it with
   * it. Default: unchecked.
   * @returns false, without writing, if `term` is over, or the stored place is not `before`: something else has changed the store
   */
  saveCounts(show: string, changes: CountsState, term: number, place?: CountsPlace): Promise<boolean>
  /** How much of the topic `counts` is in the store; undefined: unknown. */
  countsReached(): Promise<CountsReached | undefined>
  /**
   * Deletes the counts of all runs before a show's current one, in one transaction. The first time, each of their packets is
   * followed by an empty one in the current run. Idempotent.
   * @returns false, without writing, if `term` is over: only the process that counts deletes, so nobody writes afterwards
   */
  beginRun(show: Pick<Show, 'show' | 'run'>, term: number): Promise<boolean>
  /**
   * The mood history from `from` (inclusive) to `to` (exclusive), oldest first, in steps of `stepMs` (a multiple of
   * `HISTORY_STEP_MS`), by when reactions arrived, or by what the viewers who tapped were seeing. Steps without reactions are
   * absent. `segment` undefined: the sum over all, or with `bySegment` each separately.
   */
  history(show: string, range: HistoryRange): Promise<HistoryCount[]>
  /** Writes a meaningless value. Rejects if nothing can be written now. */
  probe(): Promise<void>
  close(): Promise<void>
}

/** A position in the topic `counts`: everything before `next` is covered. It names the topic it belongs to. */
export interface CountsReached {
  topicId: string
  next: number
}

/** The position before and after one write. It reveals a store that lost its newest writes, such as a replica that took over. */
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

/** The part of the store used for counting reactions. */
export type CountStore = Pick<
  Store,
  'counts' | 'countsReached' | 'takeTerm' | 'term' | 'saveCounts' | 'beginRun'
>
