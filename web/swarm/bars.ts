import type { MoodPacket, Sticker } from '../../sdk/src/index.ts'
import { element, silent } from '../dom/element.ts'
import { stickerIcon } from '../stickers/sticker-icon.ts'

const BARS_MAX = 5
/** Half-life of a sticker's count. */
const HALF_LIFE_MS = 1_500

interface Bar {
  node: HTMLElement
  fill: HTMLElement
}

/** The mood with reduced motion: a bar for each of the loudest stickers, in the show's order, where the swarm would rise. */
export class Bars {
  readonly #host: HTMLElement
  readonly #levels = new Map<string, number>()
  readonly #bars = new Map<string, Bar>()
  #makeBar: (sticker: string) => Bar | undefined = () => undefined
  #atMs = 0
  #peak = 1

  constructor({ host }: { host: HTMLElement }) {
    this.#host = silent(host)
    host.classList.add('bars')
  }

  /** A sticker's bar is created when it is first among the loudest: most of a large pack never are. */
  setStickers(stickers: readonly Sticker[], url: string): void {
    this.#bars.clear()
    this.#host.replaceChildren()
    const places = new Map(stickers.map((sticker, place) => [sticker.sticker, { sticker, place }]))
    this.#makeBar = (id) => {
      const known = places.get(id)
      if (known === undefined) return undefined
      const fill = element('span', 'bar-fill')
      const node = element('span', 'bar', element('span', 'bar-track', fill), stickerIcon(known.sticker, url))
      node.style.order = String(known.place)
      this.#host.append(node)
      const bar = { node, fill }
      this.#bars.set(id, bar)
      return bar
    }
  }

  packet({ ms, top }: MoodPacket, now: number): void {
    const kept = 0.5 ** (Math.max(ms, now - this.#atMs) / HALF_LIFE_MS)
    this.#atMs = now
    for (const [sticker, level] of this.#levels) this.#levels.set(sticker, level * kept)
    for (const [sticker, count] of top) {
      this.#levels.set(sticker, (this.#levels.get(sticker) ?? 0) + (count * 1000 * (1 - kept)) / ms)
    }
    this.#peak = Math.max(1, this.#peak * 0.99, ...this.#levels.values())
    this.#show()
  }

  #show(): void {
    const loudest = new Set<string>()
    for (const [sticker] of [...this.#levels].sort(([, a], [, b]) => b - a)) {
      if (loudest.size === BARS_MAX) break
      if (this.#bars.has(sticker) || this.#makeBar(sticker)) loudest.add(sticker)
    }
    for (const [sticker, { node, fill }] of this.#bars) {
      node.hidden = !loudest.has(sticker)
      fill.style.transform = `scaleY(${Math.sqrt((this.#levels.get(sticker) ?? 0) / this.#peak).toFixed(3)})`
    }
  }
}
