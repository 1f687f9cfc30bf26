import * as v from 'valibot'
import type { RecentMap } from '../../engine/recent-map.ts'
import { postEveryMs, refusePost } from '../../engine/shows/admission.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { PostAnswer } from '../../protocol/packets.ts'
import { type PostRecord, posts } from '../../protocol/records/posts.ts'
import type { Show } from '../../protocol/show.ts'
import { answer, call, json } from '../http/call/call.ts'
import { component, named, text, time } from '../http/call/schemas.ts'
import type { IngestContext } from './context.ts'

const Posted = component<PostAnswer>()(
  'Posted',
  v.object({
    post: v.object({
      id: text,
      at: time,
      viewer: v.pipe(text, v.description('As the feed will show it: a keyed hash')),
    }),
  }),
)

const NewPost = named('NewPost', v.looseObject({ sticker: text }))

export const createPost = call({
  id: 'createPost',
  method: 'POST',
  path: '/v1/shows/{show}/posts',
  tag: 'Shows',
  summary: 'Send one sticker under a name',
  description: 'Answered once the log has the post. The feed shows a sample of all posts.',
  who: 'viewer',
  limited: true,
  body: json(NewPost, { sticker: 'six' }),
  answers: {
    202: answer('The log has it', Posted, {
      post: {
        id: '3f2b8c1e-7a64-4d0b-9f55-1c2d3e4f5a6b',
        at: 1_795_349_712_000,
        viewer: 'q83vEjRWeJCrze8SNFZ4kA',
      },
    }),
  },
  errors: ['show_ended', 'posts_off', 'guests_not_allowed', 'unknown_sticker', 'log_unavailable'],
}).handle(async ({ identity, clock, log, counters, posted }: IngestContext, { show, caller, body }) => {
  const { sticker } = body
  const now = clock.now()
  refusePost(show.show, { guest: caller.guest === true, now })
  if (!show.pack.stickers.has(sticker)) {
    throw new RoarError('unknown_sticker', `the show has no sticker ${JSON.stringify(sticker.slice(0, 32))}`)
  }
  if ('room' in body) throw new RoarError('bad_request', 'this server has no rooms')
  const record: PostRecord = {
    show: show.show.show,
    id: crypto.randomUUID(),
    viewer: identity.hashOf(caller.key),
    name: caller.name,
    sticker,
    at: now,
  }
  slowDown(posted, show.show, { viewer: caller.key, now })
  await log.append('posts', [posts.encode(record)])
  counters.posts++
  return { status: 202, body: { post: { id: record.id, at: record.at, viewer: record.viewer } } }
})

/** Holds a viewer to the pace that the producers set for this show's posts. @throws RoarError too_many_requests */
function slowDown(
  posted: RecentMap<string, number>,
  show: Show,
  { viewer, now }: { viewer: string; now: number },
): void {
  const everyMs = postEveryMs(show)
  if (everyMs === 0) return
  const key = `${show.show}/${viewer}`
  // A time in the future is of before the clock was set back.
  const lastMs = posted.get(key) ?? 0
  const waitMs = lastMs > now ? 0 : lastMs + everyMs - now
  if (waitMs > 0)
    throw new RoarError('too_many_requests', 'posts of this show are slowed down', {
      retryAfterS: waitMs / 1000,
    })
  posted.set(key, now)
}
