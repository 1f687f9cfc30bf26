import * as v from 'valibot'
import { filedAs } from '../../../protocol/runs.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { id, named } from '../../http/call/schemas.ts'
import { shownName } from '../../identity/shown-name.ts'
import type { RoomsContext } from '../context.ts'
import { documentFor } from '../document-for.ts'
import { refuseRooms } from '../refuse-rooms.ts'
import { EXAMPLE_ROOM, MemberName, RoomSchema } from '../schemas.ts'

const Invitation = named('Invitation', v.object({ invite: id, name: MemberName }))

export const joinRoom = call({
  id: 'joinRoom',
  method: 'POST',
  path: '/v1/shows/{show}/rooms/{room}/members',
  tag: 'Rooms',
  summary: 'Join a room by its invite',
  description: 'Who is in it already stays, whatever the invite, and may so have another name.',
  who: 'viewer',
  limited: true,
  body: json(Invitation, { invite: EXAMPLE_ROOM.invite }),
  answers: {
    200: answer('The viewer was in it already', RoomSchema, EXAMPLE_ROOM),
    201: answer('The viewer is in it now', RoomSchema, EXAMPLE_ROOM),
  },
  errors: [
    ...(['show_ended', 'rooms_off', 'guests_not_allowed', 'unknown_link', 'removed_from_room'] as const),
    ...(['room_full', 'too_many_rooms', 'log_unavailable'] as const),
  ],
}).handle(async ({ rooms, identity, logClock }: RoomsContext, { show: { show }, params, caller, body }) => {
  refuseRooms(show, caller, logClock.now())
  const viewer = identity.hashOf(caller.key)
  const outcome = await rooms.write({
    ...{ show: filedAs(show), room: params.room, kind: 'joined', viewer },
    ...{ name: shownName(caller, show.title, body.name), by: '', invite: body.invite, channel: '' },
  })
  const document = documentFor(rooms.ofMember(filedAs(show), params.room, viewer), viewer)
  return outcome === 'changed' ? { status: 201, body: document } : { status: 200, body: document }
})
