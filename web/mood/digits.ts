import { element } from '../dom/element.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'

/** Each change of what is written is a layout, and faster ones are a blur. */
const WRITE_MS = 250
const ROLL_MS = 200

/** A number whose digits roll in where they change: the text changes four times a second at the most, and only the compositor works in between. */
export class Digits {
  readonly node = element('strong', 'mood-total')
  #shown = ''
  #wanted = ''
  #writtenMs = Number.NEGATIVE_INFINITY
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    // One number, where the single digits would be read.
    this.node.setAttribute('role', 'img')
  }

  show(digits: string): void {
    this.#wanted = digits
    const waitMs = this.#writtenMs + WRITE_MS - performance.now()
    if (waitMs <= 0) this.#write()
    else this.#timer ??= setTimeout(() => this.#write(), waitMs)
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#wanted === this.#shown) return
    const [before, now] = [[...this.#shown], [...this.#wanted]]
    const rolls = this.#shown !== '' && !document.hidden && !reducedMotion()
    // The last digits keep their places, however many are before them.
    while (this.node.children.length > now.length) this.node.firstElementChild!.remove()
    while (this.node.children.length < now.length) this.node.prepend(element('span', 'digit'))
    for (const [i, digit] of now.entries()) {
      if (digit === before[before.length - now.length + i]) continue
      const node = this.node.children[i]!
      node.textContent = digit
      if (rolls) node.animate(ROLL, { duration: ROLL_MS, easing: 'ease-out' })
    }
    this.node.setAttribute('aria-label', this.#wanted)
    // The first number is there before any packet: what is known of the show follows it at once.
    if (this.#shown !== '') this.#writtenMs = performance.now()
    this.#shown = this.#wanted
  }
}

/** By the font's size: what is moved by its own size is not moved by the compositor alone. */
const ROLL: Keyframe[] = [
  { transform: 'translateY(0.5em)', opacity: 0 },
  { transform: 'none', opacity: 1 },
]
