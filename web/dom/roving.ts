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

export const isRtl = (node: Element): boolean => getComputedStyle(node).direction === 'rtl'
