import { type Place, placeOf } from '../dom/place.ts'

/** The part of an element in which the swarm rises: its outer third, clear of what happens in the middle. */
const LANE_WIDTH = 0.34
/** A flatter element gets a lane that reaches above it. */
const HEIGHT_PX_MIN = 180

/** The crowd rises on the right, friends on the left, whatever the direction of the page: it is the picture's. */
export type LaneSide = 'start' | 'end'

/** Follows an element: calls back with its lane now and whenever that may have moved. Returns the function that ends it. */
export function followLane(over: Element, onLane: (lane: Place) => void, side: LaneSide = 'end'): () => void {
  const listeners = new AbortController()
  const { signal } = listeners
  const measure = () => onLane(laneOver(placeOf(over), side))
  const size = new ResizeObserver(measure)
  size.observe(over)
  // A page that turns to another script's direction moves it, and resizes nothing.
  const turn = new MutationObserver(measure)
  turn.observe(document.documentElement, { attributeFilter: ['dir'] })
  addEventListener('resize', measure, { signal })
  const onScroll = ({ target }: Event) => {
    // What scrolls beside it moves nothing of it.
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

/** What stands for an element in the document, where it is in a shadow tree or in one within one. */
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
