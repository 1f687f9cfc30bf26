import type { Choice, PollKind } from '../../sdk/src/votes/index.ts'
import { setHidden, setText } from '../dom/change.ts'
import { button, element, silent } from '../dom/element.ts'
import { type Language, languageOf } from '../dom/language.ts'
import { reducedMotion } from '../dom/reduced-motion.ts'
import { together } from '../dom/together.ts'
import { pictureAt, pictureOf } from '../stickers/picture.ts'
import type { Say } from '../words/words.ts'
import { CountUp } from './count-up.ts'
import type { Share } from './poll-view.ts'
import { countWords } from './poll-words.ts'

/** How long a bar and its number animate, and how often the number is updated meanwhile. */
const MOVE_MS = 600
const STEP_MS = 250

export interface RowState {
  voting: boolean
  /** Points given, or 1 if picked. */
  given: number
  /** How many more may be given. */
  more: number
  share: Share | undefined
  language: Language
  count: number
  right: boolean
  wins: boolean
  /** Tied for the win. */
  tied: boolean
}

/** One choice of a poll: pickable while voting, a bar and a number once there are counts. */
export class ChoiceRow {
  readonly node: HTMLElement
  readonly #kind: PollKind
  readonly #title: string
  readonly #say: Say
  readonly #input = element('input', 'choice-input')
  readonly #fewer = button('choice-step', '−')
  readonly #points = element('output', 'choice-points', '0')
  readonly #more = button('choice-step', '+')
  readonly #bar = silent(element('span', 'choice-bar'))
  readonly #mark = element('span', 'choice-mark')
  readonly #percent = element('span', 'choice-percent')
  readonly #count = element('span', 'choice-count')
  readonly #number = new CountUp()
  #language = languageOf()
  #isCounting = false

  constructor({
    choice: { choice, title, image },
    kind,
    url,
    say,
    onPick,
    onGive,
  }: {
    choice: Choice
    kind: PollKind
    url: string
    say: Say
    onPick(): void
    onGive(points: number): void
  }) {
    this.#kind = kind
    this.#title = title
    this.#say = say
    this.node = element(kind === 'points' ? 'div' : 'label', 'choice', this.#bar)
    this.node.dataset.choice = choice
    if (image !== undefined) this.node.append(silent(pictureOf('choice-image', pictureAt(image, url))))
    const name = element('span', 'choice-title', title)
    const controls: HTMLElement[] = kind === 'points' ? [this.#fewer, this.#points, this.#more] : []
    if (kind === 'points') {
      this.node.role = 'group'
      this.node.ariaLabel = title
    } else {
      this.#input.type = kind === 'one' ? 'radio' : 'checkbox'
      this.#input.name = 'poll-choice'
      this.node.append(this.#input)
    }
    this.node.append(
      name,
      this.#mark,
      element('span', 'choice-numbers', this.#percent, this.#count),
      ...controls,
    )
    this.#input.addEventListener('change', onPick)
    this.#fewer.addEventListener('click', () => onGive(-1))
    this.#more.addEventListener('click', () => onGive(1))
  }

  focus(): void {
    if (this.#kind === 'points') this.#more.focus()
    else this.#input.focus()
  }

  show({ voting, given, more, share, language, count, right, wins, tied }: RowState): void {
    const { dataset } = this.node
    this.#language = language
    for (const [name, is] of Object.entries({ voting, own: given > 0, wins, right }))
      if (dataset[name] !== String(is)) dataset[name] = String(is)
    this.#input.checked = given > 0
    // A picked choice stays reachable by keyboard even if no more can be picked.
    this.#input.disabled = !voting || (this.#kind === 'several' && more === 0 && given === 0)
    setText(this.#points, language.number(given))
    this.#fewer.ariaLabel = this.#say('choiceFewer', { choice: this.#title })
    this.#more.ariaLabel = this.#say('choiceMore', { choice: this.#title })
    for (const node of [this.#fewer, this.#points, this.#more]) setHidden(node, !voting)
    this.#fewer.ariaDisabled = String(given === 0)
    this.#more.ariaDisabled = String(more === 0)
    const mine = this.#say(this.#kind === 'points' ? 'choiceYourPoints' : 'choiceYours', { n: given })
    const marks = [
      right && `✓ ${this.#say('choiceRight')}`,
      tied && this.#say('choiceTie'),
      !voting && given > 0 && mine,
    ]
    setText(this.#mark, marks.filter(Boolean).join(' · '))
    this.#move(voting ? undefined : share)
    const words = voting || share === undefined ? '' : countWords(this.#kind, count, this.#say)
    setText(this.#count, words)
  }

  #move(share: Share | undefined): void {
    this.#bar.style.transform = `scaleX(${(share?.length ?? 0).toFixed(4)})`
    setHidden(this.#percent, share === undefined)
    if (share === undefined) return
    this.#number.set(share.percent, performance.now(), reducedMotion() ? 1 : MOVE_MS)
    this.#countUp()
  }

  /** In a few steps, together with other writes: the bar beside it is animated by the compositor. */
  #countUp(): void {
    const now = performance.now()
    setText(this.#percent, this.#language.percent(this.#number.at(now)))
    if (this.#isCounting || !this.#number.moving(now)) return
    this.#isCounting = true
    together(() => {
      this.#isCounting = false
      this.#countUp()
    }, STEP_MS)
  }
}
