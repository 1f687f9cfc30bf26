import { REVOKED_MAX } from '../protocol/limits.ts'
import type { Revoked } from '../protocol/revoked.ts'

/** Several studios may each accept the last one at the same moment: no other process may drop what they accepted. */
const HELD_MAX = 2 * REVOKED_MAX

/**
 * The marks of revoked tokens, each until its token expires. Beyond the bound further ones are ignored: studios refuse long
 * before.
 */
export class RevokedMarks {
  readonly #untilMs = new Map<string, number>()

  get isEmpty(): boolean {
    return this.#untilMs.size === 0
  }

  /** Returns whether this revokes something new, or for longer. */
  take({ revoked, until }: Revoked, nowMs: number): boolean {
    if (until <= nowMs || until <= (this.#untilMs.get(revoked) ?? 0)) return false
    if (!this.#untilMs.has(revoked) && this.#untilMs.size >= HELD_MAX && this.live(nowMs).length >= HELD_MAX)
      return false
    this.#untilMs.set(revoked, until)
    return true
  }

  covers(mark: string, nowMs: number): boolean {
    return (this.#untilMs.get(mark) ?? 0) > nowMs
  }

  /** The marks still in effect; the others are forgotten. */
  live(nowMs: number): Revoked[] {
    for (const [mark, until] of this.#untilMs) if (until <= nowMs) this.#untilMs.delete(mark)
    return Array.from(this.#untilMs, ([revoked, until]) => ({ revoked, until }))
  }
}
