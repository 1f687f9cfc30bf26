import type { FeedPacket, Roar, ShowDocument, Status } from '../../sdk/src/index.ts'
import { together } from '../dom/together.ts'
import type { Say } from '../words/words.ts'
import { FeedView } from './feed-view.ts'
import { Hidden } from './hidden.ts'
import { Pace } from './pace.ts'
import { Timeline } from './timeline.ts'

export interface PublicFeedOptions {
  host: HTMLElement
  url: string
  say: Say
  kept(key: string): string | undefined
  keep(key: string, value: string | undefined): void
  /** A post is to be answered. Default: answering is off. */
  onReply?(post: string, name: string): void
}

/**
 * Everybody's posts: as fast as they can be read, starting with the newest earlier ones, and without authors whom this viewer
 * hides.
 */
export class PublicFeed {
  readonly timeline = new Timeline()
  readonly view: FeedView
  readonly #pace = new Pace({ random: Math.random })
  #loads = 0
  /** The end of the newest packet that removed posts: an answer that is older releases none. */
  #removedAt = 0

  constructor(options: PublicFeedOptions) {
    const { host, url, say, kept, keep, onReply } = options
    const hidden = new Hidden({ kept, keep })
    this.view = new FeedView({
      ...{ host, url, say, onReply, timeline: this.timeline },
      onHide: (viewer) => this.#hide(hidden.add(viewer)),
      onShowAll: () => this.#hide(hidden.clear()),
    })
    this.timeline.hide(hidden.viewers)
    this.view.showHidden(hidden.viewers.length)
  }

  setStickers(stickers: ShowDocument['stickers']): void {
    this.view.setStickers(stickers)
  }

  /** Takes a packet, which is shown together with the mood's. */
  receive(packet: FeedPacket): void {
    // Several may be shown at once: each has the room of its own arrival time.
    const now = performance.now()
    together(() => this.#take(packet, now))
  }

  #take({ at, ms, posts, removed, released, cleared, n }: FeedPacket, now: number): void {
    const { timeline, view } = this
    if (cleared) {
      // An answer that is on its way may still have what was wiped; what came since came as packets.
      this.#loads++
      view.remove(timeline.clear())
    }
    if (removed) this.#removedAt = at + ms
    this.#moderate(removed, released)
    const { shown, more } = this.#pace.take(posts, {
      ...{ n, now, rows: view.rows },
      isOwn: ({ viewer }) => timeline.isViewer(viewer),
    })
    view.apply(shown.flatMap((post) => timeline.receive(post)))
    view.showMissed(more)
  }

  #moderate(removed: readonly string[] = [], released: readonly string[] = []): void {
    const { timeline, view } = this
    view.remove(timeline.withdraw(removed))
    view.apply(timeline.restore(released))
  }

  /** Packets come from now on: what there was before is loaded, also where they came until a while ago. */
  onStatus({ over }: Status, client: Roar): void {
    if (over) void this.#load(client)
  }

  /** If the request fails, the feed goes on with the next packet. */
  async #load(client: Roar): Promise<void> {
    const { timeline, view } = this
    const load = ++this.#loads
    try {
      const { at, posts, removed } = await client.feed()
      if (load !== this.#loads) return
      this.#moderate(removed, at < this.#removedAt ? [] : posts.map(({ id }) => id))
      view.apply(posts.flatMap((post) => timeline.receive(post, timeline.placeOf(post.at))))
    } catch {
      // No answer: the connection reports it.
    }
  }

  #hide(viewers: readonly string[]): void {
    this.view.remove(this.timeline.hide(viewers))
    this.view.showHidden(viewers.length)
  }
}
