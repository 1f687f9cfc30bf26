import { DECIDED_POSTS_MAX, HELD_A_VIEWER_MAX, HELD_POSTS_MAX } from '../../protocol/limits.ts'
import type { HeldRecord } from '../../protocol/records/held.ts'

/** Oldest first; equal times by id. */
const byTime = (a: HeldRecord, b: HeldRecord): number => a.at - b.at || (a.id < b.id ? -1 : 1)

/**
 * The posts of one show that wait for a moderator, as the log records them. At most `HELD_POSTS_MAX` wait, `HELD_A_VIEWER_MAX` of
 * one viewer: beyond that the oldest is dropped, counted, and never shown. Records may be repeated, and those of different posts
 * may come in any order.
 */
export class HeldPosts {
  readonly #waiting = new Map<string, HeldRecord>()
  /** The newest decision last. */
  readonly #decided = new Map<string, HeldRecord>()
  #dropped = 0

  take(record: HeldRecord): void {
    if (record.decided === undefined) this.#wait(record)
    else this.#decide(record)
  }

  #decide(record: HeldRecord): void {
    const { id } = record
    this.#waiting.delete(id)
    this.#decided.delete(id)
    this.#decided.set(id, record)
    if (this.#decided.size > DECIDED_POSTS_MAX) this.#decided.delete(this.#decided.keys().next().value!)
  }

  #wait(record: HeldRecord): void {
    if (this.find(record.id) !== undefined) return
    this.#waiting.set(record.id, record)
    const all = [...this.#waiting.values()]
    const ofViewer = all.filter(({ viewer }) => viewer === record.viewer)
    const tooMany =
      ofViewer.length > HELD_A_VIEWER_MAX ? ofViewer : all.length > HELD_POSTS_MAX ? all : undefined
    if (tooMany === undefined) return
    const oldest = tooMany.reduce((first, post) => (byTime(post, first) < 0 ? post : first))
    this.#waiting.delete(oldest.id)
    this.#dropped++
  }

  find(id: string): HeldRecord | undefined {
    return this.#waiting.get(id) ?? this.#decided.get(id)
  }

  /** Oldest first. */
  waiting(): HeldRecord[] {
    return [...this.#waiting.values()].sort(byTime)
  }

  /** The newest decision first. */
  decided(): HeldRecord[] {
    return [...this.#decided.values()].reverse()
  }

  /** Posts dropped for lack of room. */
  get dropped(): number {
    return this.#dropped
  }
}
