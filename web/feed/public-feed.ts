import type { FeedPacket, Post, ShowDocument, Status } from '../../sdk/src/index.ts'
import { together } from '../dom/together.ts'
import type { Say } from '../words/words.ts'
import { FeedView } from './feed-view.ts'
import { Hidden } from './hidden.ts'
import { Pace } from './pace.ts'
import { Timeline } from './timeline.ts'

export interface PublicFeedOptions {
  host: HTMLElement
  url: string
  show: string
  say: Say
  kept(key: string): string | undefined
  keep(key: string, value: string | undefined): void
  /** Server time of the picture on the screen: later posts wait for it; undefined: nothing is held back. */
  pictureNow(): number | undefined
  /** A post is to be answered. Default: answering is off. */
  onReply?(post: string, name: string): void
}

/** How often to check whether the picture of an earlier post has been shown. */
const STEP_MS = 100

type FeedNews = Pick<FeedPacket, 'posts' | 'removed' | 'released' | 'cleared' | 'n'>

/**
 * Everybody's posts: as fast as they can be read, starting with the newest earlier ones, and without authors whom this viewer
 * hides.
 */
export class PublicFeed {
  readonly timeline = new Timeline()
  readonly view: FeedView
  readonly #options: PublicFeedOptions
  readonly #pace = new Pace({ random: Math.random })
  /** Earlier posts that the picture has yet to reach: 50 at most. */
  #earlier: readonly Post[] = []

  constructor(options: PublicFeedOptions) {
    const { host, url, say, kept, keep, onReply } = options
    this.#options = options
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
  receive(news: FeedNews): void {
    // Several may be shown at once: each has the room of its own arrival time.
    const now = performance.now()
    together(() => this.#take(news, now))
  }

  #take({ posts, removed = [], released = [], cleared, n }: FeedNews, now: number): void {
    const { timeline, view } = this
    if (cleared) {
      this.#earlier = []
      view.remove(timeline.clear())
    }
    view.remove(timeline.withdraw(removed))
    view.apply(timeline.restore(released))
    const { shown, more } = this.#pace.take(posts, {
      ...{ n, now, rows: view.rows },
      isOwn: ({ viewer }) => timeline.isViewer(viewer),
    })
    this.#receive(shown)
    view.showMissed(more)
  }

  /** Packets come from now on: what there was before is loaded, also where they came until a while ago. */
  onStatus({ state }: Status, signal?: AbortSignal): void {
    if (/^(live|polling)$/.test(state)) void this.#load(signal)
  }

  /** Shows each post once the picture reaches it. If the request fails, the feed goes on with the next packet. */
  async #load(signal?: AbortSignal): Promise<void> {
    const { url, show } = this.#options
    try {
      const response = await fetch(`${url}/v1/shows/${encodeURIComponent(show)}/feed`, {
        signal: signal ?? null,
      })
      if (!response.ok) return
      const { posts, removed = [] } = (await response.json()) as FeedPacket
      this.receive({ posts: [], n: 0, removed, released: posts.map(({ id }) => id) })
      this.#earlier = posts
    } catch {
      // A network failure is reported by the connection.
    }
    this.#showEarlier(signal)
  }

  #showEarlier(signal: AbortSignal | undefined): void {
    if (signal?.aborted) return
    const now = this.#options.pictureNow() ?? Number.POSITIVE_INFINITY
    const due = this.#earlier.filter(({ at }) => at <= now)
    this.#earlier = this.#earlier.filter(({ at }) => at > now)
    this.#receive(due)
    if (this.#earlier.length > 0) setTimeout(() => this.#showEarlier(signal), STEP_MS)
  }

  #receive(posts: readonly Post[]): void {
    this.view.apply(posts.flatMap((post) => this.timeline.receive(post)))
  }

  #hide(viewers: readonly string[]): void {
    this.view.remove(this.timeline.hide(viewers))
    this.view.showHidden(viewers.length)
  }
}
