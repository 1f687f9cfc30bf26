import type { Message } from '../../adapters/pubsub/pubsub.ts'
import { TimingWheel } from '../../engine/timing-wheel.ts'
import { encodePublish } from '../../protocol/mqtt/encode-server.ts'
import { isTopicName } from '../../protocol/mqtt/topic-filter.ts'
import { Connection } from './connection.ts'
import { type EdgeCounters, zeroCounters } from './counters.ts'
import { type Goodbye, STOPPING } from './goodbye.ts'
import { EDGE_LIMITS, type EdgeLimits } from './limits.ts'
import { LoopFanOut } from './loop-fan-out.ts'
import type { RelayRule } from './relay.ts'
import { SlowWatch } from './slow-watch.ts'
import { showOf, type Topic, Topics } from './topics.ts'
import type { FanOut, Transport } from './transport.ts'

/** How late a keep-alive or a slow socket is noticed. */
export const TICK_MS = 500
/** A turn of the wheel is longer than one and a half of the longest keep-alive we grant. */
const WHEEL_SLOTS = 2048

export interface HubOptions {
  now: () => number
  showExists: (show: string) => boolean
  /** Rejects where a CONNECT's password is not a good token. Default: passwords are not looked at. */
  verify?: ((token: string) => Promise<unknown>) | undefined
  /** Who may hear every show, to pass it on. Default: nobody. */
  isRelay?: RelayRule
  limits?: Partial<EdgeLimits>
  newClientId?: () => string
}

/** The connections of an edge and the topics they wait for. Has no socket and no timer of its own. */
export class Hub {
  readonly limits: EdgeLimits
  readonly counters: EdgeCounters = zeroCounters()
  readonly topics: Topics
  readonly loop: LoopFanOut
  /** Transports with native topics add theirs. */
  readonly fanOuts: FanOut[]
  readonly wheel: TimingWheel<Connection>
  readonly slow: SlowWatch
  readonly connections = new Set<Connection>()
  readonly now: () => number
  readonly newClientId: () => string
  readonly showExists: (show: string) => boolean
  readonly verify: ((token: string) => Promise<unknown>) | undefined
  readonly isRelay: RelayRule
  /** Nobody is taken: another process has what is new. */
  standby = false
  #lookedForSlow = false

  constructor({
    now,
    showExists,
    verify,
    isRelay = () => false,
    limits = {},
    newClientId = () => crypto.randomUUID(),
  }: HubOptions) {
    this.limits = { ...EDGE_LIMITS, ...limits }
    this.topics = new Topics(this.limits)
    this.loop = new LoopFanOut(this)
    this.fanOuts = [this.loop]
    this.wheel = new TimingWheel({ tickMs: TICK_MS, slots: WHEEL_SLOTS, now: now() })
    this.slow = new SlowWatch(this.limits)
    this.now = now
    this.newClientId = newClientId
    this.showExists = showExists
    this.verify = verify
    this.isRelay = isRelay
  }

  connect(transport: Transport): Connection {
    return new Connection(this, transport)
  }

  /**
   * Hands a message to everybody who waits for its topic and keeps it where it is to be retained. Returns the topic;
   * undefined for a message that was dropped: not of a show, or over a limit.
   */
  publish({ topic: name, payload, retain }: Message): Topic | undefined {
    this.counters.messages++
    const topic = payload.length > this.limits.messageBytesMax ? undefined : this.#topic(name)
    if (topic === undefined) {
      this.counters.messagesDropped++
      return undefined
    }
    if (retain) this.topics.keep(topic, payload)
    const plain = { topic: name, payload, retain: false }
    this.#broadcast(topic.channel('4'), () => encodePublish(4, plain))
    this.#broadcast(topic.channel('5'), () => encodePublish(5, plain))
    this.#broadcast(topic.channel('5r'), () => encodePublish(5, { ...plain, retain }))
    return topic
  }

  #topic(name: string): Topic | undefined {
    const known = this.topics.get(name)
    if (known) return known
    const show = name.length <= this.limits.filterLengthMax && isTopicName(name) ? showOf(name) : undefined
    const topic = show === undefined ? undefined : this.topics.add(name, show)
    // It speaks for the first time: those whose filters match it begin to wait for it.
    if (topic) for (const listener of this.topics.listeners(topic)) listener.tune(name)
    return topic
  }

  /** Encodes only what somebody hears, and once. */
  #broadcast(channel: string, encode: () => Uint8Array<ArrayBuffer>): void {
    let bytes: Uint8Array<ArrayBuffer> | undefined
    for (const fanOut of this.fanOuts) {
      if (!fanOut.hears(channel)) continue
      bytes ??= encode()
      fanOut.publish(channel, bytes)
    }
  }

  /** To be called every `TICK_MS`: ends what was silent or slow for too long. */
  tick(): void {
    const now = this.now()
    this.#lookedForSlow = false
    for (const connection of this.wheel.advance(now)) connection.wake(now)
    for (const connection of this.slow.keys()) this.slow.look(connection, now)
  }

  /** Looks at every socket's backlog, at most once a tick: a fan-out skipped some and does not know which. */
  lookForSlow(): void {
    if (this.#lookedForSlow) return
    this.#lookedForSlow = true
    const now = this.now()
    for (const connection of this.connections) this.slow.look(connection, now)
  }

  /** Says goodbye to every connection, in slices, so that the last packets of the others still go out. */
  *close(slice: number, why: Goodbye = STOPPING): Generator<void> {
    let left = slice
    for (const connection of this.connections) {
      connection.end(why)
      if (--left > 0) continue
      left = slice
      yield
    }
  }
}
