import type { Segment } from '../../sdk/src/index.ts'
import { setStyle, setText } from '../dom/change.ts'
import { button, element, silent } from '../dom/element.ts'
import { type Language, languageOf } from '../dom/language.ts'
import type { Say } from '../words/words.ts'
import { percents } from './shares.ts'
import { colourOf } from './sides.ts'

/** A bar with more sides cannot be read. */
const SIDES_MAX = 4
/** From this many digits the number is smaller, so that the sides keep their names: hundreds of millions on a narrow phone. */
const DIGITS_LONG = 9

export interface MoodBarOptions {
  host: HTMLElement
  say: Say
  /** The viewer chose a side, or left it (undefined). */
  onSide(segment: string | undefined): void
}

/** Who is winning the moment, and how many reactions there were: the total in the middle, the sides around it. */
export class MoodBar {
  readonly #options: MoodBarOptions
  readonly #total = element('strong', 'mood-total', '0')
  readonly #label = element('span', 'mood-label')
  readonly #sides = element('div', 'mood-sides')
  readonly #track = silent(element('div', 'mood-track'))
  readonly #parts = new Map<string, { node: HTMLButtonElement; percent: HTMLElement; fill: HTMLElement }>()
  #language = languageOf()
  #chosen: string | undefined
  #n = 0

  constructor(options: MoodBarOptions) {
    this.#options = options
    options.host.classList.add('mood')
    const line = element('div', 'mood-line', this.#total, this.#label)
    options.host.append(element('div', 'mood-middle', line), this.#sides, this.#track)
    this.speak()
  }

  get chosen(): string | undefined {
    return this.#chosen
  }

  /** Renders all texts again, in the current language. */
  speak(): void {
    this.setTotal(this.#n)
    this.setChosen(this.#chosen)
  }

  setSides(segments: readonly Segment[], language: Language): void {
    this.#language = language
    this.#parts.clear()
    const sides = segments.slice(0, SIDES_MAX)
    this.#sides.replaceChildren()
    this.#track.replaceChildren()
    for (const [i, side] of sides.entries()) {
      const percent = element('span', 'mood-percent')
      const title = element('span', 'mood-side-title', element('bdi', '', side.title))
      const node = button('mood-side', title, element('span', 'mood-share', percent))
      node.style.setProperty('--side', colourOf(side, i))
      node.dataset.segment = side.segment
      node.addEventListener('click', () => this.#choose(side.segment))
      const fill = element('span', 'mood-fill')
      fill.style.setProperty('--side', colourOf(side, i))
      this.#sides.append(node)
      // The first side lies on top: each fill extends from the left to the end of its share.
      this.#track.prepend(fill)
      this.#parts.set(side.segment, { node, percent, fill })
    }
    this.#options.host.dataset.sides = String(sides.length)
    this.setShares(undefined)
    this.setChosen(this.#chosen)
  }

  /** Shares in the order of the sides; undefined: too little is known to show any. */
  setShares(shares: readonly number[] | undefined): void {
    const whole = shares && percents(shares)
    let end = 0
    for (const [i, { percent, fill }] of [...this.#parts.values()].entries()) {
      end += shares?.[i] ?? 0
      const words = whole ? this.#language.percent(whole[i]!) : ''
      setText(percent, words)
      // In units of the mood's width, which is the track's: percentages of the fill itself cannot be animated by the compositor
      // alone. Formatted as browsers do, without trailing zeros, or `setStyle` would always see a change.
      setStyle(fill, 'transform', `translateX(${Math.round((end - 1) * 1000) / 10}cqw)`)
    }
  }

  setChosen(segment: string | undefined): void {
    this.#chosen = segment
    for (const [side, { node }] of this.#parts) {
      node.setAttribute('aria-pressed', String(side === segment))
      const title = node.querySelector('bdi')!.textContent
      node.title = this.#options.say(side === segment ? 'moodWith' : 'moodStand', { side: title })
    }
  }

  /** Marks the total as an estimate from now on: a sum that includes sampled reactions stays one. */
  setEstimated(): void {
    if (this.#total.dataset.estimated !== undefined) return
    this.#total.dataset.estimated = ''
    this.speak()
  }

  setTotal(total: number): void {
    this.#n = total
    const { estimated } = this.#total.dataset
    const label = estimated === undefined ? 'moodReactions' : 'moodEstimated'
    setText(this.#label, this.#options.say(label, { n: total }))
    const digits = this.#language.number(total)
    setText(this.#total, digits)
    this.#total.toggleAttribute('data-long', digits.length > DIGITS_LONG)
  }

  close(): void {
    this.#options.host.replaceChildren()
  }

  #choose(segment: string): void {
    this.setChosen(segment === this.#chosen ? undefined : segment)
    this.#options.onSide(this.#chosen)
  }
}
