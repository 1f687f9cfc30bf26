import * as v from 'valibot'
import { filedAs } from '../../../protocol/runs.ts'
import { answer, call } from '../../http/call/call.ts'
import { named, text } from '../../http/call/schemas.ts'
import type { RoomsContext } from '../context.ts'
import { newSecretId } from '../new-id.ts'

const Removed = named('RemovedMember', v.object({ removed: text }))

export const removeMember = call({
  id: 'removeMember',
  method: 'POST',
  path: '/v1/shows/{show}/rooms/{room}/members/{viewer}/remove',
  tag: 'Rooms',
  summary: 'Remove a member from a room, or leave it',
  description:
    'The owner removes others, who stay out: the room has another invite and another channel then. Anybody may leave. When the owner leaves, who was in it longest is the owner; when nobody is left, it is over.',
  who: 'viewer',
  limited: true,
  answers: { 200: answer('The viewer is not in it', Removed, { removed: 'LPJNul-wow4m6DsqxbninA' }) },
  errors: ['forbidden', 'not_a_member', 'removed_from_room', 'log_unavailable'],
}).handle(async ({ rooms, identity }: RoomsContext, { show: { show }, params, caller }) => {
  const by = identity.hashOf(caller.key)
  const { room, viewer } = params
  rooms.ofMember(filedAs(show), room, by)
  const event = { show: filedAs(show), room, viewer, name: '' }
  await rooms.write(
    viewer === by
      ? { ...event, kind: 'left', by: '', invite: '', channel: '' }
      : { ...event, kind: 'removed', by, invite: newSecretId(), channel: newSecretId() },
  )
  return { status: 200, body: { removed: viewer } }
})
