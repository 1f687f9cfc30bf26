import feedCss from '../feed/feed.css' with { type: 'text' }
import { PublicFeed } from '../feed/public-feed.ts'
import { keep, kept } from '../page/keep.ts'
import stickersCss from '../stickers/stickers.css' with { type: 'text' }
import { frameCss } from './frame.ts'
import { ListeningElement } from './listening-element.ts'
import { box, type Stay, sheetOf } from './roar-element.ts'
import type { Shared } from './shared-client.ts'

const sheet = sheetOf(stickersCss, feedCss, frameCss)

/** `<roar-feed url show>`: people's posts, as fast as they can be read; latecomers see the newest 50. */
export class RoarFeed extends ListeningElement {
  constructor() {
    super(sheet)
  }

  protected present(stay: Stay, shared: Shared): void {
    const { frame, url, words, signal, onShow, onSpeak } = stay
    const { client } = shared
    const host = box('posts', 'posts')
    frame.append(host)
    const feed = new PublicFeed({ host, url, kept, keep, say: words.say })
    onShow(({ stickers }) => feed.setStickers(stickers))
    onSpeak(() => feed.view.speak())
    client.on('feed', (packet) => feed.receive(packet), { signal })
    client.on('status', (status) => feed.onStatus(status, client), { signal })
    feed.onStatus(client.status(), client)
  }
}
