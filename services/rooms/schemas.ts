import * as v from 'valibot'
import { BURST_COUNT_MAX, BURST_STICKERS_MAX, PRESENCE_MS, ROOM_TAIL_POSTS } from '../../protocol/limits.ts'
import type { PresenceAnswer, PresenceRequest, RoomDocument, RoomMember } from '../../protocol/packets.ts'
import { byId, component, flag, id, text, time, whole } from '../http/call/schemas.ts'

export const RoomMemberSchema = component<RoomMember>()(
  'RoomMember',
  v.object({ viewer: v.pipe(text, v.description('A keyed hash, as posts have it')), name: text }),
)

export const RoomSchema = component<RoomDocument>()(
  'Room',
  v.object({
    room: id,
    invite: v.pipe(id, v.description('What others join by. Another one once somebody was removed')),
    channel: v.pipe(
      id,
      v.description(
        'Where its packets come: roar/{show}/rooms/{channel}. The room’s id at first; another one once somebody was removed',
      ),
    ),
    owner: v.pipe(text, v.description('Who may remove others')),
    you: v.pipe(text, v.description('Who asks')),
    members: v.pipe(v.array(RoomMemberSchema), v.description('In the order in which they came')),
  }),
)

export const EXAMPLE_ROOM: RoomDocument = {
  room: 'k2vq5o7ynd4xw3hbzt6jc2mfla',
  invite: 'p7x2dnqk4w5hz3ryc6tbmo2jva',
  channel: 'k2vq5o7ynd4xw3hbzt6jc2mfla',
  owner: 'q83vEjRWeJCrze8SNFZ4kA',
  you: 'q83vEjRWeJCrze8SNFZ4kA',
  members: [{ viewer: 'q83vEjRWeJCrze8SNFZ4kA', name: 'Ada' }],
}

/** A guest's name in the room. Others cannot choose one. */
export const MemberName = v.exactOptional(
  v.pipe(
    text,
    v.description(
      `Of a guest, what they are called in the room, where it is not the token’s name; else ignored`,
    ),
  ),
)

export const PresenceSchema = component<PresenceRequest>()(
  'Presence',
  v.object({
    stickers: v.exactOptional(
      v.pipe(
        byId(whole(1, BURST_COUNT_MAX)),
        v.maxEntries(BURST_STICKERS_MAX, `has more than ${BURST_STICKERS_MAX} entries`),
        v.description('Taps since the last request. They are drawn in the room and counted nowhere'),
      ),
    ),
    asks: v.exactOptional(
      v.pipe(flag, v.description('Whether to publish who is present even if it did not change')),
    ),
    after: v.exactOptional(
      v.pipe(
        time,
        v.description(
          `Posts after this time are published again, the newest ${ROOM_TAIL_POSTS}: for members who were away or have just joined`,
        ),
      ),
    ),
  }),
)

export const PresenceAnswerSchema = component<PresenceAnswer>()(
  'PresenceAnswer',
  v.object({
    everyMs: v.pipe(
      whole(1, 3 * PRESENCE_MS),
      v.description('How long until the next request at the latest'),
    ),
  }),
)
