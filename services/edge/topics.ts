import { messageBytes } from '../../adapters/pubsub/message-bytes.ts'
import { newestBytesMax } from '../../adapters/pubsub/newest-messages.ts'
import type { Message } from '../../adapters/pubsub/pubsub.ts'
import { RecentMap } from '../../engine/recent-map.ts'
import { type Climb, isOver, type News, newsIn } from '../../protocol/forward.ts'
import { isId } from '../../protocol/ids.ts'
import { hasWildcard, levelsMatcher } from '../../protocol/mqtt/topic-filter.ts'
import { feedTopic, RELAY_FILTER, showOf, showTopic, viewersTopic } from '../../protocol/topics.ts'
import { segmentsIn } from '../../protocol/viewers.ts'
import { CHARGES, chargeOfBytes } from './charges.ts'
import { type Dialect, encode, type Form } from './dialects.ts'

/** The name under which sockets of one dialect subscribe to a topic. */
export const channelOf = (dialect: Dialect, topic: string): string => `${dialect} ${topic}`

const EVERY_SHOW = ''

/** The show whose topics an admitted filter can match, or every show. */
export const scopeOf = (filter: string): string => showOf(filter) ?? EVERY_SHOW

/** A topic that has had a message. Its value is encoded once per form, and only if somebody is subscribed. */
export class Topic {
  readonly name: string
  readonly show: string
  readonly levels: readonly string[]
  /** A room is only delivered to subscribers by name: a viewer's wildcard must not list a show's watch parties. */
  readonly isRoom: boolean
  readonly isFeed: boolean
  /** The topic's share of the bytes that `Topics` counts. */
  keptBytes = 0
  /** Messages that wait until all matching subscribers are subscribed; undefined: they are. */
  held: Message[] | undefined
  #value: Message | undefined
  #forms: Partial<Record<Form, Uint8Array<ArrayBuffer>>> = {}
  /** The newest value's position, also after it was removed: nothing older becomes a value again. */
  #place: number | undefined
  #climb: Climb | undefined
  /** The same for the run of its show. */
  #run = 1
  #isRemoved = false

  constructor(name: string, show: string) {
    this.name = name
    this.show = show
    this.levels = name.split('/')
    this.isRoom = this.levels[2] === 'rooms'
    this.isFeed = name === feedTopic(show)
  }

  /** The retained message. [MQTT-3.3.2-5] of v5: an expired one does not count. */
  valueAt(now: number): Message | undefined {
    const expiresMs = this.#value?.properties?.expiresMs
    if (expiresMs !== undefined && expiresMs <= now) this.#set(undefined)
    return this.#value
  }

  /**
   * Keeps a retained message as the value, if it is new; an empty payload removes it [MQTT-3.3.1-10]. `renewed`: the same value
   * with a later expiry.
   * @param showRun The show's current run, if known.
   */
  keep(message: Message, now: number, showRun?: number): News | 'renewed' {
    const value = this.valueAt(now)
    const {
      news,
      place,
      climb,
      run = this.#run,
    } = newsIn(
      this.name,
      message.payload,
      {
        payload: value?.payload,
        place: this.#place,
        climb: this.#climb,
        ...(showRun !== undefined && { showRun }),
        isRemoved: this.#isRemoved,
      },
      now,
    )
    if (news === 'repeated' && value && outlives(message, value)) {
      this.#set(message)
      return 'renewed'
    }
    if (news === 'new') {
      this.#place = place
      this.#climb = climb
      this.#run = run
      this.#isRemoved = message.payload.length === 0
      this.#set(message.payload.length > 0 ? message : undefined)
    }
    return news
  }

  #set(message: Message | undefined): void {
    this.#value = message
    this.#forms = {}
  }

  get run(): number {
    return this.#run
  }

  /** Whether its value has an expiry. */
  get expires(): boolean {
    return this.#value?.properties?.expiresMs !== undefined
  }

  get valueBytes(): number {
    return this.#value === undefined ? 0 : messageBytes(this.#value)
  }

  /** The cost of sending its value. */
  costAt(now: number): number {
    return chargeOfBytes(this.valueAt(now)?.payload.length ?? 0)
  }

  /** The retained message encoded in a form; undefined if there is none. */
  bytes(form: Form, now: number): Uint8Array<ArrayBuffer> | undefined {
    const value = this.valueAt(now)
    if (value === undefined) return undefined
    // The remaining time differs at each moment.
    if (value.properties?.expiresMs !== undefined) return encode(form, value, now)
    this.#forms[form] ??= encode(form, value, now)
    return this.#forms[form]
  }
}

