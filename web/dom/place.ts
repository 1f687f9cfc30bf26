/** Where something is in the viewport. */
export interface Place {
  left: number
  top: number
  width: number
  height: number
}

/**
 * Where an element is in the viewport, in its own CSS pixels, in which others are put beside it: a page that is zoomed by CSS
 * has larger ones than the screen. Browsers that cannot say how far a page is zoomed are few, and do not zoom ours.
 */
export function placeOf(element: Element): Place {
  const { left, top, width, height } = element.getBoundingClientRect()
  const zoom = zoomOf(element)
  return { left: left / zoom, top: top / zoom, width: width / zoom, height: height / zoom }
}

/** How many of the screen's CSS pixels one of the element's is. */
export const zoomOf = (element: Element): number => element.currentCSSZoom ?? 1
