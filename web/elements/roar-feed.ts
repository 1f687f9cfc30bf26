import type { FeedPacket } from '../../sdk/src/index.ts'
import { element } from '../dom/element.ts'
import { FeedView } from '../feed/feed-view.ts'
import { Hidden } from '../feed/hidden.ts'
import { Pace } from '../feed/pace.ts'
import { Timeline } from '../feed/timeline.ts'
import { keep, kept } from '../page/keep.ts'
import { RoarElement, type Stay } from './roar-element.ts'

/** `<roar-feed url show>`: what people post, as fast as it can be read; whoever comes later sees the newest 50. */
export class RoarFeed extends RoarElement {
  protected begin({ client, frame, url, show, signal, onShow }: Stay): void {
    const host = element('div', 'posts')
    host.setAttribute('part', 'posts')
    frame.append(host)
    const timeline = new Timeline()
    const pace = new Pace({ random: Math.random })
    const hidden = new Hidden({ kept, keep })
    const hide = (viewers: readonly string[]): void => {
      feed.remove(timeline.hide(viewers))
      feed.showHidden(viewers.length)
    }
    const feed = new FeedView({
      ...{ host, timeline, url },
      onHide: (viewer) => hide(hidden.add(viewer)),
      onShowAll: () => hide(hidden.clear()),
    })
    hide(hidden.viewers)
    onShow(({ stickers }) => feed.setStickers(stickers))
    client.on(
      'feed',
      ({ posts, n, removed = [], released = [], cleared }) => {
        if (cleared) feed.remove(timeline.clear())
        feed.remove(timeline.withdraw(removed))
        feed.apply(timeline.restore(released))
        const { shown, more } = pace.take(posts, {
          n,
          rows: feed.rows,
          now: performance.now(),
          isOwn: () => false,
        })
        feed.apply(shown.flatMap((post) => timeline.receive(post)))
        feed.showMissed(more)
      },
      { signal },
    )
    fetch(`${url}/v1/shows/${encodeURIComponent(show)}/feed`, { signal })
      .then(async (response) => {
        if (!response.ok) return
        const { posts } = (await response.json()) as Pick<FeedPacket, 'posts'>
        feed.apply(posts.flatMap((post) => timeline.receive(post)))
      })
      .catch(() => {
        // Without an answer the feed begins with what comes next.
      })
  }
}
