import { button, element } from '../../dom/element.ts'
import { isRtl, makeOnlyStop } from '../../dom/roving.ts'
import type { Say } from '../../words/words.ts'
import { stickerIcon } from '../sticker-icon.ts'
import { rowsOf, type Section } from './sections.ts'

/** A button and the room around it, in pixels: what a finger needs. */
const CELL_PX = 56
/** Rows that PageUp and PageDown go over. */
const PAGE_ROWS = 4

/**
 * Stickers under headings as a grid (WAI-ARIA): one of them can be reached with Tab, the others with arrow keys, Home, End,
 * with Control to the first and the last of all, PageUp and PageDown.
 */
export class StickerGrid {
  readonly node = element('div', 'sheet-grid')
  readonly #url: string
  readonly #say: Say
  #rows: HTMLButtonElement[][] = []
  #sections: readonly Section[] = []
  #columns = 0
  #stop: HTMLButtonElement | undefined

  /** @param options.url Where relative pictures come from. */
  constructor({ url, say }: { url: string; say: Say }) {
    this.#url = url
    this.#say = say
    this.node.setAttribute('role', 'grid')
    this.node.addEventListener('keydown', (event) => this.#onKey(event))
    this.node.addEventListener('focusin', ({ target }) => {
      const one = (target as Element).closest<HTMLButtonElement>('button[data-sticker]')
      if (one !== null) this.#stopAt(one)
    })
  }

  show(sections: readonly Section[]): void {
    this.#sections = sections
    this.node.setAttribute('aria-label', this.#say('stickers'))
    this.#build()
  }

  /** Rows of another length, where the grid became wider or narrower. */
  fit(): void {
    if (this.#columnsNow() !== this.#columns) this.#build()
  }

  focus(): void {
    this.#stop?.focus()
  }

  headings(): HTMLElement[] {
    return [...this.node.querySelectorAll<HTMLElement>('.sheet-heading')]
  }

  #columnsNow(): number {
    return Math.max(1, Math.floor(this.node.clientWidth / CELL_PX))
  }

  #build(): void {
    this.#columns = this.#columnsNow()
    this.node.style.setProperty('--columns', String(this.#columns))
    const { activeElement } = this.node.getRootNode() as Document | ShadowRoot
    const hadFocus = activeElement !== null && this.node.contains(activeElement)
    const stopped = this.#stop?.dataset.sticker
    this.#rows = []
    this.node.replaceChildren(...this.#sections.map((section) => this.#group(section)))
    const all = this.#rows.flat()
    this.#stop = all.find(({ dataset }) => dataset.sticker === stopped) ?? all[0]
    if (this.#stop) this.#stop.tabIndex = 0
    if (hadFocus) this.focus()
  }

  #group({ title, stickers }: Section): HTMLElement {
    const heading = element('span', 'sheet-heading', element('bdi', '', title))
    heading.setAttribute('role', 'rowheader')
    const head = rowOf(heading)
    const rows = rowsOf(stickers, this.#columns).map((row) => {
      const buttons = row.map((sticker) => {
        const node = button('sheet-sticker', stickerIcon(sticker, this.#url, { lazy: true }))
        node.dataset.sticker = sticker.sticker
        node.title = sticker.title
        node.tabIndex = -1
        node.setAttribute('aria-label', sticker.title)
        return node
      })
      this.#rows.push(buttons)
      return rowOf(...buttons.map(cellOf))
    })
    const group = element('div', 'sheet-group', head, ...rows)
    group.setAttribute('role', 'rowgroup')
    group.setAttribute('aria-label', title)
    group.style.setProperty('--rows', String(rows.length))
    return group
  }

  #stopAt(one: HTMLButtonElement): void {
    makeOnlyStop(one, this.#stop ? [this.#stop, one] : [one])
    this.#stop = one
  }

  #onKey(event: KeyboardEvent): void {
    const row = this.#rows.findIndex((buttons) => buttons.includes(this.#stop!))
    if (row === -1 || event.altKey || event.metaKey) return
    const to = this.#target(event, row)
    if (to === undefined) return
    event.preventDefault()
    this.#stopAt(to)
    to.focus()
  }

  #target({ key, ctrlKey }: KeyboardEvent, row: number): HTMLButtonElement | undefined {
    const buttons = this.#rows[row]!
    const column = buttons.indexOf(this.#stop!)
    const all = this.#rows.flat()
    const inRow = (wanted: number) => {
      const there = this.#rows[Math.max(0, Math.min(this.#rows.length - 1, wanted))]!
      return there[Math.min(column, there.length - 1)]
    }
    const along = (steps: number) => all[all.indexOf(this.#stop!) + steps]
    const forward = isRtl(this.node) ? -1 : 1
    switch (key) {
      case 'ArrowRight':
        return along(forward)
      case 'ArrowLeft':
        return along(-forward)
      case 'ArrowDown':
        return inRow(row + 1)
      case 'ArrowUp':
        return inRow(row - 1)
      case 'PageDown':
        return inRow(row + PAGE_ROWS)
      case 'PageUp':
        return inRow(row - PAGE_ROWS)
      case 'Home':
        return ctrlKey ? all[0] : buttons[0]
      case 'End':
        return ctrlKey ? all.at(-1) : buttons.at(-1)
      default:
        return undefined
    }
  }
}

function rowOf(...children: HTMLElement[]): HTMLElement {
  const row = element('div', 'sheet-row', ...children)
  row.setAttribute('role', 'row')
  return row
}

function cellOf(child: HTMLElement): HTMLElement {
  const cell = element('div', 'sheet-cell', child)
  cell.setAttribute('role', 'gridcell')
  return cell
}
