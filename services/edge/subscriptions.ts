import { SmallSet } from '../../engine/small-set.ts'
import { hasWildcard } from '../../protocol/mqtt/topic-filter.ts'
import { CHARGES } from './charges.ts'
import type { Dialect } from './dialects.ts'
import { channelOf, scopeOf, type Topic, type Topics, type Tuner, type WildcardFilter } from './topics.ts'
import type { Watching } from './watching.ts'

/** A receiver of the topics that filters match. */
export interface Hearer {
  /** Whether it is a viewer, and not a relay. */
  readonly isViewer: boolean
  /** The dialect in which it receives a topic, and the one for filters with RETAIN as published. */
  readonly dialects: { plain: Dialect; asPublished: Dialect }
  /** Whether it may receive the topic at all. */
  hears(topic: Topic): boolean
  joinChannel(channel: string): void
  leaveChannel(channel: string): void
  isJoined(channel: string): boolean
}

/** A filter as requested by a client. */
export interface FilterRequest {
  filter: string
  retainAsPublished: boolean
}

/**
 * The filters of one session. A session subscribes to topics, each at most once, so that overlapping filters bring one packet
 * [MQTT-3.3.5-1]. A filter without wildcards subscribes to its topic before the first message; a wildcard filter waits in
 * `Topics` for new topics.
 */
export class Subscriptions implements Tuner {
  readonly #topics: Topics
  readonly #hearer: Hearer
  readonly #watching: Watching
  readonly #held = new SmallSet<string>()
  /** The filters with RETAIN as published. */
  #asPublished: SmallSet<string> | undefined
  /** The filters with wildcards; the others are topics themselves. */
  #wildcards: SmallSet<WildcardFilter> | undefined

  constructor({ topics, watching }: { topics: Topics; watching: Watching }, hearer: Hearer) {
    this.#topics = topics
    this.#watching = watching
    this.#hearer = hearer
  }

  get count(): number {
    return this.#held.size
  }

  has(filter: string): boolean {
    return this.#held.has(filter)
  }

  /** The cost of `add`. */
  addCost(request: FilterRequest): number {
    const { filter } = request
    if (!this.#held.has(filter)) return this.#topics.addCost(filter)
    return this.#isKnown(request) ? CHARGES.named : this.#changeCost(filter)
  }

  /** The cost of `remove`. */
  removeCost(filter: string): number {
    return this.#held.has(filter) ? this.#changeCost(filter) : CHARGES.named
  }

  /** The cost of finding what a filter matches. */
  matchingCost(filter: string): number {
    return this.#topics.cost(filter)
  }

  /** Each of its topics is compared with the remaining wildcard filters. */
  #changeCost(filter: string): number {
    return CHARGES.changed + this.#topics.cost(filter) * (1 + (this.#wildcards?.size ?? 0))
  }

