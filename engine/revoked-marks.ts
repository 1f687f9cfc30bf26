import { REVOKED_MAX } from '../protocol/limits.ts'
import type { Revoked } from '../protocol/revoked.ts'

/** Several studios may each accept the last one at the same moment: no other process may drop what they accepted. */
const HELD_MAX = 2 * REVOKED_MAX

/**
 * The marks of revoked tokens, each until its token expires. One that has expired is forgotten only where another needs its place: a
 * clock that is ahead for a while, as at a machine's start, says of any that it has. Beyond the bound further ones are ignored:
 * studios refuse long before.
 */
export class RevokedMarks {
  readonly #untilMs = new Map<string, number>()

  get isEmpty(): boolean {
    return this.#untilMs.size === 0
  }

  /** Returns whether this revokes something new, or for longer. */
  take({ revoked, until }: Revoked, nowMs: number): boolean {
    if (until <= (this.#untilMs.get(revoked) ?? 0)) return false
    if (!this.#untilMs.has(revoked) && !this.#makesRoom(nowMs)) return false
    this.#untilMs.set(revoked, until)
    return true
  }

  covers(mark: string, nowMs: number): boolean {
    return (this.#untilMs.get(mark) ?? 0) > nowMs
  }

  #makesRoom(nowMs: number): boolean {
    if (this.#untilMs.size < HELD_MAX) return true
    // Not all at once: by a clock that is ahead all have expired, and those that last longest may not have.
    const expired = this.held().filter(({ until }) => until <= nowMs)
    for (const { revoked } of expired.slice(-REVOKED_MAX)) this.#untilMs.delete(revoked)
    return expired.length > 0
  }

  /** All marks, those that last longest first. */
  held(): Revoked[] {
    const held = Array.from(this.#untilMs, ([revoked, until]) => ({ revoked, until }))
    return held.sort((a, b) => b.until - a.until)
  }
}
