import { SmallSet } from '../../engine/small-set.ts'
import { hasWildcard } from '../../protocol/mqtt/topic-filter.ts'
import { CHARGES } from './charges.ts'
import type { Dialect } from './dialects.ts'
import { channelOf, scopeOf, type Topic, type Topics, type Tuner, type WildcardFilter } from './topics.ts'
import type { Watching } from './watching.ts'

/** Who receives what the filters match. */
export interface Hearer {
  /** Whether it is somebody who watches, and passes nothing on. */
  readonly isViewer: boolean
  /** The dialect in which it receives a topic, and the one for filters that keep RETAIN as it was published. */
  readonly dialects: { plain: Dialect; asPublished: Dialect }
  /** Whether the topic is for it at all. */
  hears(topic: Topic): boolean
  joinChannel(channel: string): void
  leaveChannel(channel: string): void
  isJoined(channel: string): boolean
}

/** A filter as a client asks for it. */
export interface FilterRequest {
  filter: string
  retainAsPublished: boolean
}

/**
 * The filters of one session. A session waits for topics, not for filters: each topic at most once, so filters that
 * overlap bring one packet [MQTT-3.3.5-1]. A filter without wildcards waits for its topic before it ever spoke; a
 * wildcard filter waits with `Topics` for those that will.
 */
export class Subscriptions implements Tuner {
  readonly #topics: Topics
  readonly #hearer: Hearer
  readonly #watching: Watching
  readonly #held = new SmallSet<string>()
  /** Those of them that keep RETAIN as it was published. */
  #asPublished: SmallSet<string> | undefined
  /** Those of them that have wildcards; the others are topics themselves. */
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

  /** Steps of work that `add` takes. */
  addCost(request: FilterRequest): number {
    const { filter } = request
    if (!this.#held.has(filter)) return this.#topics.addCost(filter)
    return this.#isKnown(request) ? CHARGES.named : this.#changeCost(filter)
  }

  /** Steps of work that `remove` takes. */
  removeCost(filter: string): number {
    return this.#held.has(filter) ? this.#changeCost(filter) : CHARGES.named
  }

  /** Steps of work that it takes to find what a filter matches. */
  matchingCost(filter: string): number {
    return this.#topics.cost(filter)
  }

  /** Each of its topics is compared with the wildcard filters that are left. */
  #changeCost(filter: string): number {
    return CHARGES.changed + this.#topics.cost(filter) * (1 + (this.#wildcards?.size ?? 0))
  }

  #isKnown({ filter, retainAsPublished }: FilterRequest): boolean {
    return this.#held.has(filter) && this.#isAsPublished(filter) === retainAsPublished
  }

  /**
   * Adds or replaces a subscription [MQTT-3.8.4-3]. One that is there already costs nothing. Returns the topics that have
   * spoken and that it matches; undefined where they were not looked at.
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
    // Who waits for what others wait for shares the text with them: the packet's own would be one for each.
    this.#held.add(wildcard?.filter ?? matching[0]?.name ?? filter)
    if (wildcard) for (const { name } of matching) this.#tuneIn(name, retainAsPublished)
    else this.#tuneIn(filter, retainAsPublished)
    return matching
  }

  #isAsPublished(filter: string): boolean {
    return this.#asPublished?.has(filter) ?? false
  }

  /** A filter more never makes a dialect less: no other filter has to be asked. */
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

  /** Waits for the topic in the one dialect that the filters ask for, or no longer. */
  #tuneTo(name: string, wanted: Dialect | undefined): void {
    const { plain, asPublished } = this.#hearer.dialects
    for (const dialect of plain === asPublished ? [plain] : [plain, asPublished]) {
      if (dialect === wanted) this.#hearer.joinChannel(channelOf(dialect, name))
      else this.#hearer.leaveChannel(channelOf(dialect, name))
    }
  }

  /** @param topic Undefined while it never spoke: then only a filter without wildcards waits for it. */
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
