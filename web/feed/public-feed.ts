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
  #step: ReturnType<typeof setTimeout> | undefined
  #loading = new AbortController()
  /** The end of the newest packet that removed posts: an answer that is older releases none. */
  #removedAt = 0

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
  receive(packet: FeedPacket): void {
    // Several may be shown at once: each has the room of its own arrival time.
    const now = performance.now()
    together(() => this.#take(packet, now))
  }

  #take({ at, ms, posts, removed, released, cleared, n }: FeedPacket, now: number): void {
    const { timeline, view } = this
    if (cleared) {
      this.#earlier = []
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
  onStatus({ state }: Status): void {
    if (state === 'live' || state === 'polling') void this.#load()
  }

  /** Shows each post once the picture reaches it. If the request fails, the feed goes on with the next packet. */
  async #load(): Promise<void> {
    const { url, show } = this.#options
    this.#loading.abort()
    this.#loading = new AbortController()
    try {
      const response = await fetch(`${url}/v1/shows/${show}/feed`, this.#loading)
      const { at = 0, posts, removed } = (await response.json()) as FeedPacket
      const ids = posts.map(({ id }) => id)
      this.#moderate(removed, at < this.#removedAt ? [] : ids)
      this.#earlier = posts
      this.#showEarlier()
    } catch {
      // No answer, or none with posts: the connection reports it.
    }
  }

  #showEarlier(): void {
    const { timeline, view } = this
    clearTimeout(this.#step)
    const now = this.#options.pictureNow() ?? Number.POSITIVE_INFINITY
    const due = this.#earlier.filter(({ at }) => at <= now)
    this.#earlier = this.#earlier.filter(({ at }) => at > now)
    view.apply(due.flatMap((post) => timeline.receive(post, timeline.placeOf(post.at))))
    if (this.#earlier.length > 0) this.#step = setTimeout(() => this.#showEarlier(), STEP_MS)
  }

  #hide(viewers: readonly string[]): void {
    this.view.remove(this.timeline.hide(viewers))
    this.view.showHidden(viewers.length)
  }
}
