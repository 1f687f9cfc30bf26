/** A position in the viewport. */
export interface Place {
  left: number
  top: number
  width: number
  height: number
}

/**
 * Position of an element in the viewport in its own CSS pixels, as needed to place others beside it: on a page zoomed by CSS they
 * are larger than the screen's. The few browsers without `currentCSSZoom` do not zoom our elements.
 */
export function placeOf(element: Element): Place {
  const { left, top, width, height } = element.getBoundingClientRect()
  const zoom = zoomOf(element)
  return { left: left / zoom, top: top / zoom, width: width / zoom, height: height / zoom }
}

/** Screen CSS pixels per CSS pixel of the element. */
export const zoomOf = (element: Element): number => element.currentCSSZoom ?? 1
