import type { Sticker } from '../../../sdk/src/index.ts'
import { adopt } from '../../dom/adopt.ts'
import { button, element, silent } from '../../dom/element.ts'
import { placeOf, zoomOf } from '../../dom/place.ts'
import { isRtl, makeOnlyStop, rove } from '../../dom/roving.ts'
import { scrollSideways } from '../../dom/sideways.ts'
import { enStickers } from '../../words/en-stickers.ts'
import type { Say, Words } from '../../words/words.ts'
import { listenForPresses } from '../press.ts'
import sheetCss from './browser.css' with { type: 'text' }
import { Large, type LargeOptions } from './large.ts'
import { type Findable, findable, search } from './search.ts'
import { type Section, sectionsOf } from './sections.ts'
import { StickerGrid } from './sticker-grid.ts'

/** Distance above the button that opened it, in pixels, unless it is a bottom sheet. */
const ABOVE_PX = 10

/** Up to this many, the box may change its height during a search. */
const FEW = 24

export interface StickerBrowserOptions extends Omit<LargeOptions, 'say'> {
  words: Words
  /** Its parent: the page's body, or a shadow tree. */
  layer: Element | ShadowRoot
}

/**
 * All stickers of a show: a bottom sheet on a phone, a box beside the bar elsewhere. It stays open while stickers are tapped; the
 * swarm continues over it. Its code is loaded on first use: see `StickerBar`'s owner.
 */
export class StickerBrowser {
  /** To be opened then: a frame of its own applies the new style to the page, and opening is a task of its own. */
  readonly ready: Promise<void>
  readonly #options: StickerBrowserOptions
  readonly #listeners = new AbortController()
  readonly #say: Say
  readonly #grid: StickerGrid
  readonly #large: Large
  readonly #query = element('input', 'sheet-query')
  readonly #tabs = element('div', 'sheet-tabs')
  readonly #scroller = element('div', 'sheet-scroll')
  readonly #said = element('p', 'sheet-said')
  readonly #close = button('sheet-close', silent(element('span', '', '✕')))
  readonly #node = element('section', 'sheet')
  readonly #resizes = new ResizeObserver(() => this.#grid.fit())
  #stickers: readonly Sticker[] = []
  #findable: readonly Findable[] | undefined
  #opener: HTMLButtonElement | undefined

  constructor(options: StickerBrowserOptions) {
    this.#options = options
    const { layer, url, post, words } = options
    const { say } = words
    words.learn(enStickers)
    this.#say = say
    this.#grid = new StickerGrid({ url, say, scroller: this.#scroller })
    this.#large = new Large({
      ...options,
      say,
      post: post && {
        words: post.words,
        act: (sticker) => {
          // Posting continues in the feed, which the sheet covers.
          this.close()
          post.act(sticker)
        },
      },
      onOwn: () => {
        options.onOwn()
        if (this.isOpen && this.#query.value === '') this.#show()
      },
    })
    this.#build()
    this.speak()
    adopt(layer, sheetCss)
    layer.append(this.#node, this.#large.node)
    this.ready = new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
  }

  get isOpen(): boolean {
    return !this.#node.hidden
  }

  setStickers(stickers: readonly Sticker[]): void {
    this.#stickers = stickers
    this.#findable = undefined
    this.#node.dataset.few = String(stickers.length <= FEW)
    if (this.isOpen) this.#show()
  }

  /** Opens it from a button, or closes it. */
  toggle(opener: HTMLButtonElement): void {
    if (this.isOpen) this.close()
    else this.#open(opener)
  }

  showLarge(sticker: string): void {
    const known = this.#stickers.find((one) => one.sticker === sticker)
    if (known !== undefined) this.#large.show(known)
  }

  /** If the focus was inside, it returns to the button that opened it. */
  close(): void {
    const hadFocus = this.#node.contains((this.#node.getRootNode() as Document | ShadowRoot).activeElement)
    this.#node.hidden = true
    this.#resizes.disconnect()
    this.#grid.clear()
    this.#opener?.setAttribute('aria-expanded', 'false')
    if (hadFocus) this.#opener?.focus()
  }

  /** Renders all texts again, in the current language. */
  speak(): void {
    this.#node.setAttribute('aria-label', this.#say('stickersAll'))
    this.#query.placeholder = this.#say('stickersSearch')
    this.#query.setAttribute('aria-label', this.#query.placeholder)
    this.#tabs.setAttribute('aria-label', this.#say('stickersCategories'))
    this.#close.setAttribute('aria-label', this.#say('stickerClose'))
    if (this.isOpen) this.#show()
  }

