import type { Sticker } from '../../sdk/src/index.ts'
import { button, element } from '../dom/element.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { stickerIcon } from '../stickers/sticker-icon.ts'
import type { FeedChange, FeedEntry, Timeline } from './timeline.ts'

/** Nearer to the end than this the reader counts as being there. */
const END_PX = 32
/** How long the posts take to make room for new ones: less than a packet's window. */
const GLIDE_MS = 200

/**
 * The feed on screen. At its end it follows what is new. Scrolled up it stands still: nothing is added or removed
 * under the reader's eye, a button says how much waits.
 */
export class FeedView {
  readonly #timeline: Timeline
  readonly #url: string
  readonly #list = element('ol', 'feed-list')
  readonly #scroller = element('div', 'feed-scroll', element('div', 'feed-sheet', this.#list))
  readonly #more = button('feed-more')
  readonly #rows = new Map<string, HTMLElement>()
  readonly #empty: HTMLElement
  #stickers = new Map<string, Sticker>()
  #waiting = 0

  /** @param options.url Where relative pictures come from. */
  constructor({ host, timeline, url }: { host: HTMLElement; timeline: Timeline; url: string }) {
    this.#timeline = timeline
    this.#url = url
    this.#more.hidden = true
    this.#scroller.tabIndex = 0
    this.#scroller.setAttribute('role', 'region')
    this.#scroller.setAttribute('aria-label', 'Posts')
    this.#empty = element('p', 'feed-empty', 'Nobody has posted yet. Be the first.')
    host.append(this.#scroller, this.#empty, this.#more)
    this.#scroller.addEventListener('scroll', () => this.#atEnd && this.#catchUp(), { passive: true })
    this.#more.addEventListener('click', () => this.toEnd())
  }

  setStickers(stickers: readonly Sticker[]): void {
    this.#stickers = new Map(stickers.map((sticker) => [sticker.sticker, sticker]))
    for (const entry of this.#timeline.entries) this.#rows.get(entry.key)?.replaceWith(this.#makeRow(entry))
  }

  /** Shows what a change to the timeline did. */
  apply(changes: readonly FeedChange[]): void {
    const following = this.#waiting === 0 && this.#atEnd
    for (const change of changes) {
      if (change.kind === 'changed')
        this.#rows.get(change.entry.key)?.replaceWith(this.#makeRow(change.entry))
      else if (!following) this.#waiting += change.kind === 'added' ? 1 : 0
      else if (change.kind === 'added') this.#list.append(this.#makeRow(change.entry))
      else this.#removeRow(change.key)
    }
    this.#empty.hidden = this.#timeline.entries.length > 0
    if (following) this.#follow(changes.filter(({ kind }) => kind === 'added').length)
    else this.#showMore()
  }

  /** Stays at the end: what was there glides up, and the new ones come in below. */
  #follow(added: number): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight
    if (added === 0 || document.hidden || reducedMotion()) return
    const heightPx = (this.#list.lastElementChild as HTMLElement).offsetHeight
    this.#list.animate([{ transform: `translateY(${added * heightPx}px)` }, { transform: 'none' }], {
      duration: GLIDE_MS,
      easing: 'ease-out',
    })
  }

  /** Brings the newest post in sight: for the button, and for own posts. */
  toEnd(): void {
    this.#catchUp()
    this.#scroller.scrollTop = this.#scroller.scrollHeight
  }

  get #atEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller
    return scrollHeight - scrollTop - clientHeight < END_PX
  }

  #catchUp(): void {
    if (this.#waiting === 0) return
    this.#waiting = 0
    const { entries } = this.#timeline
    const kept = new Set(entries.map(({ key }) => key))
    for (const key of [...this.#rows.keys()]) if (!kept.has(key)) this.#removeRow(key)
    for (const entry of entries) if (!this.#rows.has(entry.key)) this.#list.append(this.#makeRow(entry))
    this.#showMore()
  }

  #showMore(): void {
    this.#more.hidden = this.#waiting === 0
    this.#more.textContent = `${this.#waiting} new`
  }

  #removeRow(key: string): void {
    this.#rows.get(key)?.remove()
    this.#rows.delete(key)
  }

  #iconOf({ sticker, text }: FeedEntry): Node[] {
    if (sticker === undefined) return []
    const known = this.#stickers.get(sticker) ?? { sticker, title: sticker }
    return [stickerIcon(known, this.#url, { named: text !== undefined })]
  }

  #titleOf({ sticker = '' }: FeedEntry): string {
    return this.#stickers.get(sticker)?.title ?? sticker
  }

  #makeRow(entry: FeedEntry): HTMLElement {
    const row = element(
      'li',
      'post',
      ...this.#iconOf(entry),
      element('bdi', 'post-name', entry.name),
      element('bdi', 'post-title', entry.text ?? this.#titleOf(entry)),
    )
    if (entry.own) {
      row.dataset.own = entry.state
      row.append(element('span', 'post-own', OWN_WORDS[entry.state]))
    }
    row.dataset.post = entry.key
    this.#rows.set(entry.key, row)
    return row
  }
}

const OWN_WORDS: Record<FeedEntry['state'], string> = { waiting: 'sending', sent: 'you', failed: 'not sent' }
