import { isRtl } from './roving.ts'

/** Lets a vertical mouse wheel scroll a row sideways, as far as there is more to see. */
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

/** For browsers that report the wheel in lines. */
const LINE_PX = 40
