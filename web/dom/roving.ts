/** Where a key moves the focus in a row (WAI-ARIA, toolbar and tabs patterns); undefined for other keys. */
export function stepOf(
  key: string,
  { at, count, rtl }: { at: number; count: number; rtl: boolean },
): number | undefined {
  const last = count - 1
  if (key === 'Home') return 0
  if (key === 'End') return last
  if (key === (rtl ? 'ArrowLeft' : 'ArrowRight')) return Math.min(last, at + 1)
  if (key === (rtl ? 'ArrowRight' : 'ArrowLeft')) return Math.max(0, at - 1)
  return undefined
}

/** Makes one of several elements the only tab stop; the arrow keys reach the others. */
export function makeOnlyStop(stop: HTMLElement | undefined, all: Iterable<HTMLElement>): void {
  for (const node of all) node.tabIndex = node === stop ? 0 : -1
}

/**
 * Roving focus in a row: arrows, Home and End move it, and Tab returns to where it was.
 * Keys with Alt, Control or Meta are left to the browser.
 * @param stops The elements that can be focused now, in order.
 */
export function rove(row: HTMLElement, stops: () => HTMLElement[]): void {
  row.addEventListener('focusin', ({ target }) => {
    const all = stops()
    if (all.includes(target as HTMLElement)) makeOnlyStop(target as HTMLElement, all)
  })
  row.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const all = stops()
    const at = all.indexOf(event.target as HTMLElement)
    const to = at === -1 ? undefined : stepOf(event.key, { at, count: all.length, rtl: isRtl(row) })
    if (to === undefined) return
    event.preventDefault()
    all[to]!.focus()
  })
}

export const isRtl = (node: Element): boolean => getComputedStyle(node).direction === 'rtl'
