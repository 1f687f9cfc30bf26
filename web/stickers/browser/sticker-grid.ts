import type { Sticker } from '../../../sdk/src/index.ts'
import { button, element, silent } from '../../dom/element.ts'
import { isRtl, makeOnlyStop } from '../../dom/roving.ts'
import type { Say } from '../../words/words.ts'
import { stickerIcon } from '../sticker-icon.ts'
import { type Row, rowsOf, type Section } from './sections.ts'

/** A button and the space around it, in pixels: what a finger needs, and the height of a row. */
const CELL_PX = 56
/** Rows per PageUp or PageDown. */
const PAGE_ROWS = 4
/** Up to this many rows are built at once: the sheet's height may depend on its content. */
const FEW_ROWS = 8
/** Rows added per frame after the first, which lays out the sheet and has one: what a slow phone can do beside its other work. */
const ROWS_A_FRAME = 3
/** Rows get their pictures this far outside the visible area: two rows. */
const NEAR_PX = 2 * CELL_PX

export interface StickerGridOptions {
  /** Base URL of relative pictures. */
  url: string
  say: Say
  /** The grid's scroll container. */
  scroller: HTMLElement
}

/**
 * Stickers under headings as a grid (WAI-ARIA): one is the tab stop, the others are reached with arrow keys, Home, End, with
 * Control the first and last of all, PageUp and PageDown.
 *
 * However many there are, opening builds only one row, without pictures. From the second frame on each does one bounded piece of
 * work: it loads the pictures of a row near the visible area or, if none waits, adds a few rows. A key or a heading that jumps
 * further builds the rows up to there at once.
 */
export class StickerGrid {
  readonly node = element('div', 'sheet-grid')
  readonly #url: string
  readonly #say: Say
  readonly #scroller: HTMLElement
  readonly #sight: IntersectionObserver
  #sections: readonly Section[] = []
  #columns = 0
  #planned: readonly Row[] = []
  /** The rows built so far, and the position of each sticker. */
  #rows: HTMLButtonElement[][] = []
  readonly #places = new Map<Element, number>()
  readonly #groups: HTMLElement[] = []
  /** Rows in or near the visible area without pictures yet. */
  readonly #bare = new Set<Element>()
  #stop: HTMLButtonElement | undefined
  #frame = 0