  #isKnown({ filter, retainAsPublished }: FilterRequest): boolean {
    return this.#held.has(filter) && this.#isAsPublished(filter) === retainAsPublished
  }

  /**
   * Adds or replaces a subscription [MQTT-3.8.4-3]. A repeated one is free. Returns the matching topics that have had a message;
   * undefined if they were not searched.
   */
  add(request: FilterRequest): Topic[] | undefined {
    if (this.#isKnown(request)) return undefined
    const { filter, retainAsPublished } = request
    const isHeld = this.#held.has(filter)
    if (retainAsPublished) {
      this.#asPublished ??= new SmallSet()
      this.#asPublished.add(filter)
    } else this.#asPublished?.delete(filter)
    if (isHeld) {
      this.#tuneAll(filter, this.#topics.wildcard(filter))
      return undefined
    }
    if (this.#hearer.isViewer) this.#watching.added(filter, this.#held)
    const wildcard = hasWildcard(filter) ? this.#topics.listen(filter, this) : undefined
    if (wildcard) {
      this.#wildcards ??= new SmallSet()
      this.#wildcards.add(wildcard)
    }
    const matching = wildcard ? this.#spoken(wildcard) : this.#exactly(filter)
    this.#held.add(wildcard?.filter ?? this.#topics.nameOf(filter))
    if (wildcard) for (const { name } of matching) this.#tuneIn(name, retainAsPublished)
    else this.#tuneIn(filter, retainAsPublished)
    return matching
  }

  #isAsPublished(filter: string): boolean {
    return this.#asPublished?.has(filter) ?? false
  }

  /** An additional filter never removes a dialect: the other filters need not be checked. */
  #tuneIn(name: string, retainAsPublished: boolean): void {
    const { plain, asPublished } = this.#hearer.dialects
    if (retainAsPublished) this.#tuneTo(name, asPublished)
    else if (!this.#hearer.isJoined(channelOf(asPublished, name)))
      this.#hearer.joinChannel(channelOf(plain, name))
  }

  /** Returns whether there was such a subscription. */
  remove(filter: string): boolean {
    if (!this.#held.delete(filter)) return false
    this.#asPublished?.delete(filter)
    if (this.#hearer.isViewer) this.#watching.removed(filter, this.#held)
    const wildcard = this.#topics.wildcard(filter)
    if (wildcard) {
      this.#wildcards?.delete(wildcard)
      this.#topics.forget(wildcard, this)
    }
    this.#tuneAll(filter, wildcard)
    return true
  }

  clear(): void {
    for (const wildcard of this.#wildcards ?? []) this.#topics.forget(wildcard, this)
    this.#wildcards = undefined
    this.#asPublished = undefined
    if (this.#hearer.isViewer) this.#watching.left(this.#held)
    this.#held.clear()
  }

  /** The topics that have had a message and that a filter held here matches. */
  matching(filter: string): Topic[] {
    const wildcard = this.#topics.wildcard(filter)
    return wildcard ? this.#spoken(wildcard) : this.#exactly(filter)
  }

  #exactly(name: string): Topic[] {
    const topic = this.#topics.get(name)
    return topic ? [topic] : []
  }

  #spoken({ filter, matches }: WildcardFilter): Topic[] {
    const spoken: Topic[] = []
    for (const topic of this.#topics.of(scopeOf(filter)))
      if (matches(topic) && this.#hearer.hears(topic)) spoken.push(topic)
    return spoken
  }

  #tuneAll(filter: string, wildcard: WildcardFilter | undefined): void {
    if (wildcard) for (const topic of this.#spoken(wildcard)) this.tune(topic)
    else this.#tuneTo(filter, this.#dialectFor(filter, this.#topics.get(filter)))
  }

  tune(topic: Topic): void {
    if (!this.#hearer.hears(topic)) return
    this.#tuneTo(topic.name, this.#dialectFor(topic.name, topic))
  }

  /** Subscribes to the topic in the one dialect that the filters require, or unsubscribes. */
  #tuneTo(name: string, wanted: Dialect | undefined): void {
    const { plain, asPublished } = this.#hearer.dialects
    for (const dialect of plain === asPublished ? [plain] : [plain, asPublished]) {
      if (dialect === wanted) this.#hearer.joinChannel(channelOf(dialect, name))
      else this.#hearer.leaveChannel(channelOf(dialect, name))
    }
  }

  /** @param topic Undefined before its first message: then only a filter without wildcards matches it. */
  #dialectFor(name: string, topic: Topic | undefined): Dialect | undefined {
    const { plain, asPublished } = this.#hearer.dialects
    if (this.#isAsPublished(name)) return asPublished
    let wanted = this.#held.has(name) ? plain : undefined
    if (topic === undefined) return wanted
    for (const { filter, matches } of this.#wildcards ?? []) {
      if (!matches(topic)) continue
      if (this.#isAsPublished(filter)) return asPublished
      wanted = plain
    }
    return wanted
  }
}
