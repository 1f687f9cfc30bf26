import type { Sticker } from '../../../sdk/src/index.ts'
import { button, element, silent } from '../../dom/element.ts'
import { reducedMotion } from '../../dom/reduced-motion.ts'
import type { Say } from '../../words/words.ts'
import type { OwnStickers } from '../own-stickers.ts'
import { stickerIcon } from '../sticker-icon.ts'

export interface LargeOptions {
  url: string
  say: Say
  own: OwnStickers
  onReact(sticker: string, icon: Element): void
  /** Posting a sticker: the button's label, and the action. Absent: no button. */
  post?: { words(): string; act(sticker: string): void } | undefined
  /** The viewer's own stickers have changed. */
  onOwn(): void
}

/** One sticker as large as a hand, animated if it is, with all actions for it. */
export class Large {
  readonly node = element('dialog', 'large')
  readonly #options: LargeOptions

  constructor(options: LargeOptions) {
    this.#options = options
    // A click beside the card hits the dialog itself, whose backdrop it is.
    this.node.addEventListener('click', ({ target }) => target === this.node && this.node.close())
  }

  /** On closing, the focus returns to where it was. */
  show(sticker: Sticker): void {
    const { url, own, post, say, onReact, onOwn } = this.#options
    const { sticker: id, title, category } = sticker
    const icon = stickerIcon(sticker, url, { large: !reducedMotion() })
    const react = button('large-react', say('stickerReact'))
    react.addEventListener('click', () => {
      onReact(id, icon)
      if (!reducedMotion()) icon.animate([{ scale: 0.86 }, { scale: 1.1, offset: 0.4 }, { scale: 1 }], 240)
    })
    const closing = (node: HTMLButtonElement, act: () => void) => {
      node.addEventListener('click', () => {
        this.node.close()
        act()
      })
      return node
    }
    const toggle = (label: string, is: () => boolean, set: (is: boolean) => void) => {
      const node = button('large-toggle', label)
      const show = () => node.setAttribute('aria-pressed', String(is()))
      node.addEventListener('click', () => {
        set(!is())
        show()
        onOwn()
      })
      show()
      return node
    }
    const close = closing(button('large-close', silent(element('span', '', '✕'))), () => {})
    close.setAttribute('aria-label', say('stickerClose'))
    const name = element('h2', 'large-title', element('bdi', '', title))
    name.id = 'large-title'
    this.node.setAttribute('aria-labelledby', name.id)
    this.node.replaceChildren(
      element(
        'div',
        'large-card',
        close,
        element('div', 'large-picture', icon),
        name,
        element('p', 'large-category', element('bdi', '', category ?? '')),
        element(
          'div',
          'large-acts',
          react,
          ...(post === undefined ? [] : [closing(button('large-post', post.words()), () => post.act(id))]),
        ),
        element(
          'div',
          'large-own',
          toggle(
            say('stickerFavourite'),
            () => own.favourites.includes(id),
            (is) => own.setFavourite(id, is),
          ),
          toggle(
            say('stickerMine'),
            () => own.inBar === id,
            (is) => {
              own.inBar = is ? id : undefined
            },
          ),
        ),
      ),
    )
    this.node.showModal()
    react.focus()
  }
}
