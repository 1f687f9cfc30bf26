import type { MoodPacket, Segment, ShowDocument } from '../../sdk/src/index.ts'
import { setText } from '../dom/change.ts'
import { element } from '../dom/element.ts'
import { type Language, languageOf } from '../dom/language.ts'
import { percents, Shares } from '../mood/shares.ts'
import { colourOf, sidesOf } from '../mood/sides.ts'
import type { Say } from '../words/words.ts'

/** Digits must be readable from a sofa, so they change no faster. */
const SHOW_MS = 500

/** Who is winning the moment, side against side, and how many reactions there were. */
export class MoodPlate {
  readonly #host: HTMLElement
  readonly #say: Say
  readonly #label = element('span')
  readonly #total = element('strong', 'mood-total')
  readonly #track = element('div', 'mood-track')
  readonly #sides = element('div', 'mood-sides')
  #language: Language = languageOf()
  #segments: Segment[] = []
  #shares = new Shares([])
  #known = ''
  #newest: MoodPacket | undefined
  #estimated = false

  constructor(host: HTMLElement, say: Say) {
    this.#host = host
    this.#say = say
    host.append(this.#total, ' ', this.#label, this.#sides, this.#track)
    this.speak()
    setInterval(() => this.#render(), SHOW_MS)
  }

  /** Renders all texts again, in the current language. */
  speak(): void {
    setText(this.#label, this.#say('moodReactions', { n: this.#newest?.total ?? 0 }))
  }

  setShow(document: ShowDocument): void {
    this.#language = languageOf(document.language)
    const shown = sidesOf(document)
    const known = JSON.stringify(shown)
    if (known === this.#known) return
    this.#known = known
    this.#segments = shown
    this.#shares = new Shares(shown.map(({ segment }) => segment))
    const painted = <Node extends HTMLElement>(node: Node, i: number): Node => {
      node.style.setProperty('--side', colourOf(shown[i]!, i))
      return node
    }
    this.#sides.replaceChildren(
      ...shown.map(({ title }, i) => painted(element('bdi', 'mood-side', title), i)),
    )
    this.#track.replaceChildren(...shown.map((_, i) => painted(element('span', 'mood-fill'), i)))
  }

  /** @param options.stale The packet is hours old: only its total is shown. */
  add(packet: MoodPacket, { stale }: { stale: boolean }): void {
    this.#newest = packet
    this.#estimated ||= packet.sample !== undefined
    if (stale) return
    const now = performance.now()
    for (const [segment, n] of packet.sides ?? []) this.#shares.add(segment, { n, ms: packet.ms }, now)
  }

  #render(): void {
    if (this.#newest === undefined) return
    const shares = this.#segments.length > 1 ? this.#shares.at(performance.now()) : undefined
    this.#host.hidden = false
    this.speak()
    this.#host.dataset.shares = shares === undefined ? 'none' : 'some'
    const about = this.#estimated ? '≈ ' : ''
    this.#total.textContent = `${about}${this.#language.number(this.#newest.total)}`
    if (shares === undefined) return
    const whole = percents(shares)
    for (const [i, share] of shares.entries()) {
      const fill = this.#track.children[i] as HTMLElement
      fill.textContent = this.#language.percent(whole[i]!)
      fill.style.flexGrow = share.toFixed(3)
    }
  }
}
