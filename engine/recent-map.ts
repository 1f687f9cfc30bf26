/**
 * A bounded map of the entries set last. It holds at least the newest `max / 2` entries and at most `max`, and forgets in
 * halves:
 *
 * ```
 * set ─▶ young ── full ─▶ old ── the next is full ─▶ forgotten, all at once
 *          ▲               │
 *          └── set again ──┘
 * ```
 *
 * Deleting the oldest entry of a plain `Map` at each insertion costs tens of microseconds once it is full: an iterator
 * walks over everything that was deleted before it comes to the first entry that is left.
 */
export class RecentMap<Key, Value> {
  readonly #halfMax: number
  #young = new Map<Key, Value>()
  #old = new Map<Key, Value>()

  /** @param max Entries, at least 2. */
  constructor(max: number) {
    this.#halfMax = Math.max(1, Math.floor(max / 2))
  }

  get(key: Key): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  /** Sets an entry and makes it the newest. */
  set(key: Key, value: Value): void {
    this.#young.set(key, value)
    if (this.#young.size < this.#halfMax) return
    this.#old = this.#young
    this.#young = new Map()
  }
}
