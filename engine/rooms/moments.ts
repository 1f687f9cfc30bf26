import { ROOM_MEMBERS_MAX } from '../../protocol/limits.ts'
import {
  MOMENT_COUNT_MAX,
  MOMENT_ENTRIES_MAX,
  MOMENT_ROOMS_MAX,
  MOMENT_STICKERS_MAX,
  type RoomMoment,
  type RoomMoments,
} from '../../protocol/records/room-moments.ts'

interface Open {
  show: string
  room: string
  present: Set<string>
  asks: boolean
  after: number | undefined
  taps: Map<string, number>
}

/** What members of rooms do, merged by room until it is taken: one entry a room, however often they tap. */
export class Moments {
  readonly #open = new Map<string, Open>()

  /**
   * Records a member's activity. Of a room only the first `MOMENT_STICKERS_MAX` stickers are kept, `MOMENT_COUNT_MAX` taps of
   * each, and the first `ROOM_MEMBERS_MAX` members: it may be long until it is taken, and a record holds no more.
   */
  add(
    { show, room }: { show: string; room: string },
    viewer: string,
    did: {
      taps: Iterable<readonly [sticker: string, count: number]>
      asks: boolean
      after?: number | undefined
    },
  ): void {
    const key = `${show}/${room}`
    const open: Open = this.#open.get(key) ?? {
      show,
      room,
      present: new Set(),
      asks: false,
      after: undefined,
      taps: new Map(),
    }
    this.#open.set(key, open)
    if (open.present.size < ROOM_MEMBERS_MAX) open.present.add(viewer)
    open.asks ||= did.asks
    if (did.after !== undefined) open.after = Math.min(did.after, open.after ?? did.after)
    for (const [sticker, count] of did.taps) {
      const known = open.taps.get(sticker)
      if (known !== undefined || open.taps.size < MOMENT_STICKERS_MAX)
        open.taps.set(sticker, Math.min(MOMENT_COUNT_MAX, (known ?? 0) + count))
    }
  }

  /** Takes everything, in records of at most `MOMENT_ROOMS_MAX` rooms and some `MOMENT_ENTRIES_MAX` entries. */
  take(): RoomMoments[] {
    const records: RoomMoments[] = []
    let rooms: RoomMoment[] = []
    let entries = 0
    for (const { present, taps, after, ...open } of this.#open.values()) {
      if (rooms.length === MOMENT_ROOMS_MAX || entries >= MOMENT_ENTRIES_MAX) {
        records.push({ rooms })
        rooms = []
        entries = 0
      }
      rooms.push({
        ...open,
        ...(after !== undefined && { after }),
        present: [...present],
        taps: Array.from(taps, ([sticker, count]) => ({ sticker, count })),
      })
      entries += present.size + taps.size
    }
    this.#open.clear()
    return rooms.length > 0 ? [...records, { rooms }] : records
  }
}
