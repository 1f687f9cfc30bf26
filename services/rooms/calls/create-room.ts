import * as v from 'valibot'
import { ROOM_MEMBERS_MAX } from '../../../protocol/limits.ts'
import { filedAs } from '../../../protocol/runs.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { named } from '../../http/call/schemas.ts'
import { shownName } from '../../identity/shown-name.ts'
import type { RoomsContext } from '../context.ts'
import { documentFor } from '../document-for.ts'
import { newSecretId } from '../new-id.ts'
import { refuseRooms } from '../refuse-rooms.ts'
import { EXAMPLE_ROOM, MemberName, RoomSchema } from '../schemas.ts'

const NewRoom = named('NewRoom', v.object({ name: MemberName }))

export const createRoom = call({
  id: 'createRoom',
  method: 'POST',
  path: '/v1/shows/{show}/rooms',
  tag: 'Rooms',
  summary: 'Make a room',
  description: `A watch party of at most ${ROOM_MEMBERS_MAX}, owned by its creator. It ends with its show, when it is empty, and after five days. Its id and its invite cannot be guessed; anyone who has the id can subscribe.`,
  who: 'viewer',
  limited: true,
  body: json(NewRoom, { name: 'Ada' }, { optional: true }),
  answers: { 201: answer('The room', RoomSchema, EXAMPLE_ROOM) },
  errors: ['show_ended', 'rooms_off', 'guests_not_allowed', 'too_many_rooms', 'log_unavailable'],
}).handle(async ({ rooms, identity, logClock }: RoomsContext, { show: { show }, caller, body }) => {
  refuseRooms(show, caller, logClock.now())
  const room = newSecretId()
  const viewer = identity.hashOf(caller.key)
  await rooms.write({
    ...{ show: filedAs(show), room, kind: 'made', viewer, name: shownName(caller, show.title, body.name) },
    ...{ by: '', invite: newSecretId(), channel: room },
  })
  return { status: 201, body: documentFor(rooms.ofMember(filedAs(show), room, viewer), viewer) }
})