  constructor({ url, say, scroller }: StickerGridOptions) {
    this.#url = url
    this.#say = say
    this.#scroller = scroller
    this.#sight = new IntersectionObserver((seen) => this.#onSight(seen), {
      root: scroller,
      rootMargin: `${NEAR_PX}px 0px`,
    })
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

  /** Rebuilds the rows if a new width changes their length. */
  fit(): void {
    if (this.#columnsNow() !== this.#columns) this.#build()
  }

  focus(): void {
    this.#stop?.focus()
  }

  /** Scrolls a section's heading to the top. */
  goTo(section: number): void {
    // Including what is visible below it: rows at the end cannot reach the top.
    this.#reach(
      this.#planned.findIndex((row) => row.section === section) + rowsIn(this.#scroller.clientHeight),
    )
    this.#groups[section]!.scrollIntoView({ block: 'start' })
  }

  /** Empties it: hidden content should cost nothing, and the next opening starts at the top. */
  clear(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    this.#sight.disconnect()
    this.#bare.clear()
    this.#places.clear()
    this.#groups.length = 0
    this.#rows = []
    this.#planned = []
    this.#stop = undefined
    this.node.replaceChildren()
  }

  #columnsNow(): number {
    return Math.max(1, Math.floor(this.node.clientWidth / CELL_PX))
  }

  #build(): void {
    // All layout reads come before any change.
    const { scrollTop, clientHeight } = this.#scroller
    this.#columns = this.#columnsNow()
    const { activeElement } = this.node.getRootNode() as Document | ShadowRoot
    const hadFocus = activeElement !== null && this.node.contains(activeElement)
    const stopped = this.#stop?.dataset.sticker
    this.clear()
    this.#planned = rowsOf(this.#sections, this.#columns)
    this.node.style.setProperty('--columns', String(this.#columns))
    // Including rows that are not built yet.
    this.node.setAttribute('aria-rowcount', String(this.#planned.length + this.#sections.length))
    const at = this.#planned.findIndex(({ stickers }) => stickers.some(({ sticker }) => sticker === stopped))
    const first = this.#planned.length > FEW_ROWS ? 0 : FEW_ROWS
    this.#reach(Math.max(first, scrollTop > 0 ? rowsIn(scrollTop + clientHeight) : 0, at))
    this.#stop = this.#rows[Math.max(0, at)]?.find(({ dataset }) => at === -1 || dataset.sticker === stopped)
    if (this.#stop) this.#stop.tabIndex = 0
    if (hadFocus) this.focus()
    // The next frame lays out and paints what is here, which is enough for one.
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      this.#wake()
    })
  }

  /** Builds the rows up to a position, and schedules the others. */
  #reach(row: number): void {
    for (const planned of this.#planned.slice(this.#rows.length, row + 1)) this.#add(planned)
    this.#wake()
  }

  #add({ section, stickers, index }: Row): void {
    const buttons = stickers.map(buttonOf)
    const node = rowOf(index, ...buttons.map(cellOf))
    const group = this.#groups[section] ?? this.#addGroup(section, index - 1)
    group.append(node)
    this.#places.set(node, this.#rows.length)
    this.#rows.push(buttons)
    this.#sight.observe(node)
  }

  #addGroup(section: number, index: number): HTMLElement {
    const { title } = this.#sections[section]!
    const heading = element('span', 'sheet-heading', element('bdi', '', title))
    heading.setAttribute('role', 'rowheader')
    const group = element('div', 'sheet-group', rowOf(index, heading))
    group.setAttribute('role', 'rowgroup')
    group.setAttribute('aria-label', title)
    this.#groups[section] = group
    this.node.append(group)
    return group
  }

  #onSight(seen: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of seen) {
      // Rows scrolled past are not loaded.
      if (isIntersecting) this.#bare.add(target)
      else this.#bare.delete(target)
    }
    this.#wake()
  }

  #wake(): void {
    const isDone = this.#bare.size === 0 && this.#rows.length === this.#planned.length
    if (this.#frame === 0 && !isDone) this.#frame = requestAnimationFrame(this.#goOn)
  }

  readonly #goOn = (): void => {
    this.#frame = 0
    const [bare] = this.#bare
    if (bare === undefined) this.#reach(this.#rows.length + ROWS_A_FRAME - 1)
    else this.#dress(bare)
    this.#wake()
  }

  #dress(row: Element): void {
    this.#sight.unobserve(row)
    this.#bare.delete(row)
    const place = this.#places.get(row)!
    for (const [i, sticker] of this.#planned[place]!.stickers.entries())
      this.#rows[place]![i]!.replaceChildren(stickerIcon(sticker, this.#url))
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
    const last = this.#planned.length - 1
    const rowAt = (wanted: number) => {
      this.#reach(wanted)
      return this.#rows[wanted]
    }
    const inRow = (wanted: number) => {
      const there = rowAt(Math.max(0, Math.min(last, wanted)))!
      return there[Math.min(column, there.length - 1)]
    }
    const next = () => buttons[column + 1] ?? rowAt(row + 1)?.[0]
    const before = () => buttons[column - 1] ?? this.#rows[row - 1]?.at(-1)
    const rtl = isRtl(this.node)
    switch (key) {
      case 'ArrowRight':
        return rtl ? before() : next()
      case 'ArrowLeft':
        return rtl ? next() : before()
      case 'ArrowDown':
        return inRow(row + 1)
      case 'ArrowUp':
        return inRow(row - 1)
      case 'PageDown':
        return inRow(row + PAGE_ROWS)
      case 'PageUp':
        return inRow(row - PAGE_ROWS)
      case 'Home':
        return ctrlKey ? this.#rows[0]![0] : buttons[0]
      case 'End':
        return ctrlKey ? rowAt(last)!.at(-1) : buttons.at(-1)
      default:
        return undefined
    }
  }
}

const rowsIn = (px: number): number => Math.ceil(px / CELL_PX)

/** A sticker's button; its picture is added when it is near the visible area. */
function buttonOf({ sticker, title }: Sticker): HTMLButtonElement {
  const node = button('sheet-sticker', silent(element('span', 'sticker-icon')))
  node.dataset.sticker = sticker
  node.title = title
  node.tabIndex = -1
  node.setAttribute('aria-label', title)
  return node
}

function rowOf(index: number, ...children: HTMLElement[]): HTMLElement {
  const row = element('div', 'sheet-row', ...children)
  row.setAttribute('role', 'row')
  row.setAttribute('aria-rowindex', String(index))
  return row
}

function cellOf(child: HTMLElement): HTMLElement {
  const cell = element('div', 'sheet-cell', child)
  cell.setAttribute('role', 'gridcell')
  return cell
}
