import type { ShowDocument } from '../../sdk/src/index.ts'
import { element, silent } from '../dom/element.ts'
import { stickerIcon } from '../stickers/sticker-icon.ts'
import { say } from '../words/words.ts'

/** Whether this is drawn anew: a screen reader is told of it only then. */
const isSame = (a: ShowDocument['pinned'], b: ShowDocument['pinned']): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

/** What the producers have pinned, above the posts: somebody's post, or words of their own. */
export class PinnedView {
  readonly #host: HTMLElement
  readonly #url: string
  #show: Pick<ShowDocument, 'pinned' | 'stickers'> = { stickers: [] }

  /** @param options.url Where relative pictures come from. */
  constructor({ host, url }: { host: HTMLElement; url: string }) {
    this.#host = host
    this.#url = url
    host.setAttribute('aria-live', 'polite')
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
    const { pinned } = this.#show
    this.#host.hidden = pinned === undefined
    this.#host.replaceChildren(...(pinned === undefined ? [] : this.#drawn(pinned)))
  }

  #drawn({ name, text, sticker: id }: NonNullable<ShowDocument['pinned']>): Node[] {
    const sticker = this.#show.stickers.find(({ sticker }) => sticker === id)
    const words = element('span', 'pinned-words', element('span', 'pinned-label', say('pinned')), ' ')
    if (name !== undefined) words.append(element('bdi', 'post-name', name), ' ')
    const said = text ?? sticker?.title
    if (said !== undefined) words.append(element('bdi', 'pinned-text', said))
    const picture = sticker && stickerIcon(sticker, this.#url, { named: text !== undefined })
    return [picture ?? silent(element('span', 'pinned-icon', '📌')), words]
  }
}
