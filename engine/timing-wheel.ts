/**
 * Wakes items when they are due, for a great many items that hardly ever are: keep-alives. Pure: the caller supplies
 * the time. Setting and cancelling cost the same however many items wait.
 *
 * ```
 * slots   [0][1][2]…[n-1]      one slot a tick; the hand passes each slot once a turn
 *               ▲ hand
 * ```
 *
 * An item wakes at most one tick after it is due. One that is due later than a whole turn wakes at the turn's end, so the
 * owner checks the time itself and sets the item again: the same check that lets a keep-alive move without touching
 * the wheel at every packet.
 */
export class TimingWheel<Item> {
  readonly #tickMs: number
  readonly #slots: Set<Item>[]
  #hand: number

  /** @param options.tickMs How late an item may wake. @param options.slots Ticks in a turn. @param options.now The time, milliseconds. */
  constructor({ tickMs, slots, now }: { tickMs: number; slots: number; now: number }) {
    this.#tickMs = tickMs
    this.#slots = Array.from({ length: slots }, () => new Set())
    this.#hand = Math.floor(now / tickMs)
  }

  /** Sets `item` to wake at `dueMs`. Returns the slot that `cancel` needs. An item stands in one slot at a time. */
  set(item: Item, dueMs: number): number {
    const ticksAhead = Math.ceil(dueMs / this.#tickMs) - this.#hand
    const slot = (this.#hand + Math.min(Math.max(ticksAhead, 1), this.#slots.length)) % this.#slots.length
    this.#slots[slot]!.add(item)
    return slot
  }

  cancel(item: Item, slot: number): void {
    this.#slots[slot]!.delete(item)
  }

  /** Removes and returns the items due by `now`, in slot order. After a long pause every item wakes at most once. */
  advance(now: number): Item[] {
    const due: Item[] = []
    const target = Math.floor(now / this.#tickMs)
    const from = Math.max(this.#hand + 1, target - this.#slots.length + 1)
    for (let tick = from; tick <= target; tick++) {
      const slot = this.#slots[tick % this.#slots.length]!
      // Pushed one by one: the runtime cannot spread a great many arguments.
      for (const item of slot) due.push(item)
      slot.clear()
    }
    this.#hand = Math.max(this.#hand, target)
    return due
  }
}
