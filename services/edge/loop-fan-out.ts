import type { EdgeCounters } from './counters.ts'
import type { FanOut } from './transport.ts'

/** Somebody who takes broadcasts one call at a time. */
export interface Listener {
  /** Takes the bytes or skips them, and counts which. */
  deliver(bytes: Uint8Array): void
}

interface Job {
  /** The broadcast's place in the order. */
  serial: number
  /** Who listens, with the serial after which they came. */
  listeners: IterableIterator<[Listener, number]>
  bytes: Uint8Array
}

/** Deliveries between two looks at everything else: accepts and pings wait no longer than this takes, some milliseconds. */
const SLICE = 500
/** Broadcasts that wait while one is handed out. At the bound the oldest is skipped: it is the one closest to being outdated. */
const JOBS_MAX = 256

/**
 * Hands one buffer to many listeners, for sockets that have no native topics: TCP, and clients that take only small
 * packets. Broadcasts are handed out in their order, a slice at a time. Who joins meanwhile hears none of those that
 * wait: the retained value it got is newer.
 */
export class LoopFanOut implements FanOut {
  readonly #counters: EdgeCounters
  readonly #yieldThen: (resume: () => void) => void
  readonly #channels = new Map<string, Map<Listener, number>>()
  readonly #joined = new Map<Listener, Set<string>>()
  readonly #jobs: Job[] = []
  #serial = 0
  #running = false

  /** @param options.yieldThen Calls back after other work had its turn. Default: `setImmediate`. */
  constructor({
    counters,
    yieldThen = setImmediate,
  }: { counters: EdgeCounters; yieldThen?: (resume: () => void) => void }) {
    this.#counters = counters
    this.#yieldThen = yieldThen
  }

  subscribe(channel: string, listener: Listener): void {
    const listeners = this.#channels.get(channel) ?? new Map<Listener, number>()
    if (listeners.has(listener)) return
    this.#channels.set(channel, listeners.set(listener, this.#serial))
    const channels = this.#joined.get(listener)
    if (channels) channels.add(channel)
    else this.#joined.set(listener, new Set([channel]))
  }

  unsubscribe(channel: string, listener: Listener): void {
    const listeners = this.#channels.get(channel)
    if (!listeners?.delete(listener)) return
    if (listeners.size === 0) this.#channels.delete(channel)
    this.#joined.get(listener)?.delete(channel)
  }

  leave(listener: Listener): void {
    for (const channel of this.#joined.get(listener) ?? []) this.unsubscribe(channel, listener)
    this.#joined.delete(listener)
  }

  hears(channel: string): boolean {
    return this.#channels.has(channel)
  }

  publish(channel: string, bytes: Uint8Array): void {
    const listeners = this.#channels.get(channel)
    if (listeners === undefined) return
    if (this.#jobs.length >= JOBS_MAX) {
      // The first is in hand, half of its listeners have it.
      const [skipped] = this.#jobs.splice(1, 1)
      for (const _ of skipped!.listeners) this.#counters.skipped++
    }
    this.#jobs.push({ serial: ++this.#serial, listeners: listeners.entries(), bytes })
    if (!this.#running) this.#run()
  }

  #run(): void {
    this.#running = true
    let left = SLICE
    for (let job = this.#jobs[0]; job !== undefined; job = this.#jobs[0]) {
      left = this.#handOut(job, left)
      if (left === 0) {
        this.#yieldThen(() => this.#run())
        return
      }
      this.#jobs.shift()
    }
    this.#running = false
  }

  /** Returns how much of the slice is left; 0: the job may not be at its end. */
  #handOut({ serial, listeners, bytes }: Job, slice: number): number {
    for (let left = slice; left > 0; left--) {
      const { done, value } = listeners.next()
      if (done) return left
      const [listener, joinedAfter] = value
      if (joinedAfter < serial) listener.deliver(bytes)
    }
    return 0
  }
}
