import type { Room } from '../../engine/rooms/rooms.ts'
import type { RoomDocument } from '../../protocol/packets.ts'

/** A room in the form for this member. */
export const documentFor = (
  { room, invite, channel, owner, members }: Room,
  viewer: string,
): RoomDocument => ({
  room,
  invite,
  channel,
  owner,
  you: viewer,
  members: Array.from(members, ([viewer, name]) => ({ viewer, name })),
})
