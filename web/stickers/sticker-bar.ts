import type { Sticker } from '../../sdk/src/index.ts'
import { button, element, silent } from '../dom/element.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { COMBO_MS, Combo } from './combo.ts'
import { stickerIcon } from './sticker-icon.ts'

/** A finger that rests this long means more than a tap. */
const HOLD_MS = 480
/** A finger that moves further scrolls. */
const SLIP_PX = 14
/** A click this soon after a finger's lifting is that finger's. */
const CLICK_AFTER_MS = 700
const KEYS_MAX = 9

export interface StickerBarOptions {
  host: HTMLElement
  /** Where relative pictures come from. */
  url: string
  /** A sticker was tapped; `icon` is its picture on the button. */
  onTap(sticker: string, icon: Element): void
  /** Where the single keys act: in all of a page that is Roar's own, on somebody else's only with the focus inside. Default: in the bar. */
  keys?: EventTarget
  /** A sticker was held. Without this, holding is tapping. */
  onHold?: (sticker: string) => void
}

/**
 * The stickers, in reach of a thumb. Every finger counts, several at once; keys 1 to 9 tap the first nine where `keys`
 * says (WCAG 2.1.4), except in a text field.
 */
export class StickerBar {
  readonly #options: StickerBarOptions
  readonly #listeners = new AbortController()
  readonly #combo = new Combo()
  readonly #grid = element('div', 'stickers')
  readonly #buttons = new Map<string, HTMLButtonElement>()
  #fadeTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: StickerBarOptions) {
    this.#options = options
    options.host.classList.add('sticker-dock')
    options.host.append(this.#grid)
    const { signal } = this.#listeners
    const keys = options.keys ?? options.host
    keys.addEventListener('keydown', (event) => this.#onKey(event as KeyboardEvent), { signal })
  }

  setStickers(stickers: readonly Sticker[]): void {
    this.#buttons.clear()
    this.#grid.replaceChildren(...stickers.map((sticker, i) => this.#makeButton(sticker, i)))
    this.#grid.dataset.pack = packSize(stickers.length)
  }

  /** Says what a tap does now: react, or post under the viewer's name. */
  setMode(mode: 'react' | 'post'): void {
    this.#grid.dataset.mode = mode
    for (const node of this.#buttons.values()) {
      node.setAttribute('aria-label', mode === 'post' ? `Post ${node.title}` : node.title)
    }
  }

  close(): void {
    this.#listeners.abort()
    clearTimeout(this.#fadeTimer)
    this.#grid.remove()
  }

  #makeButton(sticker: Sticker, index: number): HTMLButtonElement {
    const node = button('sticker', stickerIcon(sticker, this.#options.url), silent(element('span', 'combo')))
    node.dataset.sticker = sticker.sticker
    // For pages that have this in a shadow tree.
    node.setAttribute('part', 'sticker')
    node.title = sticker.title
    node.setAttribute('aria-label', sticker.title)
    if (index < KEYS_MAX) {
      node.setAttribute('aria-keyshortcuts', String(index + 1))
      node.append(silent(element('kbd', 'sticker-key', String(index + 1))))
    }
    this.#buttons.set(sticker.sticker, node)
    this.#listen(node, sticker.sticker)
    return node
  }

  /** A click comes for the first finger only and late, so fingers are heard when they lift; a click without one is a keyboard's or a screen reader's. */
  #listen(node: HTMLButtonElement, sticker: string): void {
    const fingers = new Map<number, { x: number; y: number; hold: ReturnType<typeof setTimeout> }>()
    let liftedMs = Number.NEGATIVE_INFINITY
    const leave = (event: PointerEvent) => {
      const finger = fingers.get(event.pointerId)
      clearTimeout(finger?.hold)
      fingers.delete(event.pointerId)
      return finger
    }
    node.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return
      const hold = setTimeout(() => {
        if (this.#options.onHold === undefined || !fingers.delete(event.pointerId)) return
        liftedMs = performance.now()
        this.#options.onHold(sticker)
      }, HOLD_MS)
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY, hold })
    })
    node.addEventListener('pointerup', (event) => {
      liftedMs = performance.now()
      const finger = leave(event)
      if (finger && Math.hypot(event.clientX - finger.x, event.clientY - finger.y) <= SLIP_PX)
        this.#tap(sticker)
    })
    node.addEventListener('pointercancel', leave)
    node.addEventListener('click', () => {
      if (performance.now() - liftedMs > CLICK_AFTER_MS) this.#tap(sticker)
    })
    node.addEventListener('contextmenu', (event) => event.preventDefault())
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
    if (this.#grid.dataset.mode !== 'post') this.#celebrate(node, this.#combo.tap(sticker, performance.now()))
    this.#options.onTap(sticker, node.querySelector('.sticker-icon')!)
  }

  #celebrate(node: HTMLButtonElement, combo: number): void {
    // Some browsers have no vibration and others refuse it; a tap needs none.
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

/** Up to four stand in one row, up to eight in two; more go sideways. */
function packSize(stickers: number): 'few' | 'some' | 'many' {
  if (stickers <= 4) return 'few'
  return stickers <= 8 ? 'some' : 'many'
}