/** Topics checked to make room for one new topic. */
const EXPIRING_LOOKED_AT = 64

/** Names without a message that are known; beyond it the oldest are forgotten, and their next holder has a copy. */
const AWAITED_MAX = 10_000

/** Expiry is in whole seconds: a difference below two is the same message again. */
const RENEWED_FROM_MS = 2_000

function outlives({ properties }: Message, value: Message): boolean {
  const until = value.properties?.expiresMs
  return until !== undefined && (properties?.expiresMs ?? Number.POSITIVE_INFINITY) >= until + RENEWED_FROM_MS
}

/** A topic's retained value, in the form that a session receives. */
export interface Value {
  topic: Topic
  form: Dialect
}

/** A wildcard filter that at least one connection holds. */
export interface WildcardFilter {
  readonly filter: string
  readonly matches: (topic: Topic) => boolean
  readonly listeners: Set<Tuner>
}

/** A holder of a wildcard filter: notified of each topic whose first message matches. */
export interface Tuner {
  tune(topic: Topic): void
}

/**
 * The topics that have had a message, and the wildcard filters that wait for more, both by show, so that a new subscriber or
 * topic only searches its own show.
 */
export class Topics {
  readonly #topicsMax: number
  readonly #bytesMax: number
  /** Bytes of all kept values. An expired one counts until it is next looked up. */
  #bytes = 0
  readonly #topics = new Map<string, Topic>()
  /** Without rooms, which no viewer's wildcard matches. */
  readonly #byShow = new Map<string, Set<Topic>>()
  #heardShow = false
  /** Topics without a retained value, oldest first: the ones that can be forgotten. */
  readonly #withoutRetained = new Set<Topic>()
  /** Topics whose value has an expiry; some may have expired unnoticed. */
  readonly #expiring = new Set<Topic>()
  readonly #wildcards = new Map<string, Map<string, WildcardFilter>>()
  /** Names of topics that had no message when somebody subscribed to them. */
  readonly #awaited = new RecentMap<string, string>(AWAITED_MAX)

