import { hasWildcard } from '../../protocol/mqtt/topic-filter.ts'
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

/**
 * The filters of one session. A session waits for topics, not for filters: each topic at most once, so filters that
 * overlap bring one packet [MQTT-3.3.5-1]. A filter without wildcards waits for its topic before it ever spoke; a
 * wildcard filter waits with `Topics` for those that will.
 */
export class Subscriptions implements Tuner {
  readonly #topics: Topics
  readonly #hearer: Hearer
  readonly #watching: Watching
  readonly #held = new Map<string, { retainAsPublished: boolean }>()
  /** Those of them that have wildcards; the others are topics themselves. */
  readonly #wildcards = new Map<string, WildcardFilter>()

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

  /** Steps of work that `add` of a new filter takes: the topics to look at. */
  addCost(filter: string): number {
    return hasWildcard(filter) ? this.#topics.count(scopeOf(filter)) : 1
  }

  /** Steps of work that `remove` takes, or a change of options: each topic is held against the wildcard filters that are left. */
  removeCost(filter: string): number {
    return this.addCost(filter) * (1 + this.#wildcards.size)
  }

  /**
   * Adds or replaces a subscription [MQTT-3.8.4-3]. One that is there already costs nothing. Returns the topics that have
   * spoken and that it matches; undefined where they were not looked at.
   */
  add({ filter, retainAsPublished }: { filter: string; retainAsPublished: boolean }): Topic[] | undefined {
    const known = this.#held.get(filter)
    if (known?.retainAsPublished === retainAsPublished) return undefined
    if (known === undefined && hasWildcard(filter)) {
      this.#wildcards.set(filter, this.#topics.listen(filter, scopeOf(filter), this))
    }
    if (known === undefined && this.#hearer.isViewer) this.#watching.added(filter, this.#held.keys())
    this.#held.set(filter, { retainAsPublished })
    const wildcard = this.#wildcards.get(filter)
    if (known) {
      this.#tuneAll(filter, wildcard)
      return undefined
    }
    const matching = this.matching(filter)
    if (wildcard) for (const { name } of matching) this.#tuneIn(name, retainAsPublished)
    else this.#tuneIn(filter, retainAsPublished)
    return matching
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
    if (this.#hearer.isViewer) this.#watching.removed(filter, this.#held.keys())
    const wildcard = this.#wildcards.get(filter)
    if (wildcard) {
      this.#wildcards.delete(filter)
      this.#topics.forget(filter, scopeOf(filter), this)
    }
    this.#tuneAll(filter, wildcard)
    return true
  }

  clear(): void {
    for (const filter of this.#wildcards.keys()) this.#topics.forget(filter, scopeOf(filter), this)
    this.#wildcards.clear()
    if (this.#hearer.isViewer) this.#watching.left(this.#held.keys())
    this.#held.clear()
  }

  /** The topics that have had a message and that a filter held here matches. */
  matching(filter: string): Topic[] {
    const wildcard = this.#wildcards.get(filter)
    if (wildcard) return this.#spoken(wildcard)
    const topic = this.#topics.get(filter)
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
    const exact = this.#held.get(name)
    if (exact?.retainAsPublished) return asPublished
    let wanted = exact && plain
    if (topic === undefined) return wanted
    for (const { filter, matches } of this.#wildcards.values()) {
      if (!matches(topic)) continue
      if (this.#held.get(filter)?.retainAsPublished) return asPublished
      wanted = plain
    }
    return wanted
  }
}
