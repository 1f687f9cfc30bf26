import type { Sticker } from '../../sdk/src/index.ts'
import { button, element, silent } from '../dom/element.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { isRtl, makeOnlyStop, rove } from '../dom/roving.ts'
import { scrollSideways } from '../dom/sideways.ts'
import type { Say } from '../words/words.ts'
import { COMBO_MS, Combo } from './combo.ts'
import { listenForPresses } from './press.ts'
import { stickerIcon } from './sticker-icon.ts'

const KEYS_MAX = 9
/** Share of the row that stays visible after an arrow is pressed. */
const OVERLAP = 0.2

export interface StickerBarOptions {
  host: HTMLElement
  /** Base URL of relative pictures. */
  url: string
  say: Say
  /** A sticker was tapped; `icon` is its picture on the button. */
  onTap(sticker: string, icon: Element): void
  /** Where single keys act: the whole of Roar's own page; on other pages only while the focus is inside. Default: the bar. */
  keys?: EventTarget
  /** A sticker was held. */
  onHold(sticker: string): void
  /** All stickers are requested. */
  onAll(opener: HTMLButtonElement): void
  /** They will be requested soon: a finger or the focus is on their button. */
  onAllSoon(): void
}

/**
 * The stickers of the bar, in one row within a thumb's reach, scrolled by wheel, arrows and fingers. Every finger counts, several
 * at once; keys 1 to 9 tap the first nine where `keys` allows (WCAG 2.1.4), except in a text field. It is a single tab stop
 * (WAI-ARIA, toolbar).
 */
