import { NewestMessages } from '../../adapters/pubsub/newest-messages.ts'
import type { Message } from '../../adapters/pubsub/pubsub.ts'
import { RecentMap } from '../../engine/recent-map.ts'
import { type Climb, isOver, type Known, newsIn, standingOf } from '../../protocol/forward.ts'
import { showOf, showTopic } from '../../protocol/topics.ts'

export interface HoldingLimits {
  /**
   * Topics whose newest retained message is kept, 4 KiB each on average. Beyond it another topic's message is not kept, and is
   * lost while the target is unreachable.
   */
  retainedMax: number
  /** Messages without RETAIN that wait for the target. Beyond it the oldest is dropped. */
  fleetingMax: number
  /** How long such a message may wait, in milliseconds. After that it is outdated and is dropped. */
  fleetingMs: number
}

export const HOLDING_LIMITS: HoldingLimits = { retainedMax: 100_000, fleetingMax: 1_000, fleetingMs: 10_000 }

const UNKNOWN: Known = { payload: undefined, place: undefined }

/**
 * What a bridge holds for its target. The newest retained message of each topic is kept as long as the bridge runs: a broker that
 * lost its memory gets everything again. Others wait only while the target is unreachable.
 */
export class Holdings {
  readonly #limits: HoldingLimits
  readonly #values: NewestMessages
  /** The positions of removed values: a source that missed the removal may publish them again. */
  readonly #removedAt: RecentMap<string, number>
  /** How the versions of topics got where they are. */
  readonly #climbs: RecentMap<string, Climb>
  #fleeting: { message: Message; sinceMs: number }[] = []
  #dropped = 0

  constructor(limits: HoldingLimits) {
    this.#limits = limits
    this.#values = new NewestMessages(limits.retainedMax)
    this.#removedAt = new RecentMap(limits.retainedMax)
    this.#climbs = new RecentMap(limits.retainedMax)
  }

  /** Messages dropped before the target could get them. */
  get dropped(): number {
    return this.#dropped
  }

  /** Topics kept, and messages waiting. */
  get size(): { retained: number; fleeting: number } {
    return { retained: this.#values.size, fleeting: this.#fleeting.length }
  }

  /**
   * Whether the topic already has this value or a newer one: a source may publish a value again, or an older one after losing its
   * own. A value whose time is far ahead is no news either, nor is one with an impossible version. Of what is news it is recorded
   * how far its version has grown.
   */
  isNoNews({ topic, payload }: Message, nowMs: number): boolean {
    const known = this.#known(topic)
    // The target has to get a removal.
    if (known === undefined && payload.length === 0) return false
    const climb = this.#climbs.get(topic)
    const showRun = this.#runOf(topic)
    const is = newsIn(topic, payload, { ...(known ?? UNKNOWN), showRun, climb }, nowMs)
    if (is.climb !== undefined && is.climb !== climb) this.#climbs.set(topic, is.climb)
    return is.news !== 'new'
  }

  /** Removals of everything kept from earlier runs, if the message is a show's packet that names a later one. */
  *endedBy({ topic, payload, retain }: Message): Generator<Message> {
    const show = showOf(topic)
    if (!retain || show === undefined || topic !== showTopic(show)) return
    const { run } = standingOf(topic, payload)
    if (run <= this.#runOf(topic)) return
    for (const { topic: name, payload: value } of this.#values.values()) {
      if (value.length > 0 && showOf(name) === show && isOver(name, standingOf(name, value).run, run))
        yield { topic: name, payload: new Uint8Array(), retain: true }
    }
  }

  /** The current run of the topic's show, if its packet said so. */
  #runOf(topic: string): number {
    const ofShow = showTopic(showOf(topic) ?? '')
    const value = this.#values.get(ofShow)
    return value === undefined ? 1 : standingOf(ofShow, value.payload).run
  }

  #known(topic: string): Known | undefined {
    const payload = this.#values.get(topic)?.payload
    if (payload !== undefined && payload.length > 0)
      return { payload, place: standingOf(topic, payload).place }
    const place = this.#removedAt.get(topic)
    if (payload === undefined && place === undefined) return undefined
    return { payload: undefined, place, isRemoved: true }
  }

  /** Records a message as published to the target. An empty retained payload removes the topic's value. */
  carried(message: Message): void {
    if (!message.retain) return
    this.#remember(message)
    if (message.payload.length === 0) this.#values.delete(message.topic)
    else this.#values.set(message)
  }

  /** Keeps a message until the target is reachable; also a removal, as the target has to get it. */
  wait(message: Message, passedMs: number): void {
    if (message.retain) {
      this.#remember(message)
      if (!this.#values.set(message)) this.#dropped++
      return
    }
    this.#fleeting.push({ message, sinceMs: passedMs })
    if (this.#fleeting.length <= this.#limits.fleetingMax) return
    this.#fleeting.shift()
    this.#dropped++
  }

  #remember({ topic, payload }: Message): void {
    if (payload.length > 0) return
    const place = this.#known(topic)?.place
    if (place !== undefined) this.#removedAt.set(topic, place)
  }

  /** Everything to publish now: every value, then waiting messages that are not outdated, in order. */
  take(passedMs: number): Message[] {
    const waiting = this.#fleeting.splice(0)
    const news = waiting.filter(({ sinceMs }) => passedMs - sinceMs <= this.#limits.fleetingMs)
    this.#dropped += waiting.length - news.length
    return [...this.#values.values(), ...news.map(({ message }) => message)]
  }
}
