import type { MoodPacket, PollPacket } from '../../../protocol/packets.ts'
import type { Player } from '../player/index.ts'

/** Attributes of every Roar element. */
interface Where {
  /** The server, optionally with a path. Default: where the script came from. */
  url?: string
  /** Default `final`. */
  show?: string
}
interface Over {
  /** A selector: the swarm rises over that element. Default: over the element itself. */
  for?: string
}

/** The attributes of `<roar-bar>`. */
export interface RoarBarAttributes extends Where, Over {
  /** The segment that this viewer supports. */
  segment?: string
}
export interface RoarFeedAttributes extends Where {}
export interface RoarPollAttributes extends Where {}
export interface RoarSwarmAttributes extends Where, Over {}
export interface RoarStageAttributes extends Where {
  /**
   * How far a nested player is behind, in milliseconds, while its `player` does not say. Default: unknown, nothing is held back.
   */
  'delay-ms'?: string | number
}

/** An element with events of its own. */
interface Telling<Events> extends HTMLElement {
  addEventListener<Name extends keyof Events>(
    name: Name,
    listener: (this: this, event: Events[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(
    name: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void
}

interface BarEvents {
  'roar-tap': CustomEvent<{ sticker: string }>
  'roar-mood': CustomEvent<MoodPacket>
}
interface PollEvents {
  /** The server has this viewer's vote. */
  'roar-vote': CustomEvent<{ poll: string }>
  'roar-poll': CustomEvent<PollPacket>
}
export interface RoarBarEvents extends HTMLElementEventMap, BarEvents {}
export interface RoarPollEvents extends HTMLElementEventMap, PollEvents {}

/** `<roar-bar>`, defined by a server's `/roar-bar.js`; the others are in `/elements.js`. */
export interface RoarBarElement extends Telling<RoarBarEvents> {}
export interface RoarPollElement extends Telling<RoarPollEvents> {}
export interface RoarFeedElement extends HTMLElement {}
export interface RoarSwarmElement extends HTMLElement {}
export interface RoarStageElement extends HTMLElement {
  /** The source of the nested player's programme time, as for `@roar/client/player`. */
  player: Player | undefined
}

/** Each element with its type, attributes and events: all tables below are derived from it. */
export interface RoarElements {
  'roar-bar': { element: RoarBarElement; attributes: RoarBarAttributes; events: BarEvents }
  'roar-feed': { element: RoarFeedElement; attributes: RoarFeedAttributes; events: unknown }
  'roar-poll': { element: RoarPollElement; attributes: RoarPollAttributes; events: PollEvents }
  'roar-stage': {
    element: RoarStageElement
    attributes: RoarStageAttributes & { player?: Player | undefined }
    events: unknown
  }
  'roar-swarm': { element: RoarSwarmElement; attributes: RoarSwarmAttributes; events: unknown }
}
/** `onroar-tap`, and so on: event props for custom elements in React 19 and Preact. */
export type RoarHandlers<Events> = {
  [Name in keyof Events & string as `on${Name}`]?: (event: Events[Name]) => unknown
}
/** An element's JSX props: its attributes, properties and events. */
export type RoarProps<Name extends keyof RoarElements> = RoarElements[Name]['attributes'] &
  RoarHandlers<RoarElements[Name]['events']>

interface Common {
  id?: string
  class?: string
  style?: unknown
  slot?: string
  part?: string
  ref?: unknown
  key?: unknown
  children?: unknown
}

type Elements = { [Name in keyof RoarElements]: RoarElements[Name]['element'] }
type Intrinsic = { [Name in keyof RoarElements]: RoarProps<Name> & Common }
/** For Vue: `declare module 'vue' { interface GlobalComponents extends RoarVueComponents {} }`. */
export type RoarVueComponents = {
  [Name in keyof RoarElements]: new () => { $props: RoarElements[Name]['attributes'] & RoarVueHandlers<Name> }
}
/** Event props in Vue, for `@roar-tap` and the like. */
type RoarVueHandlers<Name extends keyof RoarElements> = {
  [Event in keyof RoarElements[Name]['events'] & string as `on${Capitalize<Camel<Event>>}`]?: (
    event: RoarElements[Name]['events'][Event],
  ) => unknown
}
type Camel<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text

declare global {
  interface HTMLElementTagNameMap extends Elements {}
  // For Preact, Solid, React before 19 and others with this namespace.
  namespace JSX {
    interface IntrinsicElements extends Intrinsic {}
  }
}
