import * as v from 'valibot'
import type { Pack } from '../../engine/burst.ts'
import type { RecentMap } from '../../engine/recent-map.ts'
import type { Room } from '../../engine/rooms/rooms.ts'
import { refusePost } from '../../engine/shows/admission.ts'
import { RoarError } from '../../protocol/errors.ts'
import { NAME_PATTERN } from '../../protocol/ids.ts'
import { POST_TEXT_MAX } from '../../protocol/limits.ts'
import type { PostAnswer } from '../../protocol/packets.ts'
import { held } from '../../protocol/records/held.ts'
import { type PostRecord, posts } from '../../protocol/records/posts.ts'
import { filedAs } from '../../protocol/runs.ts'
import { postEveryMs, type Show } from '../../protocol/show.ts'
import type { TraceContext } from '../../protocol/trace-context.ts'
import type { ShowView } from '../directory/directory.ts'
import { parseJson } from '../http/body.ts'
import { answer, call, json } from '../http/call/call.ts'
import { checkBody } from '../http/call/handler.ts'
import { component, named, text, time } from '../http/call/schemas.ts'
import { traceOf } from '../http/request-trace.ts'
import { jsonHeaders } from '../http/responses.ts'
import type { LaneRoute } from '../http/routes.ts'
import type { Viewer } from '../identity/claims.ts'
import { postText } from '../identity/post-text.ts'
import { shownName } from '../identity/shown-name.ts'
import { refuseRooms } from '../rooms/refuse-rooms.ts'
import type { IngestContext } from './context.ts'

const Posted = component<PostAnswer>()(
  'Posted',
  v.object({
    post: v.object({
      id: text,
      at: time,
      viewer: v.pipe(text, v.description('As the feed will show it: a keyed hash')),
    }),
    held: v.exactOptional(
      v.pipe(v.literal(true), v.description('It is not in the feed: a moderator sees it first')),
    ),
  }),
)

const NewPost = named(
  'NewPost',
  v.looseObject({
    sticker: v.exactOptional(text),
    text: v.exactOptional(
      v.pipe(text, v.description(`At most ${POST_TEXT_MAX} characters as people count them`)),
    ),
    replyTo: v.exactOptional(
      v.pipe(
        text,
        v.regex(NAME_PATTERN, 'is not the id of a post'),
        v.description('The post that it answers, by its id. It need not be there any more'),
      ),
    ),
    room: v.exactOptional(v.pipe(text, v.description('The room that it is for. Absent: it is for the feed'))),
  }),
)

const BODY = json(NewPost, { sticker: 'six' })

export const createPost = call({
  id: 'createPost',
  method: 'POST',
  path: '/v1/shows/{show}/posts',
  tag: 'Shows',
  summary: 'Send a sticker, a text or both under a name',
  description:
    'Answered once the post is in the log. The feed shows a sample of all posts, a room each of its own. Text is sanitised: control characters, and those that change its direction, are removed. A text that the producers want to see first is `held`: the feed has the post once a moderator has released it. A post may answer another: where that is among the newest of the same feed or room, and was not removed, the packet has its name as `replyName`.',
  who: 'viewer',
  limited: true,
  body: BODY,
  answers: {
    202: answer('The post is in the log', Posted, {
      post: {
        id: '3f2b8c1e-7a64-4d0b-9f55-1c2d3e4f5a6b',
        at: 1_795_349_712_000,
        viewer: 'q83vEjRWeJCrze8SNFZ4kA',
      },
    }),
  },
  errors: [
    'show_ended',
    'posts_off',
    'text_off',
    'text_refused',
    'muted',
    'guests_not_allowed',
    'unknown_sticker',
    'rooms_off',
    'unknown_room',
    'not_a_member',
    'removed_from_room',
    'log_unavailable',
  ],
}).handle(async (context: IngestContext, { show: view, caller, body, request }) => ({
  status: 202,
  body: await take(context, { view, caller, body, trace: traceOf(request) }),
}))

/** The same for complete requests: the feed of a large show gets as many as it gets votes. */
export function postInLane(context: IngestContext): LaneRoute {
  const { directory, gate, identity } = context
  const headers = jsonHeaders({ 'cache-control': 'no-store' })
  return {
    path: createPost.spec.path,
    answer(request) {
      const { params, authorization, trace } = request
      const show = params.show!
      const caller = authorization && identity.viewerAtOnce(authorization, show, { again: true })
      if (!caller) return undefined
      gate.addressOf(request)
      gate.viewer(caller.key)
      const view = directory.get(show)
      const body = checkBody(BODY, parseJson(request.body))
      return take(context, { view, caller, body, trace }).then((posted) => ({
        status: 202,
        headers,
        body: JSON.stringify(posted),
      }))
    },
  }
}

