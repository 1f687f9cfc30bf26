import * as v from 'valibot'
import type { Pack } from '../../engine/burst.ts'
import type { RecentMap } from '../../engine/recent-map.ts'
import { refusePost } from '../../engine/shows/admission.ts'
import { RoarError } from '../../protocol/errors.ts'
import { BODY_BYTES_MAX, POST_TEXT_MAX, POST_TEXT_UNITS_MAX } from '../../protocol/limits.ts'
import type { PostAnswer } from '../../protocol/packets.ts'
import { type PostRecord, posts } from '../../protocol/records/posts.ts'
import { postEveryMs, type Show } from '../../protocol/show.ts'
import { answer, call, json } from '../http/call/call.ts'
import { component, named, text, time } from '../http/call/schemas.ts'
import { cleanText, graphemesIn } from '../identity/clean-text.ts'
import { isReservedName } from '../identity/reserved-name.ts'
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

const NewPost = named(
  'NewPost',
  v.looseObject({
    sticker: v.exactOptional(text),
    text: v.exactOptional(
      v.pipe(text, v.description(`At most ${POST_TEXT_MAX} characters as people count them`)),
    ),
  }),
)

export const createPost = call({
  id: 'createPost',
  method: 'POST',
  path: '/v1/shows/{show}/posts',
  tag: 'Shows',
  summary: 'Send a sticker, a text or both under a name',
  description:
    'Answered once the post is in the log. The feed shows a sample of all posts. Text is sanitised: control characters, and those that change its direction, are removed.',
  who: 'viewer',
  limited: true,
  body: json(NewPost, { sticker: 'six' }),
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
    'muted',
    'guests_not_allowed',
    'unknown_sticker',
    'log_unavailable',
  ],
}).handle(async ({ identity, clock, log, counters, posted }: IngestContext, { show, caller, body }) => {
  const { sticker: asked } = body
  const text = textOf(body.text)
  const viewer = identity.hashOf(caller.key)
  const now = clock.now()
  refusePost(show.show, { guest: caller.guest === true, viewer, hasText: text !== '', now })
  if (asked === undefined && text === '')
    throw new RoarError('bad_request', 'a post has a sticker, a text or both')
  const sticker = asked === undefined ? undefined : stickerOf(asked, show.pack)
  if ('room' in body) throw new RoarError('bad_request', 'this server has no rooms')
  const record: PostRecord = {
    show: show.show.show,
    id: crypto.randomUUID(),
    viewer,
    // A name that says it is the show, in a token that is good for all shows.
    name: caller.guest === true && isReservedName(caller.name, show.show.title) ? 'Guest' : caller.name,
    ...(sticker !== undefined && { sticker }),
    ...(text !== '' && { text }),
    at: now,
  }
  slowDown(posted, show.show, { viewer: caller.key, now })
  await log.append('posts', [posts.encode(record)])
  counters.posts++
  return { status: 202, body: { post: { id: record.id, at: record.at, viewer: record.viewer } } }
})

/** The sticker of this id or alias. @throws RoarError unknown_sticker */
function stickerOf(asked: string, { stickers, columns }: Pack): string {
  const column = stickers.get(asked)
  if (column === undefined)
    throw new RoarError('unknown_sticker', `the show has no sticker ${JSON.stringify(asked.slice(0, 32))}`)
  return columns[column]!
}

/** A text as it is shown; empty where nothing of it can be seen. @throws RoarError bad_request for one that is too long */
function textOf(given = ''): string {
  const cleaned = cleanText(given, { graphemesMax: POST_TEXT_MAX + 1, unitsMax: BODY_BYTES_MAX })
  if (graphemesIn(cleaned) > POST_TEXT_MAX || cleaned.length > POST_TEXT_UNITS_MAX)
    throw new RoarError('bad_request', `text is longer than ${POST_TEXT_MAX} characters`)
  return cleaned
}

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
