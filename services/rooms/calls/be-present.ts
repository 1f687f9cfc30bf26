import { RoarError } from '../../../protocol/errors.ts'
import { PRESENCE_MS } from '../../../protocol/limits.ts'
import { filedAs } from '../../../protocol/runs.ts'
import type { ShowView } from '../../directory/directory.ts'
import { answer, call, json } from '../../http/call/call.ts'
import type { RoomsContext } from '../context.ts'
import { refuseRooms } from '../refuse-rooms.ts'
import { PresenceAnswerSchema, PresenceSchema } from '../schemas.ts'

export const bePresent = call({
  id: 'bePresent',
  method: 'POST',
  path: '/v1/shows/{show}/rooms/{room}/presence',
  tag: 'Rooms',
  summary: 'Say that you are in the room, and what you tapped',
  description:
    'To be repeated within `everyMs`. What members tapped is drawn in the room; the show counts it by `sendBurst` alone.',
  who: 'viewer',
  limited: true,
  body: json(PresenceSchema, { stickers: { heart: 3 } }, { optional: true }),
  answers: { 202: answer('Noted', PresenceAnswerSchema, { everyMs: PRESENCE_MS }) },
  errors: [
    ...(['show_ended', 'rooms_off', 'guests_not_allowed', 'not_a_member'] as const),
    ...(['removed_from_room', 'unknown_sticker', 'log_unavailable'] as const),
  ],
}).handle(
  (
    { rooms, moments, counters, identity, logClock }: RoomsContext,
    { show: { show, pack }, params, caller, body },
  ) => {
    refuseRooms(show, caller, logClock.now())
    const viewer = identity.hashOf(caller.key)
    const room = rooms.ofMember(filedAs(show), params.room, viewer)
    moments.add(room, viewer, {
      taps: tapsOf(body.stickers ?? {}, pack),
      asks: body.asks === true,
      after: body.after,
    })
    counters.presences++
    return { status: 202, body: { everyMs: PRESENCE_MS } }
  },
)

/** Taps by sticker, aliases resolved, without stickers that are off. @throws RoarError unknown_sticker */
function tapsOf(
  stickers: Record<string, number>,
  { stickers: columnOf, columns, silent }: ShowView['pack'],
): [string, number][] {
  return Object.entries(stickers).flatMap(([sticker, count]) => {
    const column = columnOf.get(sticker)
    if (column !== undefined) return [[columns[column]!, count]]
    if (silent.has(sticker)) return []
    throw new RoarError('unknown_sticker', `the show has no sticker ${JSON.stringify(sticker)}`)
  })
}