interface Received {
  view: ShowView
  caller: Viewer
  body: v.InferOutput<typeof NewPost>
  trace: TraceContext | undefined
}

/** The path from body to log. @throws RoarError those of `createPost` */
async function take(
  context: IngestContext,
  { view: show, caller, body, trace }: Received,
): Promise<v.InferOutput<typeof Posted>> {
  const { identity, logClock, log, counters, posted } = context
  const { sticker: asked, replyTo } = body
  const text = postText(body.text)
  const viewer = identity.hashOf(caller.key)
  const now = logClock.now()
  refusePost(show.show, { guest: caller.guest === true, viewer, hasText: text !== '', now })
  const verdict = judged(show, text)
  if (asked === undefined && text === '')
    throw new RoarError('bad_request', 'a post needs a sticker, a text or both')
  const sticker = asked === undefined ? undefined : stickerOf(asked, show.pack)
  const room =
    body.room === undefined ? undefined : roomOf(context, show.show, { caller, viewer, now }, body.room)
  const record: PostRecord = {
    show: filedAs(show.show),
    id: crypto.randomUUID(),
    viewer,
    name: room?.members.get(viewer) ?? shownName(caller, show.show.title),
    ...(sticker !== undefined && { sticker }),
    ...(text !== '' && { text }),
    ...(replyTo !== undefined && { replyTo }),
    at: now,
    ...(room !== undefined && { room: room.room, channel: room.channel }),
  }
  if (room === undefined) slowDown(posted, show.show, { viewer: caller.key, now })
  // Rooms are private: members read every post, and no moderator does.
  const waits = verdict !== undefined && room === undefined
  if (waits) await log.append('held', [{ ...held.encode({ ...record, ...verdict }), trace }])
  else await log.append('posts', [{ ...posts.encode(record), trace }])
  counters.posts++
  const { id, at } = record
  return { post: { id, at, viewer }, ...(waits && { held: true as const }) }
}

/**
 * Why this text is held for a moderator: the matching entry of a word list, or that the show holds every text; undefined: it is
 * shown.
 * @throws RoarError text_refused
 */
function judged({ show, judge }: ShowView, text: string): { entry?: string } | undefined {
  if (text === '') return undefined
  const verdict = judge(text)
  if (verdict?.does === 'refuse')
    throw new RoarError('text_refused', 'the text contains words that this show does not allow')
  if (verdict !== undefined) return { entry: verdict.entry }
  return show.switches?.text === 'held' ? {} : undefined
}

/** The sticker of this id or alias. @throws RoarError unknown_sticker */
function stickerOf(asked: string, { stickers, columns }: Pack): string {
  const column = stickers.get(asked)
  if (column === undefined)
    throw new RoarError('unknown_sticker', `the show has no sticker ${JSON.stringify(asked.slice(0, 32))}`)
  return columns[column]!
}

/**
 * The room that a member posts to, subject to its rate limit.
 * @throws RoarError rooms_off, unknown_room, not_a_member, removed_from_room, too_many_requests
 */
function roomOf(
  { rooms, roomPosts }: IngestContext,
  show: Show,
  { caller, viewer, now }: { caller: Viewer; viewer: string; now: number },
  id: string,
): Room {
  refuseRooms(show, caller, now)
  const room = rooms.ofMember(filedAs(show), id, viewer)
  const waitMs = roomPosts.take(`${show.show}/${id}`, now)
  if (waitMs > 0)
    throw new RoarError('too_many_requests', 'this room has too many posts', {
      retryAfterS: waitMs / 1000,
    })
  return room
}

/** Enforces the interval that producers set for this show's posts. @throws RoarError too_many_requests */
function slowDown(
  posted: RecentMap<string, number>,
  show: Show,
  { viewer, now }: { viewer: string; now: number },
): void {
  const everyMs = postEveryMs(show)
  if (everyMs === 0) return
  const key = `${show.show}/${viewer}`
  // A time in the future is from before the clock was set back.
  const lastMs = posted.get(key) ?? 0
  const waitMs = lastMs > now ? 0 : lastMs + everyMs - now
  if (waitMs > 0)
    throw new RoarError('too_many_requests', 'the feed of this show is slowed down', {
      retryAfterS: waitMs / 1000,
    })
  posted.set(key, now)
}
