import { NAME_UNITS_MAX } from '../limits.ts'
import { codecOf } from './codec.ts'
import { FILED, type GrammarOf, ID, ID_OR_NONE, NAME, NAME_OR_NONE, oneOf, TIME, text } from './grammar.ts'

/** An action on a room. The order in the log decides whether it takes effect: see `engine/rooms`. */
export interface RoomEvent {
  /** As it is filed: see `filedAs`. */
  show: string
  room: string
  /** Its writer recognises it by this. */
  id: string
  kind: 'made' | 'joined' | 'left' | 'removed'
  /** Who made it, joined, left or was removed. */
  viewer: string
  /** The name of the viewer who creates or joins. */
  name: string
  /** Who removed the viewer; else empty. */
  by: string
  /** The invite used to join; the new one after a creation or a removal. */
  invite: string
  /** The new channel after a creation or a removal; else empty. */
  channel: string
  at: number
}

export const ROOM_EVENT: GrammarOf<RoomEvent> = {
  fields: {
    show: FILED,
    room: ID,
    id: NAME,
    kind: oneOf('made', 'joined', 'left', 'removed'),
    viewer: NAME,
    name: text(NAME_UNITS_MAX),
    by: NAME_OR_NONE,
    invite: ID_OR_NONE,
    channel: ID_OR_NONE,
    at: TIME,
  },
}

/** Topic `rooms`: events of one room keep their order. */
export const rooms = codecOf<RoomEvent>({
  topic: 'rooms',
  grammar: ROOM_EVENT,
  keyOf: ({ show, room }) => `${show}/${room}`,
})
