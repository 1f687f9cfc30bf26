/** Where a key leads among things that stand in a row (WAI-ARIA, toolbar and tabs patterns); undefined for other keys. */
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

/** Of several things one can be reached with Tab: the others with the arrow keys. */
export function makeOnlyStop(stop: HTMLElement | undefined, all: Iterable<HTMLElement>): void {
  for (const node of all) node.tabIndex = node === stop ? 0 : -1
}

/**
 * Among things that stand in a row: arrows, Home and End lead from one to another, and where the keyboard was Tab comes back to.
 * Keys with Alt, Control or Meta are the browser's own.
 * @param stops What can be reached now, in its order.
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