  remove(): void {
    this.close()
    this.#listeners.abort()
    this.#node.remove()
    this.#large.node.remove()
  }

  #build(): void {
    const { signal } = this.#listeners
    const node = this.#node
    node.hidden = true
    node.setAttribute('role', 'dialog')
    this.#query.type = 'search'
    this.#query.enterKeyHint = 'search'
    this.#query.autocomplete = 'off'
    this.#query.addEventListener('input', () => {
      this.#scroller.scrollTop = 0
      this.#show()
    })
    this.#tabs.setAttribute('role', 'toolbar')
    this.#tabs.addEventListener('click', ({ target }) => {
      const at = [...this.#tabs.children].findIndex((tab) => tab.contains(target as Node))
      if (at !== -1) this.#grid.goTo(at)
    })
    this.#said.setAttribute('role', 'status')
    this.#close.addEventListener('click', () => this.close())
    this.#scroller.append(this.#grid.node, this.#said)
    node.append(element('div', 'sheet-head', this.#query, this.#close), this.#tabs, this.#scroller)
    listenForPresses({
      host: this.#grid.node,
      signal,
      onTap: (pressed) => this.#tap(pressed),
      onHold: ({ dataset }) => this.showLarge(dataset.sticker!),
    })
    scrollSideways(this.#tabs, signal)
    rove(this.#tabs, () => [...this.#tabs.children] as HTMLElement[])
    this.#query.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown') return
      event.preventDefault()
      this.#grid.focus()
    })
    node.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      this.close()
    })
    // A press outside closes it unless it fills the lower half; the bar beside it counts as inside.
    document.addEventListener('pointerdown', (event) => this.#onPressElsewhere(event), { signal })
  }

  #onPressElsewhere(event: PointerEvent): void {
    if (!this.isOpen) return
    const path = event.composedPath()
    const bar = this.#opener?.closest('.sticker-dock')
    if (path.includes(this.#node) || path.includes(this.#large.node) || (bar && path.includes(bar))) return
    this.close()
  }

  #open(opener: HTMLButtonElement): void {
    this.#opener = opener
    // Read before any change: each read after a change would force another layout.
    const { top, left, width } = placeOf(opener)
    const zoom = zoomOf(opener)
    const rtl = isRtl(opener)
    const side = rtl ? left : document.documentElement.clientWidth / zoom - left - width
    const above = Math.max(ABOVE_PX, innerHeight / zoom - top + ABOVE_PX)
    opener.setAttribute('aria-expanded', 'true')
    this.#node.dir = rtl ? 'rtl' : 'ltr'
    this.#node.style.setProperty('--above', `${above}px`)
    this.#node.style.setProperty('--beside', `${Math.max(0, side)}px`)
    this.#query.value = ''
    this.#node.hidden = false
    this.#show()
    this.#resizes.observe(this.#grid.node)
    // On a phone a focused field opens a keyboard over half of the stickers.
    if (matchMedia('(hover: hover)').matches) this.#query.focus()
    // Focusing wants a layout: the first frame has made it, and paints it. A sheet closed meanwhile does not take the focus.
    else requestAnimationFrame(() => setTimeout(() => this.#grid.focus()))
  }

  #show(): void {
    const query = this.#query.value.trim()
    const sections =
      query === '' ? sectionsOf(this.#stickers, this.#options.own, this.#say) : this.#found(query)
    this.#grid.show(sections)
    this.#tabs.hidden = query !== '' || sections.length < 2
    if (query === '') this.#showTabs(sections)
    const found = sections.reduce((sum, { stickers }) => sum + stickers.length, 0)
    this.#said.textContent = query === '' ? '' : this.#foundWords(found, query)
    this.#said.dataset.none = String(found === 0)
  }

  #found(query: string): Section[] {
    this.#findable ??= this.#stickers.map(findable)
    const stickers = search(this.#findable, query)
    return stickers.length === 0 ? [] : [{ title: this.#say('stickersFound'), stickers }]
  }

  #showTabs(sections: readonly Section[]): void {
    const tabs = sections.map(({ title }) => button('sheet-tab', element('bdi', '', title)))
    makeOnlyStop(tabs[0], tabs)
    this.#tabs.replaceChildren(...tabs)
  }

  #tap(pressed: HTMLButtonElement): void {
    const sticker = pressed.dataset.sticker!
    this.#options.own.used(sticker)
    this.#options.onReact(sticker, pressed.querySelector('.sticker-icon')!)
  }

  #foundWords(found: number, query: string): string {
    return found === 0 ? this.#say('stickersNone', { query }) : this.#say('stickersCount', { n: found })
  }
}
