/** Up to this size a list is searched as quickly. */
const FEW = 8

/**
 * A map for many owners with few entries each: a list up to `FEW` entries, a `Map` beyond. An entry of a list takes 16 bytes, one
 * of a `Map` some 50.
 */
export class SmallMap<Key, Value> {
  /** A list holds each key before its value. */
  #entries: (Key | Value)[] | Map<Key, Value> | undefined

  get size(): number {
    const entries = this.#entries
    if (entries === undefined) return 0
    return entries instanceof Map ? entries.size : entries.length / 2
  }

  get(key: Key): Value | undefined {
    const entries = this.#entries
    if (entries === undefined) return undefined
    if (entries instanceof Map) return entries.get(key)
    const at = placeOf(key, entries)
    return at === undefined ? undefined : (entries[at + 1] as Value)
  }

  set(key: Key, value: Value): void {
    const entries = this.#entries ?? []
    if (entries instanceof Map) {
      entries.set(key, value)
      return
    }
    const at = placeOf(key, entries)
    if (at !== undefined) entries[at + 1] = value
    // A new list has no room to spare, which one that was pushed to has.
    else if (entries.length < 2 * FEW) this.#entries = [...entries, key, value]
    else this.#entries = new Map(this).set(key, value)
  }

  /** Returns whether it was present. */
  delete(key: Key): boolean {
    const entries = this.#entries
    if (entries === undefined) return false
    if (entries instanceof Map) return entries.delete(key)
    const at = placeOf(key, entries)
    if (at !== undefined) entries.splice(at, 2)
    return at !== undefined
  }

  /** In insertion order. */
  *[Symbol.iterator](): Generator<[Key, Value]> {
    const entries = this.#entries ?? []
    if (entries instanceof Map) yield* entries
    else for (let at = 0; at < entries.length; at += 2) yield [entries[at] as Key, entries[at + 1] as Value]
  }
}

function placeOf<Key>(key: Key, entries: readonly unknown[]): number | undefined {
  for (let at = 0; at < entries.length; at += 2) if (entries[at] === key) return at
  return undefined
}
