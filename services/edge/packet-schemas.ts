import * as v from 'valibot'
import type { FeedPacket, PollPacket, RoomPacket, ShowPacket, ViewersPacket } from '../../protocol/packets.ts'
import { RUNS_MAX } from '../../protocol/runs.ts'
import { count, counts, DAY_MS, id, text, time, whole } from '../http/call/schemas.ts'
import { PostSchema } from './feed-route.ts'

const version = v.pipe(count, v.description('Only grows'))
const run = whole(2, RUNS_MAX)

/** Packets on PubSub other than the mood, for authors of clients: no packet is validated with it. */
export const FeedSchema = v.object({
  at: time,
  ms: whole(1, DAY_MS),
  n: v.pipe(count, v.description('Posts that there were before sampling')),
  posts: v.array(PostSchema),
  removed: v.exactOptional(v.pipe(v.array(text), v.description('Posts that leave every screen'))),
  released: v.exactOptional(v.pipe(v.array(text), v.description('Posts that were restored'))),
  cleared: v.exactOptional(
    v.pipe(v.literal(true), v.description('All posts before leave every screen: the rehearsal was wiped')),
  ),
}) satisfies v.GenericSchema<unknown, FeedPacket>

const member = v.object({
  viewer: v.pipe(text, v.description('A keyed hash, as posts have it')),
  name: text,
})

export const RoomPacketSchema = v.object({
  at: time,
  posts: v.array(PostSchema),
  taps: v.exactOptional(
    v.pipe(v.array(v.strictTuple([id, count])), v.description('Of all members together, by sticker')),
  ),
  present: v.exactOptional(
    v.pipe(v.array(member), v.description('Who is present, when it changed or was requested')),
  ),
  owner: v.exactOptional(v.pipe(text, v.description('With present: who may remove others'))),
  moved: v.exactOptional(
    v.pipe(v.literal(true), v.description('The channel has changed: members request the room')),
  ),
}) satisfies v.GenericSchema<unknown, RoomPacket>

export const PollPacketSchema = v.object({
  poll: id,
  state: v.picklist(['open', 'closed', 'revealed', 'sealed']),
  closes: v.exactOptional(time),
  ballots: v.pipe(count, v.description('Viewers who have voted')),
  counts: v.exactOptional(v.pipe(counts, v.description('Absent while the poll hides them'))),
  head: v.exactOptional(v.pipe(text, v.description('The newest head of all ballots: a C2SP checkpoint'))),
  code: v.exactOptional(v.pipe(text, v.description('Of the certificate, once the poll is sealed'))),
  run: v.exactOptional(
    v.pipe(
      run,
      v.description('Of a wiped rehearsal: where the packet of the show says a later one, the poll is gone'),
    ),
  ),
  version,
}) satisfies v.GenericSchema<unknown, PollPacket>

export const ViewersSchema = v.object({
  at: time,
  viewers: v.pipe(count, v.description('Connections to edges')),
  segments: counts,
}) satisfies v.GenericSchema<unknown, ViewersPacket>

export const ShowPacketSchema = v.object({
  version,
  run: v.exactOptional(v.pipe(run, v.description('Of a wiped rehearsal: which run has begun'))),
}) satisfies v.GenericSchema<unknown, ShowPacket>
