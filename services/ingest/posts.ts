import * as v from 'valibot'
import { RoarError } from '../../protocol/errors.ts'
import type { PostAnswer } from '../../protocol/packets.ts'
import { type PostRecord, posts } from '../../protocol/records/posts.ts'
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
  errors: ['unknown_sticker', 'log_unavailable'],
}).handle(async ({ identity, clock, log, counters }: IngestContext, { show, caller, body }) => {
  const { sticker } = body
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
    at: clock.now(),
  }
  await log.append('posts', [posts.encode(record)])
  counters.posts++
  return { status: 202, body: { post: { id: record.id, at: record.at, viewer: record.viewer } } }
})
