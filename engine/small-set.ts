/** Up to this size a list is searched as quickly. */
const FEW = 8

/**
 * A set for many owners with few items each: a list up to `FEW` items, a `Set` beyond. A `Set` of one item takes 250 bytes and
 * one of six 900, and a process has one for each viewer.
 */
export class SmallSet<Item> implements Iterable<Item> {
  #items: Item[] | Set<Item> | undefined

  get size(): number {
    const items = this.#items
    if (items === undefined) return 0
    return items instanceof Set ? items.size : items.length
  }

  has(item: Item): boolean {
    const items = this.#items
    if (items === undefined) return false
    return items instanceof Set ? items.has(item) : items.includes(item)
  }

  add(item: Item): void {
    if (this.#items instanceof Set) this.#items.add(item)
    else if (this.#items === undefined) this.#items = [item]
    else if (this.#items.includes(item)) return
    // A new list has no room to spare, which one that was pushed to has.
    else if (this.#items.length < FEW) this.#items = [...this.#items, item]
    else this.#items = new Set([...this.#items, item])
  }

  /** Returns whether it was present. */
  delete(item: Item): boolean {
    const items = this.#items
    if (items === undefined) return false
    if (items instanceof Set) return items.delete(item)
    const at = items.indexOf(item)
    if (at !== -1) items.splice(at, 1)
    return at !== -1
  }

  clear(): void {
    this.#items = undefined
  }

  /** In insertion order. */
  [Symbol.iterator](): IterableIterator<Item> {
    return (this.#items ?? []).values()
  }
}
