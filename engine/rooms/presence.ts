import { PRESENCE_HOLDS_MS } from '../../protocol/limits.ts'

/** The present members of a room: those who reported within `PRESENCE_HOLDS_MS`. */
export class Presence {
  readonly #seenMs = new Map<string, number>()

  get size(): number {
    return this.#seenMs.size
  }

  /** Returns whether the viewer was absent before. */
  see(viewer: string, now: number): boolean {
    const isNew = !this.#seenMs.has(viewer)
    this.#seenMs.set(viewer, now)
    return isNew
  }

  /** Returns whether the viewer was present. */
  forget(viewer: string): boolean {
    return this.#seenMs.delete(viewer)
  }

  /** Forgets those who have been silent too long. Returns whether there were any. */
  sweep(now: number): boolean {
    const before = this.#seenMs.size
    for (const [viewer, seenMs] of this.#seenMs)
      if (now - seenMs >= PRESENCE_HOLDS_MS) this.#seenMs.delete(viewer)
    return this.#seenMs.size < before
  }

  has(viewer: string): boolean {
    return this.#seenMs.has(viewer)
  }
}
