import type { FeedPacket } from '../../../protocol/packets.ts'

/** Packets held in total, over all topics: two minutes of four moods a second, feed, and more. */
export const HELD_MAX = 2_048
/** The topic that needs every packet; of any other the newest suffices. */
export const FEED = 'feed'

/** A packet that waits for the picture. */
export interface Held {
  topic: string
  event: unknown
  /** The programme time that it belongs to, by the server's clock. */
  until: number
  /** When it arrived, on a monotonic clock. */
  since: number
}

/**
 * Packets in order of arrival, held until the picture has caught up. Pure: the caller decides what is due.
 *
 * Of a topic with full-state packets, such as a mood, the newest due packet is taken and the earlier ones are dropped. Of the
 * feed each is taken, in order. Over `HELD_MAX` every second packet of the longest topic is dropped, so that the rest still spans
 * the same time; a dropped packet of the feed is counted among those that the next one does not show.
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
    // Posts that were missed may come after newer ones; a corrected clock must not put any other packet before an earlier one.
    let place = all.length
    if (held.topic === FEED) while (place > 0 && all[place - 1]!.until > held.until) place--
    all.splice(place, 0, { ...held, until: Math.max(held.until, all[place - 1]?.until ?? 0) })
    this.#size++
    if (this.#size > HELD_MAX) this.#thin()
  }

  /** Removes and returns what is due, oldest first. Nothing is taken before earlier packets of its topic. */
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

  /** Replaces the held feed packets by what `change` returns. */
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
    // As many topics as packets: drop the oldest topic.
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
