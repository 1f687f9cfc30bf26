import { unnamedWhere } from '../../protocol/feed-tail.ts'
import type { FeedPacket, Post, ShowDocument, Sticker } from '../../sdk/src/index.ts'
import { element } from '../dom/element.ts'
import { stickerIcon } from '../stickers/sticker-icon.ts'

/** As many rows as can be read from a sofa. */
const ROWS = 4
/** Minimum time between rows. */
const ROW_MS = 900
/** Posts waiting for a row: at the bound the oldest is dropped, as the newest matter. */
const WAITING_MAX = 8
/** Without new posts for this long, the rows disappear. */
const QUIET_MS = 20_000

/** The newest posts, at a readable pace. */
export class FeedPlate {
  readonly #host: HTMLElement
  readonly #url: string
  readonly #list = element('ol', 'feed-rows')
  #stickers = new Map<string, Sticker>()
  #waiting: Post[] = []
  #shownMs = 0

  constructor(host: HTMLElement, { url }: { url: string }) {
    this.#host = host
    this.#url = url
    host.append(this.#list)
    setInterval(() => this.#next(), ROW_MS)
  }

  setShow({ stickers }: ShowDocument): void {
    this.#stickers = new Map(stickers.map((sticker) => [sticker.sticker, sticker]))
  }

  add({ posts, removed = [], cleared }: Pick<FeedPacket, 'posts' | 'removed' | 'cleared'>): void {
    if (cleared) {
      this.#waiting = []
      this.#list.replaceChildren()
    }
    const gone = new Set(removed)
    this.#waiting = [...this.#waiting, ...posts]
      .filter(({ id }) => !gone.has(id))
      .map((post) => unnamedWhere(gone, post))
      .slice(-WAITING_MAX)
    for (const row of [...this.#list.children] as HTMLElement[])
      if (gone.has(row.dataset.id!)) row.remove()
      else if (gone.has(row.dataset.to!)) row.querySelector('.feed-to')?.remove()
  }

  #next(): void {
    const post = this.#waiting.shift()
    const now = performance.now()
    if (post !== undefined) {
      this.#shownMs = now
      this.#list.append(this.#row(post))
      while (this.#list.children.length > ROWS) this.#list.firstElementChild!.remove()
    } else if (now - this.#shownMs > QUIET_MS) this.#list.replaceChildren()
    this.#host.hidden = this.#list.children.length === 0
  }

  #row({ id, name, sticker, text, replyTo = '', replyName }: Post): HTMLElement {
    const row = element('li', 'feed-row', element('bdi', 'feed-name', name))
    row.dataset.id = id
    row.dataset.to = replyTo
    if (replyName) row.append(element('span', 'feed-to', element('bdi', '', replyName)))
    if (text !== undefined) row.append(element('bdi', 'feed-text', text))
    const known = sticker === undefined ? undefined : this.#stickers.get(sticker)
    if (known !== undefined) row.append(stickerIcon(known, this.#url, { named: true }))
    return row
  }
}