  /**
   * @param options.topicsMax At the bound the oldest topic without a retained value, or one whose value has expired, is
   * forgotten; with its next message it is matched again. If all have values, a new topic is refused. It bounds the bytes of all
   * values, too (`newestBytesMax`): beyond them a value is not kept.
   */
  constructor({ topicsMax }: { topicsMax: number }) {
    this.#topicsMax = topicsMax
    this.#bytesMax = newestBytesMax(topicsMax)
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  /** The one text of a topic's name: that of each subscriber's packet would be one copy for each. */
  nameOf(name: string): string {
    const known = this.#topics.get(name)?.name ?? this.#awaited.get(name)
    if (known === undefined) this.#awaited.set(name, name)
    return known ?? name
  }

  /** Adds a topic at its first message; undefined if there is no room. */
  add(name: string, show: string, now: number): Topic | undefined {
    if (this.#topics.size >= this.#topicsMax && !this.#forgetOne(now)) return undefined
    const topic = new Topic(name, show)
    this.#topics.set(name, topic)
    this.#withoutRetained.add(topic)
    this.#heardShow ||= isId(show)
    const ofShow = this.#byShow.get(show) ?? new Set()
    this.#byShow.set(show, ofShow)
    if (!topic.isRoom) ofShow.add(topic)
    return topic
  }

  /** Keeps the topic's retained value if the message is new. `full`: all values together have reached their bound in bytes. */
  keep(topic: Topic, message: Message, now: number): ReturnType<Topic['keep']> | 'full' {
    const bytes = messageBytes(message)
    while (message.payload.length > 0 && this.#bytes - topic.keptBytes + bytes > this.#bytesMax) {
      const expired = this.#expired(now)
      if (expired === undefined) return 'full'
      this.#expiring.delete(expired)
      this.#withoutRetained.add(expired)
      this.#count(expired)
    }
    const news = topic.keep(message, now, this.#topics.get(showTopic(topic.show))?.run)
    if (topic.valueAt(now) === undefined) this.#withoutRetained.add(topic)
    else this.#withoutRetained.delete(topic)
    if (topic.expires) this.#expiring.add(topic)
    else this.#expiring.delete(topic)
    this.#count(topic)
    return news
  }

  #count(topic: Topic): void {
    this.#bytes -= topic.keptBytes
    topic.keptBytes = topic.valueBytes
    this.#bytes += topic.keptBytes
  }

  /** Whether there was a message of any show; messages between edges do not count. */
  get heardShow(): boolean {
    return this.#heardShow
  }

  /** Whether a topic of the show has had a message and is kept. */
  hasShow(show: string): boolean {
    return this.#byShow.has(show)
  }

  /** The show's segments: those that the packet of its viewers names, and those whose mood has been received. */
  *segments(show: string, now: number): Generator<string> {
    const viewers = this.#topics.get(viewersTopic(show))?.valueAt(now)
    if (viewers !== undefined) yield* segmentsIn(viewers.payload)
    for (const { levels } of this.#byShow.get(show) ?? [])
      if (levels[2] === 'mood' && levels.length === 4) yield levels[3]!
  }

  /** The show's topics whose values are obsolete since its packet names this run. */
  *over(show: string, run: number, now: number): Generator<Topic> {
    for (const topic of this.of(show))
      if (isOver(topic.name, topic.run, run) && topic.valueAt(now) !== undefined) yield topic
  }

  /** The topics that a wildcard of this scope is compared with. */
  of(scope: string): Iterable<Topic> {
    return scope === EVERY_SHOW ? this.#topics.values() : (this.#byShow.get(scope) ?? [])
  }

  /** The number of those topics. */
  count(scope: string): number {
    return scope === EVERY_SHOW ? this.#topics.size : (this.#byShow.get(scope)?.size ?? 0)
  }

  /** The cost of a new filter, including the topics that it is compared with. */
  addCost(filter: string): number {
    return CHARGES.changed + this.cost(filter)
  }

  /** The cost of finding what a filter matches. */
  cost(filter: string): number {
    return CHARGES.compared * (hasWildcard(filter) ? this.count(scopeOf(filter)) : 1)
  }

  /**
   * The holders of wildcard filters that match a topic; undefined for each filter that does not, because walking over many takes
   * time, too.
   */
  *listeners(topic: Topic): Generator<Tuner | undefined> {
    for (const scope of topic.isRoom ? [EVERY_SHOW] : [topic.show, EVERY_SHOW]) {
      for (const { matches, listeners } of this.#wildcards.get(scope)?.values() ?? []) {
        if (matches(topic)) yield* listeners
        else yield undefined
      }
    }
  }

  /** A wildcard filter that somebody holds. */
  wildcard(filter: string): WildcardFilter | undefined {
    return this.#wildcards.get(scopeOf(filter))?.get(filter)
  }

  listen(filter: string, listener: Tuner): WildcardFilter {
    const show = scopeOf(filter)
    const ofShow = this.#wildcards.get(show) ?? new Map<string, WildcardFilter>()
    this.#wildcards.set(show, ofShow)
    const known = ofShow.get(filter) ?? { filter, matches: wildcardMatcher(filter), listeners: new Set() }
    ofShow.set(filter, known)
    known.listeners.add(listener)
    return known
  }

  forget({ filter, listeners }: WildcardFilter, listener: Tuner): void {
    listeners.delete(listener)
    if (listeners.size > 0) return
    const show = scopeOf(filter)
    const ofShow = this.#wildcards.get(show)
    ofShow?.delete(filter)
    if (ofShow?.size === 0) this.#wildcards.delete(show)
  }

  #forgetOne(now: number): boolean {
    const [oldest = this.#expired(now)] = this.#withoutRetained
    if (oldest === undefined) return false
    this.#withoutRetained.delete(oldest)
    this.#expiring.delete(oldest)
    this.#topics.delete(oldest.name)
    this.#bytes -= oldest.keptBytes
    this.#byShow.get(oldest.show)?.delete(oldest)
    return true
  }

  /** A topic whose value has expired. Checks some of the candidates, and the next ones on the next call. */
  #expired(now: number): Topic | undefined {
    let left = EXPIRING_LOOKED_AT
    for (const topic of this.#expiring) {
      if (topic.valueAt(now) === undefined) return topic
      if (--left === 0) return undefined
      this.#expiring.delete(topic)
      this.#expiring.add(topic)
    }
    return undefined
  }
}

function wildcardMatcher(filter: string): (topic: Topic) => boolean {
  const matches = levelsMatcher(filter)
  if (filter === RELAY_FILTER) return ({ levels }) => matches(levels)
  return ({ levels, isRoom }) => !isRoom && matches(levels)
}
