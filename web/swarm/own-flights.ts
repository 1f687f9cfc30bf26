import { silent } from '../dom/element.ts'
import type { Place } from '../dom/place.ts'

/** Own stickers in the air; above it the oldest ends early. Nobody taps faster than this for long. */
const FLIGHTS_MAX = 16
const FLIGHT_MS = 1_900
/** Half of its square, see swarm.css. Percentages of its own size cannot be animated by the compositor alone. */
const HALF_PX = 21

/**
 * The viewer's own taps on their way from the button into the lane: elements animated by the compositor, so the response to a tap
 * is smooth however busy the page is.
 */
export class OwnFlights {
  readonly #layer: Element | ShadowRoot
  readonly #random: () => number
  readonly #flights: Animation[] = []

  constructor({ layer, random }: { layer: Element | ShadowRoot; random: () => number }) {
    this.#layer = layer
    this.#random = random
  }

  /** Sends a copy of the icon from a point of the viewport into the lane. */
  launch(icon: Element, from: { x: number; y: number }, lane: Place): void {
    const node = silent(icon.cloneNode(true) as HTMLElement)
    node.classList.add('own-flight')
    this.#layer.append(node)
    const across = lane.left + lane.width * (0.25 + 0.5 * this.#random())
    const sway = 10 + 14 * this.#random()
    const at = (x: number, y: number, scale: number, turn: number) =>
      `translate(${(x - HALF_PX).toFixed(1)}px, ${(y - HALF_PX).toFixed(1)}px) rotate(${turn}deg) scale(${scale})`
    const inLane = (share: number) => lane.top + lane.height * share
    const flight = node.animate(
      [
        { transform: at(from.x, from.y, 0.9, 0), opacity: 1, easing: 'cubic-bezier(.2, .8, .3, 1)' },
        {
          transform: at((from.x + across) / 2, (from.y + inLane(0.8)) / 2 - 16, 1.5, -8),
          opacity: 1,
          offset: 0.28,
          easing: 'cubic-bezier(.5, 0, .5, 1)',
        },
        {
          transform: at(across - sway, inLane(0.62), 1.1, 7),
          opacity: 1,
          offset: 0.58,
          easing: 'ease-in-out',
        },
        { transform: at(across + sway, inLane(0.12), 0.95, -6), opacity: 0 },
      ],
      { duration: FLIGHT_MS, fill: 'both' },
    )
    flight.onfinish = () => this.#land(flight, node)
    flight.oncancel = () => this.#land(flight, node)
    this.#flights.push(flight)
    if (this.#flights.length > FLIGHTS_MAX) this.#flights[0]!.cancel()
  }

  close(): void {
    for (const flight of [...this.#flights]) flight.cancel()
  }

  #land(flight: Animation, node: Element): void {
    node.remove()
    const index = this.#flights.indexOf(flight)
    if (index >= 0) this.#flights.splice(index, 1)
  }
}
