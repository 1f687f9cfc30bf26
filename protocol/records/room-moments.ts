import { BURST_COUNT_MAX, BURST_STICKERS_MAX, ROOM_MEMBERS_MAX } from '../limits.ts'
import { codecOf } from './codec.ts'
import { FILED, FLAG, type GrammarOf, ID, list, NAME, object, optional, TIME, whole } from './grammar.ts'

/** Rooms in one record, and viewers and stickers of all of them together: at most half of Kafka's record limit. */
export const MOMENT_ROOMS_MAX = 1_000
export const MOMENT_ENTRIES_MAX = 8_000
/** Different stickers that one room's members tapped since the last record. */
export const MOMENT_STICKERS_MAX = BURST_STICKERS_MAX
/** Taps of one sticker by a full room, each member sending full bursts for a second. */
export const MOMENT_COUNT_MAX = 100 * ROOM_MEMBERS_MAX * BURST_COUNT_MAX

/** What the members of one room did since the last record of this ingest. */
export interface RoomMoment {
  /** As it is filed: see `filedAs`. */
  show: string
  room: string
  /** Members who reported that they are present. */
  present: string[]
  /** Whether one of them wants to know who is present. */
  asks: boolean
  /** Posts after this time are requested again. */
  after?: number
  /** Their taps, merged. */
  taps: { sticker: string; count: number }[]
}

export interface RoomMoments {
  rooms: RoomMoment[]
}

const TAPS: GrammarOf<RoomMoment['taps'][number]> = {
  fields: { sticker: ID, count: whole(1, MOMENT_COUNT_MAX) },
}
const MOMENT: GrammarOf<RoomMoment> = {
  fields: {
    show: FILED,
    room: ID,
    present: list(NAME, { max: ROOM_MEMBERS_MAX }),
    asks: FLAG,
    after: optional(TIME),
    taps: list(object(TAPS, { is: 'a tapped sticker', are: 'tapped stickers' }), {
      max: MOMENT_STICKERS_MAX,
    }),
  },
}
export const ROOM_MOMENTS: GrammarOf<RoomMoments> = {
  fields: {
    rooms: list(object(MOMENT, { is: "a room's moment", are: "rooms' moments" }), { max: MOMENT_ROOMS_MAX }),
  },
}

/** Topic `room-moments`: what ingests receive of rooms, merged. Not needed any more once it was shown. */
export const roomMoments = codecOf<RoomMoments>({
  topic: 'room-moments',
  grammar: ROOM_MOMENTS,
  keyOf: () => null,
})
