import { SmallSet } from '../../engine/small-set.ts'
import type { EdgeCounters } from './counters.ts'
import type { Broadcast, FanOut } from './transport.ts'

/** Somebody who takes broadcasts one call at a time. */
export interface Listener {
  /** Takes the bytes or skips them, and counts which. */
  deliver(broadcast: Broadcast): void
}

interface Channel {
  name: string
  /** Who listens, with the serial after which they came. */
  listeners: Map<Listener, number>
}

interface Job {
  broadcast: Broadcast
  /** The broadcast's place in the order. */
  serial: number
  /** Who listens, with the serial after which they came. */
  listeners: Map<Listener, number>
}

/** Deliveries between two looks at everything else: accepts and pings wait no longer than this takes, some milliseconds. */
const SLICE = 500
/**
 * Broadcasts that wait and are no topic's value. At the bound the oldest is skipped: it is the one closest to being outdated.
 * Values are bounded by the topics there are, and none is skipped but for a newer one.
 */
const UNRETAINED_MAX = 256

/**
 * Hands one buffer to many listeners, for sockets that have no native channels: TCP, event streams, and clients that take only
 * small packets. Broadcasts are handed out in their order, a slice at a time. Of a retained topic one waits at most, the
 * newest: where packets come faster than they can be handed out, every listener skips some and none is late. Who joins
 * meanwhile receives none of those that wait: the retained value it got is newer.
 */
export class LoopFanOut implements FanOut {
  readonly #counters: EdgeCounters
  readonly #yieldThen: (resume: () => void) => void
  readonly #channels = new Map<string, Channel>()
  readonly #joined = new Map<Listener, SmallSet<Channel>>()
  /** The first is in hand. */
  readonly #jobs: Job[] = []
  /** Jobs behind the first that a newer value of their topic may replace, by channel. */
  readonly #replaceable = new Map<string, Job>()
  #inHand: Iterator<[Listener, number]> | undefined
  #unretained = 0
  #serial = 0
  #running = false

  /** @param options.yieldThen Calls back after other work had its turn. */
  constructor({ counters, yieldThen }: { counters: EdgeCounters; yieldThen: (resume: () => void) => void }) {
    this.#counters = counters
    this.#yieldThen = yieldThen
  }

  subscribe(name: string, listener: Listener): void {
    const channel = this.#channels.get(name) ?? { name, listeners: new Map() }
    if (channel.listeners.has(listener)) return
    this.#channels.set(name, channel)
    channel.listeners.set(listener, this.#serial)
    const joined = this.#joined.get(listener) ?? new SmallSet()
    this.#joined.set(listener, joined)
    joined.add(channel)
  }

  unsubscribe(name: string, listener: Listener): void {
    const channel = this.#channels.get(name)
    if (channel === undefined) return
    this.#joined.get(listener)?.delete(channel)
    this.#part(channel, listener)
  }

  #part({ name, listeners }: Channel, listener: Listener): void {
    if (listeners.delete(listener) && listeners.size === 0) this.#channels.delete(name)
  }

  isSubscribed(name: string, listener: Listener): boolean {
    return this.#channels.get(name)?.listeners.has(listener) ?? false
  }

  leave(listener: Listener): void {
    for (const channel of this.#joined.get(listener) ?? []) this.#part(channel, listener)
    this.#joined.delete(listener)
  }

  hears(channel: string): boolean {
    return this.#channels.has(channel)
  }

  publish(broadcast: Broadcast): void {
    const listeners = this.#channels.get(broadcast.channel)?.listeners
    if (listeners === undefined) return
    const serial = ++this.#serial
    const older = broadcast.retained && this.#replaceable.get(broadcast.channel)
    if (older) {
      this.#counters.skipped += older.listeners.size
      Object.assign(older, { broadcast, serial, listeners })
      return
    }
    if (!broadcast.retained && ++this.#unretained > UNRETAINED_MAX) this.#skipOldest()
    const job = { broadcast, serial, listeners }
    this.#jobs.push(job)
    if (this.#running) {
      if (broadcast.retained) this.#replaceable.set(broadcast.channel, job)
    } else {
      this.#run()
    }
  }

  /** Of those that wait: the first is in hand, half of its listeners have it. */
  #skipOldest(): void {
    const oldest = this.#jobs.findIndex(({ broadcast }, i) => i > 0 && !broadcast.retained)
    const [skipped] = this.#jobs.splice(oldest, 1)
    this.#unretained--
    this.#counters.skipped += skipped!.listeners.size
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
      this.#inHand = undefined
      this.#jobs.shift()
      if (!job.broadcast.retained) this.#unretained--
    }
    this.#running = false
  }

  /** Returns how much of the slice is left; 0: the job may not be at its end. */
  #handOut({ broadcast, serial, listeners }: Job, slice: number): number {
    if (this.#inHand === undefined) {
      this.#inHand = listeners.entries()
      if (broadcast.retained) this.#replaceable.delete(broadcast.channel)
    }
    for (let left = slice; left > 0; left--) {
      const { done, value } = this.#inHand.next()
      if (done) return left
      const [listener, joinedAfter] = value
      if (joinedAfter < serial) listener.deliver(broadcast)
    }
    return 0
  }
}
