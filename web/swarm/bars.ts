import type { MoodPacket, Sticker } from '../../sdk/src/index.ts'
import { element, silent } from '../dom/element.ts'
import { stickerIcon } from '../stickers/sticker-icon.ts'

const BARS_MAX = 5
/** What a sticker had counts half after this time. */
const HALF_LIFE_MS = 1_500

/** The mood for those who want no motion: a bar for each of the loudest stickers, in the show's order, where the swarm would rise. */
export class Bars {
  readonly #host: HTMLElement
  readonly #levels = new Map<string, number>()
  readonly #bars = new Map<string, { node: HTMLElement; fill: HTMLElement }>()
  #atMs = 0
  #peak = 1

  constructor({ host }: { host: HTMLElement }) {
    this.#host = silent(host)
    host.classList.add('bars')
  }

  setStickers(stickers: readonly Sticker[], url: string): void {
    this.#bars.clear()
    this.#host.replaceChildren(
      ...stickers.map((sticker) => {
        const fill = element('span', 'bar-fill')
        const node = element('span', 'bar', element('span', 'bar-track', fill), stickerIcon(sticker, url))
        node.hidden = true
        this.#bars.set(sticker.sticker, { node, fill })
        return node
      }),
    )
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
    const loudest = new Set(
      [...this.#levels]
        .filter(([sticker]) => this.#bars.has(sticker))
        .sort(([, a], [, b]) => b - a)
        .slice(0, BARS_MAX)
        .map(([sticker]) => sticker),
    )
    for (const [sticker, { node, fill }] of this.#bars) {
      node.hidden = !loudest.has(sticker)
      fill.style.transform = `scaleY(${Math.sqrt((this.#levels.get(sticker) ?? 0) / this.#peak).toFixed(3)})`
    }
  }
}
