import { isId } from '../../protocol/ids.ts'
import { encodePublish } from '../../protocol/mqtt/encode-server.ts'
import { topicMatcher } from '../../protocol/mqtt/topic-filter.ts'
import type { MqttVersion } from '../../protocol/mqtt/wire.ts'
import { RELAY_FILTER, TOPIC_ROOT } from '../../protocol/topics.ts'

/**
 * In which bytes a connection hears a topic: MQTT 3.1.1, MQTT 5, or MQTT 5 with the RETAIN flag kept as it was
 * published [MQTT-3.3.1-13]. All connections of one dialect share one buffer.
 */
export type Dialect = '4' | '5' | '5r'

/** The name under which sockets of one dialect wait for a topic. */
export const channelOf = (dialect: Dialect, topic: string): string => `${dialect} ${topic}`

/** The show a topic belongs to; undefined for a topic that is not one of a show's. */
export function showOf(topic: string): string | undefined {
  const [root, show, rest] = topic.split('/', 3)
  return root === TOPIC_ROOT && show !== '' && rest !== undefined ? show : undefined
}

const EVERY_SHOW = ''

/** The show whose topics an admitted filter can match, or every show. */
export const scopeOf = (filter: string): string => showOf(filter) ?? EVERY_SHOW

/** A topic that has spoken. Its bytes are made once a message and dialect, and only where somebody hears them. */
export class Topic {
  readonly name: string
  readonly show: string
  /** The retained value. */
  value: Uint8Array | undefined
  readonly #channels: Record<Dialect, string>
  #retained4: Uint8Array | undefined
  #retained5: Uint8Array | undefined

  constructor(name: string, show: string) {
    this.name = name
    this.show = show
    this.#channels = { '4': channelOf('4', name), '5': channelOf('5', name), '5r': channelOf('5r', name) }
  }

  channel(dialect: Dialect): string {
    return this.#channels[dialect]
  }

  keep(payload: Uint8Array): void {
    this.value = payload.length > 0 ? payload : undefined
    this.#retained4 = undefined
    this.#retained5 = undefined
  }

  /** The retained value as a new subscriber gets it, with RETAIN set [MQTT-3.3.1-8]; undefined where there is none. */
  retained(version: MqttVersion): Uint8Array | undefined {
    if (this.value === undefined) return undefined
    const message = { topic: this.name, payload: this.value, retain: true }
    if (version === 4) {
      this.#retained4 ??= encodePublish(4, message)
      return this.#retained4
    }
    this.#retained5 ??= encodePublish(5, message)
    return this.#retained5
  }
}

/** A filter with wildcards that at least one connection holds. */
export interface WildcardFilter {
  readonly filter: string
  readonly matches: (topic: string) => boolean
  readonly listeners: Set<Tuner>
}

/** Somebody with a wildcard filter: hears of each topic that speaks for the first time and matches it. */
export interface Tuner {
  tune(topic: string): void
}

/**
 * The topics that have spoken and the wildcard filters that wait for more, both by show, so that a new subscriber or a
 * new topic only looks at its own show.
 */
export class Topics {
  readonly #topicsMax: number
  readonly #topics = new Map<string, Topic>()
  readonly #byShow = new Map<string, Set<Topic>>()
  #heardShow = false
  /** Topics without a retained value, oldest first: what can be forgotten. */
  readonly #fleeting = new Set<Topic>()
  readonly #wildcards = new Map<string, Map<string, WildcardFilter>>()

  /**
   * @param options.topicsMax At the bound the oldest topic without a retained value is forgotten; when it speaks again
   * it is matched again. Where all have values, a new one is not taken.
   */
  constructor({ topicsMax }: { topicsMax: number }) {
    this.#topicsMax = topicsMax
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  /** Adds a topic that speaks for the first time; undefined at the bound. */
  add(name: string, show: string): Topic | undefined {
    if (this.#topics.size >= this.#topicsMax && !this.#forgetOne()) return undefined
    const topic = new Topic(name, show)
    this.#topics.set(name, topic)
    this.#fleeting.add(topic)
    this.#heardShow ||= isId(show)
    const ofShow = this.#byShow.get(show)
    if (ofShow) ofShow.add(topic)
    else this.#byShow.set(show, new Set([topic]))
    return topic
  }

  /** Keeps the topic's retained value; an empty payload removes it. [MQTT-3.3.1-10] */
  keep(topic: Topic, payload: Uint8Array): void {
    topic.keep(payload)
    if (topic.value === undefined) this.#fleeting.add(topic)
    else this.#fleeting.delete(topic)
  }

  /** Whether a topic of the show has spoken and is remembered; before any show has, each one may be there. */
  mayHaveShow(show: string): boolean {
    return this.#byShow.has(show) || !this.#heardShow
  }

  /** The topics of a show, or of every show, that have spoken. */
  of(show: string): Iterable<Topic> {
    return show === EVERY_SHOW ? this.#topics.values() : (this.#byShow.get(show) ?? [])
  }

  /** Those whose wildcard filters match a topic. */
  *listeners({ name, show }: Topic): Generator<Tuner> {
    for (const scope of [show, EVERY_SHOW]) {
      for (const { matches, listeners } of this.#wildcards.get(scope)?.values() ?? []) {
        if (matches(name)) yield* listeners
      }
    }
  }

  listen(filter: string, show: string, listener: Tuner): WildcardFilter {
    const ofShow = this.#wildcards.get(show) ?? new Map<string, WildcardFilter>()
    this.#wildcards.set(show, ofShow)
    const known = ofShow.get(filter) ?? { filter, matches: wildcardMatcher(filter), listeners: new Set() }
    ofShow.set(filter, known)
    known.listeners.add(listener)
    return known
  }

  forget(filter: string, show: string, listener: Tuner): void {
    const ofShow = this.#wildcards.get(show)
    const known = ofShow?.get(filter)
    if (ofShow === undefined || known === undefined) return
    known.listeners.delete(listener)
    if (known.listeners.size === 0) ofShow.delete(filter)
    if (ofShow.size === 0) this.#wildcards.delete(show)
  }

  #forgetOne(): boolean {
    for (const topic of this.#fleeting) {
      this.#fleeting.delete(topic)
      this.#topics.delete(topic.name)
      const ofShow = this.#byShow.get(topic.show)
      ofShow?.delete(topic)
      if (ofShow?.size === 0) this.#byShow.delete(topic.show)
      return true
    }
    return false
  }
}

/** Rooms are heard by those who name them: a viewer's wildcard must not list the watch parties of a show. */
function wildcardMatcher(filter: string): (topic: string) => boolean {
  const matches = topicMatcher(filter)
  if (filter === RELAY_FILTER) return matches
  return (topic) => topic.split('/', 3)[2] !== 'rooms' && matches(topic)
}
