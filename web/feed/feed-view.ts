import type { Sticker } from '../../sdk/src/index.ts'
import { setHidden, setText } from '../dom/change.ts'
import { button, element, silent } from '../dom/element.ts'
import { pressesOn } from '../dom/pressed.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { isSlow } from '../dom/together.ts'
import { stickerIcon } from '../stickers/sticker-icon.ts'
import type { Key, Say } from '../words/words.ts'
import type { FeedChange, FeedEntry, Timeline } from './timeline.ts'

/** How long posts glide to make room for new ones, if the last came at least `CALM_MS` ago; a busy feed jumps. */
const GLIDE_MS = 200
const CALM_MS = 1000
/** The height of a row with a sticker, see feed.css. */
const ROW_PX = 36
/** New posts are announced to screen readers this often, so that they have time for everything else. */
const TELL_MS = 10_000

export interface FeedViewOptions {
  host: HTMLElement
  timeline: Timeline
  /** Base URL of relative pictures. */
  url: string
  say: Say
  /** Shown before anybody has posted. Default `feedEmpty`. */
  empty?: Key
  onHide(viewer: string): void
  /** A post is to be answered. Default: answering is off. */
  onReply?: ((post: string, name: string) => void) | undefined
  /** All hidden viewers are to be shown again. */
  onShowAll(): void
}

/**
 * The feed on screen. At its end it follows new posts. Scrolled up, pressed, or with a row selected, it stands still: nothing is added or
 * removed under the reader's eye, and a button shows how many wait. Up and down select a row, which offers to answer and to hide.
 */
export class FeedView {
  readonly #options: FeedViewOptions
  readonly #timeline: Timeline
  readonly #list = element('ol', 'feed-list')
  /** While this is in view, the reader counts as being at the end. */
  readonly #end = element('div', 'feed-end')
  readonly #scroller = element('div', 'feed-scroll', element('div', 'feed-sheet', this.#list, this.#end))
  readonly #new = button('feed-more')
  readonly #missed = silent(element('span', 'feed-missed'))
  readonly #hidden = button('feed-hidden')
  readonly #told = element('p', 'unseen')
  readonly #rows = new Map<string, HTMLElement>()
  readonly #empty = element('p', 'feed-empty')
  #known = ''
  #stickers = new Map<string, Sticker>()
  #chosen: HTMLElement | undefined
  #rowsInSight = 0
  #waiting = 0
  #wasAtEnd = true
  #addedMs = 0
  /** Rows to scroll into view once everything is written; undefined: not following. */
  #arriving: number | undefined
  #hiddenCount = 0
  #untold = 0
  #toldMs = 0
  /** Changes since the press began that is not over. */
  #held: FeedChange[] = []
  readonly #isPressed = pressesOn(this.#list, () => this.apply(this.#held.splice(0)))

