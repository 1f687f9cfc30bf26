import type { SmallMap } from '../../engine/small-map.ts'

/** Empty seats, beyond the number of taken ones, before the list is compacted. */
const EMPTY_MAX = 64

/** A listener keeps its own seats: maps by listener, one for each channel, take more memory than all else here. */
export interface Seated<Listener extends Seated<Listener>> {
  readonly seats: SmallMap<Seats<Listener>, number>
  /** Of its socket; 0: it has none to which a broadcast may go without it. */
  readonly fd: number
}

/** The seats that were taken at some moment, up to `end`: those who came later have none of them, wherever seats move. */
export interface Span {
  end: number
}

/**
 * The listeners of one channel in order of arrival. They are in a list, so that walking over thousands of them for each packet
 * touches nothing else. A listener that leaves leaves an empty seat.
 */
export class Seats<Listener extends Seated<Listener>> {
  readonly channel: string
  listeners: (Listener | undefined)[] = []
  /** Of the listeners, in the same order; 0 for an empty seat. */
  fds: number[] = []
  /** In the order in which they were asked for, so that their ends ascend. */
  readonly #spans = new Set<Span>()
  #size = 0
  #walked = false

  constructor(channel: string) {
    this.channel = channel
  }

  get size(): number {
    return this.#size
  }

  has(listener: Listener): boolean {
    return listener.seats.get(this) !== undefined
  }

  /** Returns whether it is new here. */
  add(listener: Listener): boolean {
    if (this.has(listener)) return false
    this.#seat(listener)
    this.#size++
    return true
  }

  #seat(listener: Listener): void {
    listener.seats.set(this, this.listeners.length)
    this.listeners.push(listener)
    this.fds.push(listener.fd)
  }

  /** Of those who are here now, until it is forgotten: one for each broadcast that waits, and none for each listener. */
  span(): Span {
    const span = { end: this.listeners.length }
    this.#spans.add(span)
    return span
  }

  forget(span: Span): void {
    this.#spans.delete(span)
  }

  /** Returns whether it was present. */
  delete(listener: Listener): boolean {
    const seat = listener.seats.get(this)
    if (seat === undefined) return false
    listener.seats.delete(this)
    this.listeners[seat] = undefined
    this.fds[seat] = 0
    this.#size--
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
    const { listeners } = this
    this.listeners = []
    this.fds = []
    const spans = this.#spans.values()
    let span = spans.next().value
    for (const [seat, listener] of listeners.entries()) {
      for (; span?.end === seat; span = spans.next().value) span.end = this.listeners.length
      if (listener !== undefined) this.#seat(listener)
    }
    for (; span; span = spans.next().value) span.end = this.listeners.length
  }
}
