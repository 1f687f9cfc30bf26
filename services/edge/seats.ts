/** Empty seats that are left between the others before those move up, beside as many as are taken. */
const EMPTY_MAX = 64

/**
 * Who listens to one channel, in the order in which they came. They stand in a list, so that a walk over thousands of them, a
 * packet after the other, touches nothing but them. Whoever leaves leaves an empty seat.
 */
export class Seats<Listener> {
  readonly channel: string
  listeners: (Listener | undefined)[] = []
  /** Of each seat: the serial after which its listener came. It only grows along the seats. */
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

  /** Returns whether it is new here. @param serial Not below that of who came before. */
  add(listener: Listener, serial: number): boolean {
    if (this.#seatOf.has(listener)) return false
    this.#seatOf.set(listener, this.listeners.length)
    this.listeners.push(listener)
    this.joinedAfter.push(serial)
    return true
  }

  /** Returns whether it was there. */
  delete(listener: Listener): boolean {
    const seat = this.#seatOf.get(listener)
    if (seat === undefined) return false
    this.#seatOf.delete(listener)
    this.listeners[seat] = undefined
    this.#moveUp()
    return true
  }

  /** While somebody walks along the seats, whoever sits there stays. */
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
