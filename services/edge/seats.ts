/** Empty seats, beyond the number of taken ones, before the list is compacted. */
const EMPTY_MAX = 64

/**
 * The listeners of one channel in order of arrival. They are in a list, so that walking over thousands of them for each packet
 * touches nothing else. A listener that leaves leaves an empty seat.
 */
export class Seats<Listener> {
  readonly channel: string
  listeners: (Listener | undefined)[] = []
  /** For each seat, the serial after which its listener joined. Ascending. */
  joinedAfter: number[] = []
  readonly #seatOf = new Map<Listener, number>()
  #walked = false

  constructor(channel: string) {
    this.channel = channel
  }

  get size(): number {
    return this.#seatOf.size
  }

  has(listener: Listener): boolean {
    return this.#seatOf.has(listener)
  }

  /** Returns whether it is new here. @param serial Not below an earlier one. */
  add(listener: Listener, serial: number): boolean {
    if (this.#seatOf.has(listener)) return false
    this.#seatOf.set(listener, this.listeners.length)
    this.listeners.push(listener)
    this.joinedAfter.push(serial)
    return true
  }

  /** Returns whether it was present. */
  delete(listener: Listener): boolean {
    const seat = this.#seatOf.get(listener)
    if (seat === undefined) return false
    this.#seatOf.delete(listener)
    this.listeners[seat] = undefined
    this.#moveUp()
    return true
  }

  /** While a walk is in progress seats do not move. */
  set walked(walked: boolean) {
    this.#walked = walked
    this.#moveUp()
  }

  #moveUp(): void {
    if (this.#walked || this.listeners.length <= 2 * this.size + EMPTY_MAX) return
    const [listeners, joinedAfter] = [this.listeners, this.joinedAfter]
    this.listeners = []
    this.joinedAfter = []
    for (const [seat, listener] of listeners.entries()) {
      if (listener === undefined) continue
      this.#seatOf.set(listener, this.listeners.length)
      this.listeners.push(listener)
      this.joinedAfter.push(joinedAfter[seat]!)
    }
  }
}