export class StickerBar {
  readonly #options: StickerBarOptions
  readonly #listeners = new AbortController()
  readonly #combo = new Combo()
  readonly #row = element('div', 'stickers')
  readonly #all = button('sticker-all')
  readonly #allWords = element('span')
  readonly #back = arrow('back', '‹')
  readonly #on = arrow('on', '›')
  readonly #bar = element('div', 'sticker-row', this.#back, this.#row, this.#on, this.#all)
  readonly #buttons = new Map<string, HTMLButtonElement>()
  readonly #resizes = new ResizeObserver(() => this.#showArrows())
  #fadeTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: StickerBarOptions) {
    this.#options = options
    const { host, onHold, onAll, onAllSoon } = options
    host.classList.add('sticker-dock')
    host.append(this.#bar)
    this.#bar.setAttribute('role', 'toolbar')
    const { signal } = this.#listeners
    const keys = options.keys ?? host
    keys.addEventListener('keydown', (event) => this.#onKey(event as KeyboardEvent), { signal })
    listenForPresses({
      host: this.#row,
      signal,
      onTap: ({ dataset }) => this.#tap(dataset.sticker!),
      onHold: ({ dataset }) => onHold(dataset.sticker!),
    })
    rove(this.#bar, () => this.#stops())
    this.#all.append(silent(element('span', 'sticker-all-sign')), this.#allWords)
    this.#all.setAttribute('aria-haspopup', 'dialog')
    this.#all.setAttribute('aria-expanded', 'false')
    this.#all.hidden = true
    this.#all.addEventListener('click', () => onAll(this.#all))
    for (const name of ['pointerenter', 'focus']) this.#all.addEventListener(name, onAllSoon)
    for (const [node, way] of [
      [this.#back, -1],
      [this.#on, 1],
    ] as const)
      node.addEventListener('click', () => this.#move(way))
    this.#row.addEventListener('scroll', () => this.#showArrows(), { passive: true })
    this.#resizes.observe(this.#row)
    scrollSideways(this.#row, signal)
    this.speak()
  }

  /** @param options.all How many the show has: if the bar has all of them, the button for more is hidden. */
  setStickers(stickers: readonly Sticker[], { all }: { all: number }): void {
    this.#buttons.clear()
    this.#row.replaceChildren(...stickers.map((sticker, i) => this.#makeButton(sticker, i)))
    this.#all.hidden = all <= stickers.length
    const stops = this.#stops()
    makeOnlyStop(stops[0], stops)
    this.#showArrows()
  }

  /** Shows what a tap does now: react, or post under the viewer's name. */
  setMode(mode: 'react' | 'post'): void {
    this.#row.dataset.mode = mode
    this.speak()
  }

  /** Renders all texts again, in the current language. */
  speak(): void {
    const { say } = this.#options
    const posts = this.#row.dataset.mode === 'post'
    this.#bar.setAttribute('aria-label', say('stickers'))
    this.#all.setAttribute('aria-label', say('stickersAll'))
    this.#allWords.textContent = say('stickersMore')
    for (const node of this.#buttons.values())
      node.setAttribute('aria-label', posts ? say('stickerPost', { sticker: node.title }) : node.title)
  }

  close(): void {
    this.#listeners.abort()
    this.#resizes.disconnect()
    clearTimeout(this.#fadeTimer)
    this.#bar.remove()
  }

  #stops(): HTMLElement[] {
    return [...this.#buttons.values(), this.#all].filter(({ hidden }) => !hidden)
  }

  #makeButton(sticker: Sticker, index: number): HTMLButtonElement {
    const node = button('sticker', stickerIcon(sticker, this.#options.url), silent(element('span', 'combo')))
    node.dataset.sticker = sticker.sticker
    // For pages that style it through a shadow tree.
    node.setAttribute('part', 'sticker')
    node.title = sticker.title
    node.setAttribute('aria-label', sticker.title)
    if (index < KEYS_MAX) {
      node.setAttribute('aria-keyshortcuts', String(index + 1))
      node.append(silent(element('kbd', 'sticker-key', String(index + 1))))
    }
    this.#buttons.set(sticker.sticker, node)
    return node
  }

  #move(way: number): void {
    const px = this.#row.clientWidth * (1 - OVERLAP) * way
    const behavior = reducedMotion() ? 'instant' : 'smooth'
    this.#row.scrollBy({ left: isRtl(this.#row) ? -px : px, behavior })
  }

  /** Shows an arrow where there is more to see. */
  #showArrows(): void {
    const { scrollLeft, scrollWidth, clientWidth } = this.#row
    const at = Math.abs(scrollLeft)
    this.#back.hidden = at <= 1
    this.#on.hidden = at >= scrollWidth - clientWidth - 1
    this.#row.dataset.goesOn = String(!this.#on.hidden)
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const target = event.composedPath()[0]
    if (
      target instanceof HTMLElement &&
      (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
    )
      return
    const place = Number.parseInt(event.key, 10) - 1
    const sticker = [...this.#buttons.keys()][place]
    if (sticker !== undefined && place < KEYS_MAX) this.#tap(sticker)
  }

  #tap(sticker: string): void {
    const node = this.#buttons.get(sticker)!
    if (this.#row.dataset.mode !== 'post') this.#celebrate(node, this.#combo.tap(sticker, performance.now()))
    this.#options.onTap(sticker, node.querySelector('.sticker-icon')!)
  }

  #celebrate(node: HTMLButtonElement, combo: number): void {
    // Some browsers lack vibration and others refuse it; a tap does not need it.
    navigator.vibrate?.(Math.min(24, 6 + combo))
    const badge = node.querySelector<HTMLElement>('.combo')!
    for (const other of this.#buttons.values()) {
      if (other !== node) delete other.dataset.combo
    }
    badge.textContent = combo > 1 || reducedMotion() ? `×${combo}` : ''
    node.dataset.combo = String(combo)
    clearTimeout(this.#fadeTimer)
    this.#fadeTimer = setTimeout(() => delete node.dataset.combo, COMBO_MS)
    if (reducedMotion()) return
    const heat = Math.min(1, combo / 12)
    const icon = node.querySelector('.sticker-icon')!
    icon.animate([{ scale: 0.8 }, { scale: 1.22 + 0.2 * heat, offset: 0.35 }, { scale: 1 }], {
      duration: 280,
      easing: 'ease-out',
    })
    badge.animate([{ scale: 0.6 }, { scale: 1.3 + 0.4 * heat, offset: 0.4 }, { scale: 1 }], { duration: 220 })
  }
}

/** For a mouse only: keys and fingers do not need it. */
function arrow(way: 'back' | 'on', sign: string): HTMLButtonElement {
  const node = silent(button('sticker-arrow', sign))
  node.dataset.way = way
  node.tabIndex = -1
  node.hidden = true
  return node
}
