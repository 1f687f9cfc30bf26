import { isId } from '../../../protocol/ids.ts'
import type { RoomDocument } from '../../../protocol/packets.ts'
import { serverAt } from '../address.ts'
import { ownPlatform, type Platform } from '../platform.ts'
import { type TokenSource, tokenOf } from '../token.ts'
import { type Listening, openRoom, type Room } from './room.ts'

export interface RoomsOptions extends Listening {
  /** The server's address, such as `https://roar.example`. */
  url: string
  show: string
  /** A viewer's token, or a function that returns or promises the current one. */
  token: TokenSource
}

export interface Rooms {
  /**
   * Creates a room and enters it. A guest may choose another name than the token's. Rejects with `RoarError`: `rooms_off`,
   * `too_many_rooms`, `guests_not_allowed` and others.
   */
  make(name?: string): Promise<Room>
  /** Joins a room by its invite and enters it. Rejects with `RoarError`: `unknown_room`, `unknown_link`, `room_full`, `removed_from_room` and others. */
  join(room: string, invite: string, name?: string): Promise<Room>
  /** Enters a room that this viewer is a member of. Rejects with `RoarError`: `not_a_member`, `unknown_room` and others. */
  enter(room: string): Promise<Room>
}

/** Rooms (watch parties) of a show. Throws `TypeError` for an invalid address or show. */
export function rooms(
  { url, show, token: source, listen }: RoomsOptions,
  platform: Platform = ownPlatform(),
): Rooms {
  if (!isId(show)) throw new TypeError(`Not an id ${show}`)
  const token = tokenOf(source, platform)
  const at = `${serverAt(url)}/v1/shows/${show}`
  const roomUrl = (room: string) => `${at}/rooms/${encodeURIComponent(room)}`
  async function open(url: string, body?: object): Promise<Room> {
    const document = await token.request<RoomDocument>(url, 'members', { body })
    return openRoom({
      platform,
      token,
      url: roomUrl(document.room),
      postsUrl: `${at}/posts`,
      document,
      listen,
    })
  }
  return {
    make: (name) => open(`${at}/rooms`, { name }),
    join: (room, invite, name) => open(`${roomUrl(room)}/members`, { invite, name }),
    enter: (room) => open(roomUrl(room)),
  }
}
