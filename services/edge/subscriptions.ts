import type { Subscription } from '../../protocol/mqtt/decode-client.ts'
import { hasWildcard } from '../../protocol/mqtt/topic-filter.ts'
import type { MqttVersion } from '../../protocol/mqtt/wire.ts'
import type { Connection } from './connection.ts'
import { channelOf, type Dialect, scopeOf, type Topic, type Tuner, type WildcardFilter } from './topics.ts'

interface Held {
  filter: string
  retainAsPublished: boolean
  /** Absent for a filter without wildcards: it is a topic itself. */
  wildcard: WildcardFilter | undefined
}

const DIALECTS: Record<MqttVersion, Dialect[]> = { 4: ['4'], 5: ['5', '5r'] }

/** More than a PUBLISH has around its payload: the topic, at most `filterLengthMax` characters, and some bytes. */
const PUBLISH_HEAD_BYTES_MAX = 1024

/**
 * The filters of one connection. A connection waits for topics, not for filters: each topic at most once, so filters
 * that overlap bring one packet [MQTT-3.3.5-1]. A filter without wildcards waits for its topic before it ever spoke; a
 * wildcard filter waits with `Topics` for those that will.
 */
export class Subscriptions implements Tuner {
  readonly #connection: Connection
  #held: Held[] = []

  constructor(connection: Connection) {
    this.#connection = connection
  }

  get count(): number {
    return this.#held.length
  }

  has(filter: string): boolean {
    return this.#held.some((held) => held.filter === filter)
  }

  /** Adds or replaces a subscription [MQTT-3.8.4-3] and returns the topics it matches that have spoken. */
  add({ filter, retainAsPublished }: Subscription): Topic[] {
    const { topics } = this.#connection.hub
    this.#held = this.#held.filter((held) => held.filter !== filter)
    const wildcard = hasWildcard(filter) ? topics.listen(filter, scopeOf(filter), this) : undefined
    this.#held.push({ filter, retainAsPublished, wildcard })
    return this.#tuneAll(filter, wildcard)
  }

  /** Returns whether there was such a subscription. */
  remove(filter: string): boolean {
    const held = this.#held.find((each) => each.filter === filter)
    if (held === undefined) return false
    this.#held = this.#held.filter((each) => each !== held)
    if (held.wildcard) this.#connection.hub.topics.forget(filter, scopeOf(filter), this)
    this.#tuneAll(filter, held.wildcard)
    return true
  }

  clear(): void {
    const { topics } = this.#connection.hub
    for (const { filter, wildcard } of this.#held) {
      if (wildcard) topics.forget(filter, scopeOf(filter), this)
    }
    this.#held = []
  }

  #tuneAll(filter: string, wildcard: WildcardFilter | undefined): Topic[] {
    const { topics } = this.#connection.hub
    if (wildcard === undefined) {
      this.tune(filter)
      const topic = topics.get(filter)
      return topic ? [topic] : []
    }
    const matching = [...topics.of(scopeOf(filter))].filter(({ name }) => wildcard.matches(name))
    for (const { name } of matching) this.tune(name)
    return matching
  }

  /** Waits for the topic in the one dialect that the filters ask for, or no longer. */
  tune(topic: string): void {
    const wanted = this.#dialectFor(topic)
    for (const dialect of DIALECTS[this.#connection.version]) {
      if (dialect === wanted) this.#subscribe(channelOf(dialect, topic))
      else this.#unsubscribe(channelOf(dialect, topic))
    }
  }

  #dialectFor(topic: string): Dialect | undefined {
    const matching = this.#held.filter(({ filter, wildcard }) =>
      wildcard ? wildcard.matches(topic) : filter === topic,
    )
    if (matching.length === 0) return undefined
    if (this.#connection.version === 4) return '4'
    return matching.some(({ retainAsPublished }) => retainAsPublished) ? '5r' : '5'
  }

  /** Undefined also for a client that takes only small packets: each one's length must be looked at. */
  get #native() {
    const { packetBytesMax, transport, hub } = this.#connection
    return packetBytesMax < hub.limits.messageBytesMax + PUBLISH_HEAD_BYTES_MAX ? undefined : transport.native
  }

  #subscribe(channel: string): void {
    if (this.#native) this.#native.subscribe(channel)
    else this.#connection.hub.loop.subscribe(channel, this.#connection)
  }

  #unsubscribe(channel: string): void {
    if (this.#native) this.#native.unsubscribe(channel)
    else this.#connection.hub.loop.unsubscribe(channel, this.#connection)
  }
}
