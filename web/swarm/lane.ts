import type { Lane } from './flights.ts'

/** The part of an element in which the swarm rises: its right third, clear of what happens in the middle. */
const LANE_WIDTH = 0.34
/** A flatter element gets a lane that reaches above it. */
const HEIGHT_PX_MIN = 180

/** Where a lane is in the viewport, CSS pixels. */
export interface PlacedLane extends Lane {
  left: number
  top: number
}

/** Follows an element: calls back with its lane now and whenever that may have moved. Returns the function that ends it. */
export function followLane(over: Element, onLane: (lane: PlacedLane) => void): () => void {
  const listeners = new AbortController()
  const { signal } = listeners
  const measure = () => onLane(laneOver(over.getBoundingClientRect()))
  const size = new ResizeObserver(measure)
  size.observe(over)
  addEventListener('resize', measure, { signal })
  addEventListener('scroll', measure, { signal, passive: true, capture: true })
  measure()
  return () => {
    size.disconnect()
    listeners.abort()
  }
}

export function laneOver({ left, top, width, height }: PlacedLane): PlacedLane {
  const above = Math.max(0, HEIGHT_PX_MIN - height)
  return {
    left: left + width * (1 - LANE_WIDTH),
    top: top - above,
    width: width * (LANE_WIDTH - 0.01),
    height: height + above,
  }
}
