import type { Lane } from './flights.ts'

/** The part of an element in which the swarm rises: its right third, clear of what happens in the middle. */
const LANE_WIDTH = 0.34
/** A flatter element gets a lane that reaches above it. */
const HEIGHT_PX_MIN = 180

/** Follows an element's place in the viewport, measured when it may have changed and not once a frame. */
export class LaneOf {
  readonly lane: Lane = { left: 0, top: 0, width: 0, height: 0 }
  readonly #element: Element
  readonly #size: ResizeObserver
  readonly #listeners = new AbortController()

  constructor(element: Element) {
    this.#element = element
    const { signal } = this.#listeners
    this.#size = new ResizeObserver(() => this.#measure())
    this.#size.observe(element)
    addEventListener('resize', () => this.#measure(), { signal })
    addEventListener('scroll', () => this.#measure(), { signal, passive: true, capture: true })
    this.#measure()
  }

  close(): void {
    this.#size.disconnect()
    this.#listeners.abort()
  }

  #measure(): void {
    const { left, top, width, height } = this.#element.getBoundingClientRect()
    this.lane.left = left + width * (1 - LANE_WIDTH)
    const above = Math.max(0, HEIGHT_PX_MIN - height)
    this.lane.top = top - above
    this.lane.width = width * (LANE_WIDTH - 0.01)
    this.lane.height = height + above
  }
}
