import type { EdgeCounters } from './counters.ts'
import { frameOf } from './framed-transport.ts'
import { type Seated, Seats, type Span } from './seats.ts'
import { DIRECT, directTo, sendNow } from './send-now.ts'
import type { Broadcast, FanOut } from './transport.ts'

/** A receiver of broadcasts, one call at a time. */
export interface Listener extends Seated<Listener> {
  /** Sends the bytes or skips them. Returns whether it sent them. @param taken What its socket has taken of them already. */
  deliver(broadcast: Broadcast, taken: number): boolean
}

interface Job {
  broadcast: Broadcast
  seats: Seats<Listener>
  /** Of those who were there when it was published. */
  span: Span
}

/** Deliveries before yielding: accepts and pings wait no longer than these take, some milliseconds. */
const SLICE = 500
/**
 * Waiting broadcasts that are no topic's value. Beyond it the oldest is skipped: it is the closest to being outdated. Values are
 * bounded by the number of topics, and one is only skipped for a newer one.
 */
const UNRETAINED_MAX = 256

/**
 * Sends one buffer to many listeners, for sockets without native channels: TCP, event streams, and clients that accept only small
 * packets. Broadcasts go out in order, a slice at a time. Of a retained topic only the newest waits: if packets come faster than
 * they can be sent, every listener skips some and none is late. A new listener receives none of the waiting ones: the retained
 * value that it got is newer.
 */
export class LoopFanOut implements FanOut {
  readonly #counters: EdgeCounters
  readonly #yieldThen: (resume: () => void) => void
  readonly #channels = new Map<string, Seats<Listener>>()
  /** The first one is in progress. */
  readonly #jobs: Job[] = []
  /** Jobs behind the first that a newer value of their topic may replace, by channel. */
  readonly #replaceable = new Map<string, Job>()
  /** The next seat of the job in progress; undefined before its first one. */
  #seat: number | undefined
  #unretained = 0
  #running = false

  /** @param options.yieldThen Calls back after other work had its turn. */
  constructor({ counters, yieldThen }: { counters: EdgeCounters; yieldThen: (resume: () => void) => void }) {
    this.#counters = counters
    this.#yieldThen = yieldThen
  }

  subscribe(channel: string, listener: Listener): void {
    const seats = this.#channels.get(channel) ?? new Seats(channel)
    if (!seats.add(listener)) return
    this.#channels.set(channel, seats)
  }

  unsubscribe(channel: string, listener: Listener): void {
    const seats = this.#channels.get(channel)
    if (seats) this.#part(seats, listener)
  }

  #part(seats: Seats<Listener>, listener: Listener): void {
    if (seats.delete(listener) && seats.size === 0) this.#channels.delete(seats.channel)
  }

  isSubscribed(channel: string, listener: Listener): boolean {
    return this.#channels.get(channel)?.has(listener) ?? false
  }

  leave(listener: Listener): void {
    for (const [seats] of [...listener.seats]) this.#part(seats, listener)
  }

  hears(channel: string): boolean {
    return this.#channels.has(channel)
  }

  publish(broadcast: Broadcast): void {
    const seats = this.#channels.get(broadcast.channel)
    if (seats === undefined) return
    const older = broadcast.retained && this.#replaceable.get(broadcast.channel)
    if (older) {
      this.#counters.skipped += older.seats.size
      older.seats.forget(older.span)
      Object.assign(older, { broadcast, seats, span: seats.span() })
      return
    }
    if (!broadcast.retained && ++this.#unretained > UNRETAINED_MAX) this.#skipOldest()
    const job = { broadcast, seats, span: seats.span() }
    this.#jobs.push(job)
    if (this.#running) {
      if (broadcast.retained) this.#replaceable.set(broadcast.channel, job)
    } else {
      this.#run()
    }
  }

  /** Only among those that wait: half of the listeners have the one in progress. */
  #skipOldest(): void {
    const oldest = this.#jobs.findIndex(({ broadcast }, i) => i > 0 && !broadcast.retained)
    const [skipped] = this.#jobs.splice(oldest, 1)
    this.#unretained--
    skipped!.seats.forget(skipped!.span)
    this.#counters.skipped += skipped!.seats.size
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
      job.seats.forget(job.span)
      job.seats.walked = false
      this.#seat = undefined
      this.#jobs.shift()
      if (!job.broadcast.retained) this.#unretained--
    }
    this.#running = false
  }

  /** Returns how much of the slice is left; 0: the job may be unfinished. */
  #handOut({ broadcast, seats, span }: Job, slice: number): number {
    if (this.#seat === undefined) {
      if (broadcast.retained) this.#replaceable.delete(broadcast.channel)
      seats.walked = true
    }
    const { listeners, fds } = seats
    const { bytes } = broadcast
    let [seat, left, taken, skipped] = [this.#seat ?? 0, slice, 0, 0]
    for (; left > 0 && seat < span.end; seat++, left--) {
      const fd = fds[seat]!
      const how = directTo[fd]
      let sent = 0
      if (how !== DIRECT.no) {
        const wire = how === DIRECT.framed ? frameOf(bytes) : bytes
        sent = sendNow(fd, wire)
        if (sent === wire.length) {
          taken++
          continue
        }
      }
      const listener = listeners[seat]
      if (listener === undefined) continue
      if (listener.deliver(broadcast, sent)) taken++
      else skipped++
    }
    this.#seat = seat
    this.#counters.deliveries += taken
    this.#counters.bytesOut += taken * broadcast.bytes.length
    this.#counters.skipped += skipped
    return left
  }
}
