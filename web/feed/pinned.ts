import type { ShowDocument, Sticker } from '../../sdk/src/index.ts'
import type { Key } from '../words/words.ts'

/** Whether this is drawn anew: a screen reader is told of it only then. */
const isSame = (a: ShowDocument['pinned'], b: ShowDocument['pinned']): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

export interface PinnedOptions {
  host: HTMLElement
  say: (key: Key) => string
  /** The picture of a sticker. @param isNamed Whether nothing else says what it is. */
  icon: (sticker: Sticker, isNamed: boolean) => HTMLElement
}

/**
 * What the producers have pinned, above the posts: somebody's post, or words of their own. Loaded where something is: it shares no
 * code with the page, which would load that first.
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

  /** A post that a moderator took away is pinned no more, before the show's document says so. */
  withdraw(ids: readonly string[]): void {
    const { pinned, stickers } = this.#show
    if (ids.includes(pinned?.id ?? '')) this.setShow({ stickers })
  }

  /** Says it anew, in the page's language as it is now. */
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
