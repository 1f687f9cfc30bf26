import { filedAs } from '../../../protocol/runs.ts'
import { answer, call } from '../../http/call/call.ts'
import type { RoomsContext } from '../context.ts'
import { documentFor } from '../document-for.ts'
import { refuseRooms } from '../refuse-rooms.ts'
import { EXAMPLE_ROOM, RoomSchema } from '../schemas.ts'

export const getRoom = call({
  id: 'getRoom',
  method: 'GET',
  path: '/v1/shows/{show}/rooms/{room}',
  tag: 'Rooms',
  summary: 'Look at a room as its member',
  who: 'viewer',
  limited: true,
  answers: { 200: answer('The room', RoomSchema, EXAMPLE_ROOM) },
  errors: [
    'show_ended',
    'rooms_off',
    'guests_not_allowed',
    'not_a_member',
    'removed_from_room',
    'log_unavailable',
  ],
}).handle(({ rooms, identity, logClock }: RoomsContext, { show: { show }, params, caller }) => {
  refuseRooms(show, caller, logClock.now())
  const viewer = identity.hashOf(caller.key)
  return { status: 200, body: documentFor(rooms.ofMember(filedAs(show), params.room, viewer), viewer) }
})
