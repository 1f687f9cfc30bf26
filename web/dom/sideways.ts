import { isRtl } from './roving.ts'

/** Lets the wheel of a mouse, which goes up and down, scroll a row, as far as there is something to see. */
export function scrollSideways(row: HTMLElement, signal: AbortSignal): void {
  const onWheel = (event: WheelEvent) => {
    if (event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return
    const before = row.scrollLeft
    const px = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * LINE_PX
    row.scrollLeft += isRtl(row) ? -px : px
    if (row.scrollLeft !== before) event.preventDefault()
  }
  row.addEventListener('wheel', onWheel, { signal, passive: false })
}

/** Of browsers whose wheel turns by lines. */
const LINE_PX = 40
