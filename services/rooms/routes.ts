import { bePresent } from './calls/be-present.ts'
import { createRoom } from './calls/create-room.ts'
import { getRoom } from './calls/get-room.ts'
import { joinRoom } from './calls/join-room.ts'
import { removeMember } from './calls/remove-member.ts'

/** What members of rooms call. */
export const ROOM_CALLS = [createRoom, getRoom, joinRoom, removeMember, bePresent]