  constructor(options: FeedViewOptions) {
    this.#options = options
    this.#timeline = options.timeline
    this.#new.hidden = this.#empty.hidden = true
    this.#scroller.tabIndex = 0
    this.#scroller.setAttribute('role', 'region')
    this.#list.setAttribute('role', 'log')
    // A log would be read out as it arrives, up to eight posts a second; the summary below is announced instead.
    this.#list.setAttribute('aria-live', 'off')
    this.#told.setAttribute('aria-live', 'polite')
    options.host.append(this.#scroller, this.#empty, this.#missed, this.#hidden, this.#new, this.#told)
    // An observer, as asking at each scroll or post would cost a style pass and a layout.
    const root = this.#scroller
    new IntersectionObserver((seen) => this.#onEnd(seen.at(-1)!), { root }).observe(this.#end)
    new ResizeObserver(() => this.#onResize()).observe(this.#scroller)
    this.#scroller.addEventListener('keydown', (event) => this.#onKey(event))
    this.#list.addEventListener('click', ({ target }) => this.#onPress(target as HTMLElement))
    this.#new.addEventListener('click', () => this.toEnd())
    this.#hidden.addEventListener('click', () => options.onShowAll())
    this.speak()
  }

  /** Renders all texts again, in the page's current language. */
  speak(): void {
    for (const node of [this.#scroller, this.#list])
      node.setAttribute('aria-label', this.#options.say('posts'))
    this.#empty.textContent = this.#options.say(this.#options.empty ?? 'feedEmpty')
    this.#renew()
    this.#showNew()
    this.showHidden(this.#hiddenCount)
  }

  /** Most show documents have the same stickers as before: keep the rows. */
  setStickers(stickers: readonly Sticker[]): void {
    const known = JSON.stringify(stickers)
    if (known === this.#known) return
    this.#known = known
    this.#stickers = new Map(stickers.map((sticker) => [sticker.sticker, sticker]))
    this.#renew()
  }

  /** About how many rows fit in view. */
  get rows(): number {
    return this.#rowsInSight
  }

  /** How many of the newest posts are not shown; 0: none. */
  showMissed(more: number): void {
    setText(this.#missed, more > 0 ? this.#options.say('postsMore', { n: more }) : '')
  }

  /** How many people the viewer has hidden. */
  showHidden(count: number): void {
    this.#hiddenCount = count
    this.#hidden.hidden = count === 0
    this.#hidden.textContent = this.#options.say('postsHidden', { n: count })
  }

  /** Applies changes of the timeline. Before the first, even of nothing, it is not known whether anybody has posted. */
  apply(changes: readonly FeedChange[]): void {
    if (this.#isPressed()) {
      this.#held.push(...changes)
      return
    }
    setHidden(this.#empty, this.#timeline.entries.length > 0)
    if (changes.length === 0) return
    const following = this.#following
    for (const change of changes) {
      if (change.kind === 'changed') this.#drawAnew(change.entry)
      else if (!following) this.#waiting += change.kind === 'added' ? 1 : 0
      else if (change.kind === 'added') this.#insertRow(change.entry)
      else this.#removeRow(change.key)
    }
    const added = changes.flatMap((change) => (change.kind === 'added' ? [change.entry] : []))
    if (following) this.#followSoon(added.length)
    else this.#showNew()
    this.#tell(added.filter(({ own }) => !own))
  }

  /** Removes posts at once, even while being read: the reader or a moderator asked for it. */
  remove(changes: readonly FeedChange[]): void {
    for (const change of changes) if (change.kind === 'removed') this.#removeRow(change.key)
    this.apply(changes)
  }

  /** Scrolls to the newest post: for the button, and after own posts. */
  toEnd(): void {
    this.#choose(undefined)
    this.#catchUp()
    this.#scroller.scrollTop = this.#scroller.scrollHeight
  }

  #onEnd({ isIntersecting, rootBounds }: IntersectionObserverEntry): void {
    // Hidden behind another tab, nobody has scrolled.
    if (!rootBounds?.height) return
    this.#wasAtEnd = isIntersecting
    if (isIntersecting) this.#catchUp()
  }

  /** A reader at the end stays at the end when something above or below takes space: the pinned post, a phone's keyboard. */
  #onResize(): void {
    this.#rowsInSight = Math.floor(this.#scroller.clientHeight / ROW_PX)
    if (this.#wasAtEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight
  }

  get #following(): boolean {
    return this.#waiting === 0 && this.#chosen === undefined && this.#wasAtEnd
  }

  /** After all other writes: it forces a layout, and one is enough. */
  #followSoon(added: number): void {
    if (this.#arriving === undefined)
      queueMicrotask(() => {
        const arrived = this.#arriving!
        this.#arriving = undefined
        this.#follow(arrived)
      })
    this.#arriving = (this.#arriving ?? 0) + added
  }

  /** Stays at the end: existing posts glide up, and the new ones come in below. */
  #follow(added: number): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight
    if (added === 0) return
    const now = performance.now()
    const isCalm = now - this.#addedMs > CALM_MS
    this.#addedMs = now
    if (!isCalm || isSlow() || document.hidden || reducedMotion()) return
    const rows = [...this.#list.children].slice(-added) as HTMLElement[]
    const heightPx = rows.reduce((sum, { offsetHeight }) => sum + offsetHeight, 0)
    this.#list.animate([{ transform: `translateY(${heightPx}px)` }, { transform: 'none' }], {
      duration: GLIDE_MS,
      easing: 'ease-out',
    })
  }

  #catchUp(): void {
    if (this.#waiting === 0 || this.#chosen !== undefined) return
    this.#waiting = 0
    const { entries } = this.#timeline
    const kept = new Set(entries.map(({ key }) => key))
    for (const key of [...this.#rows.keys()]) if (!kept.has(key)) this.#removeRow(key)
    for (const entry of entries) if (!this.#rows.has(entry.key)) this.#insertRow(entry)
    this.#showNew()
  }

  #showNew(): void {
    setHidden(this.#new, this.#waiting === 0)
    setText(this.#new, this.#options.say('postsNew', { n: this.#waiting }))
  }

  /** Announces the newest post, and how many came since the last announcement. */
  #tell(added: readonly FeedEntry[]): void {
    this.#untold += added.length
    const last = added.at(-1)
    const now = performance.now()
    if (last === undefined || now - this.#toldMs < TELL_MS) return
    const from = [last.name, this.#replyWords(last)].filter(Boolean).join(', ')
    const post = `${from}: ${[last.text, this.#titleOf(last)].filter(Boolean).join(', ')}`
    this.#told.textContent = this.#options.say('postsAnnounced', { post, n: this.#untold - 1 })
    this.#untold = 0
    this.#toldMs = now
  }

  #onKey(event: KeyboardEvent): void {
    const step = { ArrowUp: 'previousElementSibling', ArrowDown: 'nextElementSibling' } as const
    if (event.key === 'Escape' && this.#chosen) {
      this.toEnd()
      this.#scroller.focus()
    } else if (event.key in step) {
      const next = this.#chosen
        ? this.#chosen[step[event.key as keyof typeof step]]
        : event.key === 'ArrowUp' && this.#list.lastElementChild
      if (!(next instanceof HTMLElement)) return
      event.preventDefault()
      this.#choose(next)
      next.focus()
    }
  }

  #onPress(target: HTMLElement): void {
    const act = target.closest('button')?.className
    const row = target.closest<HTMLElement>('.post')!
    const entry = this.#entryOf(row)
    this.#choose(row === this.#chosen ? undefined : row)
    if (act === undefined || entry === undefined) return
    this.#scroller.focus()
    if (act === 'post-hide') this.#options.onHide(entry.viewer!)
    // The ids of a long run may be forgotten; for other people's posts the entry's key is the first id.
    else this.#options.onReply!(this.#timeline.postOf(entry.key) ?? entry.key, entry.name)
  }

  #entryOf(row: HTMLElement): FeedEntry | undefined {
    return this.#timeline.entries.find(({ key }) => key === row.dataset.post)
  }

  /** A selected row shows its full text, and buttons to answer it and to hide its author. */
  #choose(row: HTMLElement | undefined): void {
    this.#chosen?.querySelector('.post-acts')?.remove()
    this.#chosen?.removeAttribute('aria-current')
    this.#chosen = row
    if (row === undefined) return
    row.tabIndex = -1
    row.setAttribute('aria-current', 'true')
    const entry = this.#entryOf(row)
    if (entry?.viewer === undefined || entry.own) return
    const { say, onReply } = this.#options
    const { name } = entry
    const acts = element('div', 'post-acts', button('post-hide', say('postsHide', { name })))
    if (onReply) acts.append(button('post-reply', say('postsReply', { name })))
    row.append(acts)
    // Under the newest post the buttons would be below the edge.
    row.scrollIntoView({ block: 'nearest' })
  }

  /** Inserts a row at its entry's position: the end, unless the post was restored. */
  #insertRow(entry: FeedEntry): void {
    const { entries } = this.#timeline
    const later = entries.slice(entries.indexOf(entry) + 1).find(({ key }) => this.#rows.has(key))
    this.#list.insertBefore(this.#makeRow(entry), this.#rows.get(later?.key ?? '') ?? null)
  }

  #removeRow(key: string): void {
    const row = this.#rows.get(key)
    if (row !== undefined && row === this.#chosen) this.#choose(undefined)
    row?.remove()
    this.#rows.delete(key)
  }

  #renew(): void {
    for (const entry of this.#timeline.entries) this.#drawAnew(entry)
    // Another language changes row heights, but nobody has scrolled.
    if (this.#following && this.#rows.size > 0) this.#followSoon(0)
  }

  /** Keeps the keyboard focus in the row. */
  #drawAnew(entry: FeedEntry): void {
    const before = this.#rows.get(entry.key)
    if (before === undefined) return
    const { activeElement } = document
    const act = activeElement !== before && before.contains(activeElement) && activeElement!.className
    const row = this.#makeRow(entry)
    before.replaceWith(row)
    if (activeElement === before) row.focus()
    else if (act) row.querySelector<HTMLElement>(`.${act}`)?.focus()
  }

  #iconOf({ sticker, text }: FeedEntry): Node[] {
    if (sticker === undefined) return []
    const known = this.#stickers.get(sticker) ?? { sticker, title: sticker }
    return [stickerIcon(known, this.#options.url, { named: text !== undefined })]
  }

  #titleOf({ sticker = '' }: FeedEntry): string {
    return this.#stickers.get(sticker)?.title ?? sticker
  }

  #replyWords({ replyName: name }: FeedEntry): string {
    return name ? this.#options.say('postReplyTo', { name }) : ''
  }

  #makeRow(entry: FeedEntry): HTMLElement {
    const { key, name, text, times, own, state, replyName } = entry
    const words = element('span', 'post-words', element('bdi', 'post-name', name), ' ')
    if (replyName)
      words.append(
        silent(element('span', 'post-to', element('bdi', '', replyName))),
        element('span', 'unseen', this.#replyWords(entry)),
        ' ',
      )
    words.append(
      element('bdi', text === undefined ? 'post-title' : 'post-text', text ?? this.#titleOf(entry)),
    )
    const row = element('li', 'post', ...this.#iconOf(entry), words)
    if (text !== undefined) row.dataset.text = ''
    if (times > 1) row.append(element('bdi', 'post-times', `\u200e×${times}`))
    if (own) {
      row.dataset.own = state
      row.append(element('span', 'post-own', this.#options.say(OWN_WORDS[state])))
    }
    row.dataset.post = key
    if (this.#chosen !== undefined && this.#chosen === this.#rows.get(key)) this.#choose(row)
    this.#rows.set(key, row)
    return row
  }
}

const OWN_WORDS = {
  waiting: 'postSending',
  held: 'postHeld',
  sent: 'postYou',
  failed: 'postNotSent',
} as const
