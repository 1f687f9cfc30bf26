import { NAME_UNITS_MAX } from '../limits.ts'
import { codecOf } from './codec.ts'
import { FILED, type GrammarOf, ID, ID_OR_NONE, NAME, NAME_OR_NONE, oneOf, TIME, text } from './grammar.ts'

/** What somebody did to a room. Whether it holds is decided by the order of the log: see `engine/rooms`. */
export interface RoomEvent {
  /** As it is filed: see `filedAs`. */
  show: string
  room: string
  /** By which its writer knows it again. */
  id: string
  kind: 'made' | 'joined' | 'left' | 'removed'
  /** Who made it, joined, left or was removed. */
  viewer: string
  /** Of who makes or joins it. */
  name: string
  /** Who removed the viewer; else empty. */
  by: string
  /** What it was joined by; the new one where it was made or somebody was removed. */
  invite: string
  /** The new one where it was made or somebody was removed; else empty. */
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

/** Topic `rooms`: what happens to one room keeps its order. */
export const rooms = codecOf<RoomEvent>({
  topic: 'rooms',
  grammar: ROOM_EVENT,
  keyOf: ({ show, room }) => `${show}/${room}`,
})
