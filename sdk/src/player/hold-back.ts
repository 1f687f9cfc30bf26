import type { FeedPacket } from '../../../protocol/packets.ts'

/** Packets held in all, of all topics: two minutes of four moods a second, feed, and more. */
export const HELD_MAX = 2_048
/** The topic whose packets are all wanted; of any other the newest says everything. */
export const FEED = 'feed'

/** A packet that waits for the picture. */
export interface Held {
  topic: string
  event: unknown
  /** The programme time that it is about, by the server's clock. */
  until: number
  /** When it came, on a clock that only goes forward. */
  since: number
}

/**
 * Packets in the order in which they came, until the picture is there. Pure: the caller says what is due.
 *
 * Of a topic whose packets are whole state, such as a mood, the newest that is due is taken and those before it are dropped.
 * Of the feed each is taken, in order. Over `HELD_MAX` every second packet of the longest topic is dropped, so that what is
 * left still spans the same time; a dropped packet of the feed is counted among those that the next one does not show.
 */
export class HoldBack {
  readonly #topics = new Map<string, Held[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(held: Held): void {
    const all = this.#topics.get(held.topic) ?? []
    this.#topics.set(held.topic, all)
    // A clock that was corrected must not put a packet before an earlier one.
    all.push({ ...held, until: Math.max(held.until, all.at(-1)?.until ?? 0) })
    this.#size++
    if (this.#size > HELD_MAX) this.#thin()
  }

  /** Takes what is due, oldest first. Nothing is taken before what came earlier on its topic. */
  take(isDue: (held: Held) => boolean): Held[] {
    const due: Held[] = []
    for (const [topic, all] of this.#topics) {
      const waits = all.findIndex((held) => !isDue(held))
      const taken = all.splice(0, waits < 0 ? all.length : waits)
      this.#size -= taken.length
      if (all.length === 0) this.#topics.delete(topic)
      due.push(...(topic === FEED ? taken : taken.slice(-1)))
    }
    return due.sort((a, b) => a.until - b.until || a.since - b.since)
  }

  /** What of the feed is held becomes what `change` makes of it. */
  changeFeed(change: (packet: FeedPacket) => FeedPacket): void {
    for (const held of this.#topics.get(FEED) ?? []) held.event = change(held.event as FeedPacket)
  }

  clear(topic?: string): void {
    for (const name of topic === undefined ? [...this.#topics.keys()] : [topic]) {
      this.#size -= this.#topics.get(name)?.length ?? 0
      this.#topics.delete(name)
    }
  }

  #thin(): void {
    const [topic, all] = [...this.#topics].reduce((a, b) => (b[1].length > a[1].length ? b : a))
    // As many topics as packets: the one that was heard of first.
    if (all.length === 1) {
      this.clear(topic)
      return
    }
    const kept = all.filter((_, i) => i % 2 === 1 || i === all.length - 1)
    if (topic === FEED) {
      for (let i = 0; i + 1 < all.length; i += 2) all[i + 1]!.event = withCount(all[i + 1]!, all[i]!)
    }
    this.#size -= all.length - kept.length
    this.#topics.set(topic, kept)
  }
}

const withCount = ({ event }: Held, dropped: Held): FeedPacket => {
  const packet = event as FeedPacket
  return { ...packet, n: packet.n + (dropped.event as FeedPacket).n }
}
