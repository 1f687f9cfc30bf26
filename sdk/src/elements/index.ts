import type { MoodPacket } from '../../../protocol/packets.ts'

/** What `<roar-bar>` takes as attributes. */
export interface RoarBarAttributes {
  /** The server, with its path where it has one. Default: where the script came from. */
  url?: string
  /** Default `final`. */
  show?: string
  /** The side that this viewer stands with. */
  segment?: string
  /** A selector: the swarm rises over that element. Default: over the bar itself. */
  for?: string
}

/** What `<roar-feed>` takes, and `<roar-swarm>` besides `for`. */
export type RoarFeedAttributes = Pick<RoarBarAttributes, 'url' | 'show'>
export type RoarSwarmAttributes = Pick<RoarBarAttributes, 'url' | 'show' | 'for'>

/** `<roar-bar>`, which `/roar-bar.js` of a server defines. */
export interface RoarBarElement extends HTMLElement {
  addEventListener<Name extends keyof RoarBarEvents>(
    name: Name,
    listener: (this: RoarBarElement, event: RoarBarEvents[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(
    name: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void
}

export interface RoarBarEvents extends HTMLElementEventMap {
  'roar-tap': CustomEvent<{ sticker: string }>
  'roar-mood': CustomEvent<MoodPacket>
}

interface Common {
  id?: string
  class?: string
  style?: unknown
  ref?: unknown
  key?: unknown
}

declare global {
  interface HTMLElementTagNameMap {
    'roar-bar': RoarBarElement
    'roar-feed': HTMLElement
    'roar-swarm': HTMLElement
  }
  // Of Preact, Solid, React before 19 and others that keep it there.
  namespace JSX {
    interface IntrinsicElements {
      'roar-bar': RoarBarAttributes & Common
      'roar-feed': RoarFeedAttributes & Common
      'roar-swarm': RoarSwarmAttributes & Common
    }
  }
}
