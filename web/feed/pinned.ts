import type { ShowDocument, Sticker } from '../../sdk/src/index.ts'
import type { Key } from '../words/words.ts'

/** If the same, it is not rendered again, and a screen reader stays silent. */
const isSame = (a: ShowDocument['pinned'], b: ShowDocument['pinned']): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

export interface PinnedOptions {
  host: HTMLElement
  say: (key: Key) => string
  /** A sticker's picture. @param isNamed Whether nothing else gives its name. */
  icon: (sticker: Sticker, isNamed: boolean) => HTMLElement
}

/**
 * What the producers pinned above the posts: somebody's post, or their own words. Loaded once something is pinned, as a
 * script bundled by itself: code shared with the page would be loaded twice, so the page passes in its words and icons.
 */
export class PinnedView {
  readonly #options: PinnedOptions
  #show: Pick<ShowDocument, 'pinned' | 'stickers'> = { stickers: [] }

  constructor(options: PinnedOptions) {
    this.#options = options
    options.host.setAttribute('aria-live', 'polite')
  }

  setShow(show: Pick<ShowDocument, 'pinned' | 'stickers'>): void {
    const before = this.#show
    this.#show = show
    if (!isSame(before.pinned, show.pinned)) this.speak()
  }

  /** Unpins a post that a moderator removed, before the show's document says so. */
  withdraw(ids: readonly string[]): void {
    const { pinned, stickers } = this.#show
    if (ids.includes(pinned?.id ?? '')) this.setShow({ stickers })
  }

  /** Renders it again, in the page's current language. */
  speak(): void {
    const { host } = this.#options
    const { pinned } = this.#show
    host.hidden = pinned === undefined
    host.replaceChildren(...(pinned === undefined ? [] : this.#drawn(pinned)))
  }

  #drawn({ name, text, sticker: id }: NonNullable<ShowDocument['pinned']>): Node[] {
    const { say, icon } = this.#options
    const sticker = this.#show.stickers.find(({ sticker }) => sticker === id)
    const words = made('span', 'pinned-words', made('span', 'pinned-label', say('pinned')), ' ')
    if (name !== undefined) words.append(made('bdi', 'post-name', name), ' ')
    const said = text ?? sticker?.title
    if (said !== undefined) words.append(made('bdi', 'pinned-text', said))
    if (sticker !== undefined) return [icon(sticker, text !== undefined), words]
    const sign = made('span', 'pinned-icon', '📌')
    sign.setAttribute('aria-hidden', 'true')
    return [sign, words]
  }
}

function made(name: string, className: string, ...within: (Node | string)[]): HTMLElement {
  const node = document.createElement(name)
  node.className = className
  node.append(...within)
  return node
}
