import { type Place, placeOf } from '../dom/place.ts'

/** The part of an element in which the swarm rises: its outer third, clear of the middle. */
const LANE_WIDTH = 0.34
/** A lane over a flatter element extends above it. */
const HEIGHT_PX_MIN = 180

/** The crowd rises on the right, friends on the left, whatever the page's direction, as sides are those of the picture. */
export type LaneSide = 'start' | 'end'

/** Follows an element: calls back with its lane now and whenever that may have moved. Returns the function that stops it. */
export function followLane(over: Element, onLane: (lane: Place) => void, side: LaneSide = 'end'): () => void {
  const listeners = new AbortController()
  const { signal } = listeners
  const measure = () => onLane(laneOver(placeOf(over), side))
  const size = new ResizeObserver(measure)
  size.observe(over)
  // A change of the page's text direction moves the element without resizing anything.
  const turn = new MutationObserver(measure)
  turn.observe(document.documentElement, { attributeFilter: ['dir'] })
  addEventListener('resize', measure, { signal })
  const onScroll = ({ target }: Event) => {
    // Scrolling of an unrelated container does not move it.
    if ((target as Node).contains(hostOf(over))) measure()
  }
  addEventListener('scroll', onScroll, { signal, passive: true, capture: true })
  measure()
  return () => {
    size.disconnect()
    turn.disconnect()
    listeners.abort()
  }
}

/** The outermost host in the document, if the element is in nested shadow trees. */
function hostOf(element: Element): Element {
  const root = element.getRootNode()
  return root instanceof ShadowRoot ? hostOf(root.host) : element
}

export function laneOver({ left, top, width, height }: Place, side: LaneSide = 'end'): Place {
  const above = Math.max(0, HEIGHT_PX_MIN - height)
  return {
    left: left + width * (side === 'end' ? 1 - LANE_WIDTH : 0.01),
    top: top - above,
    width: width * (LANE_WIDTH - 0.01),
    height: height + above,
  }
}
