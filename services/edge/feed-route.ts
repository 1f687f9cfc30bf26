import type { BunRequest } from 'bun'
import * as v from 'valibot'
import type { EarlierPosts, Post } from '../../protocol/packets.ts'
import { answer, call } from '../http/call/call.ts'
import { component, id, text, time } from '../http/call/schemas.ts'
import { cacheableResponse } from '../http/responses.ts'
import { AUDIENCE, audienceOf, type FallbackContext, forListeners, TOKEN_ERRORS } from './mood-route.ts'

/** Requests within the same second get the same posts. */
const MAX_AGE_S = 1

export const PostSchema = component<Post>()(
  'Post',
  v.object({
    id: text,
    viewer: v.pipe(text, v.description('A keyed hash: the same for all posts of one viewer')),
    name: text,
    sticker: v.exactOptional(id),
    text: v.exactOptional(text),
    replyTo: v.exactOptional(v.pipe(text, v.description('The post that it answers, by its id'))),
    replyName: v.exactOptional(
      v.pipe(
        text,
        v.description('The name at that post. Absent: it was removed, or is not among the newest'),
      ),
    ),
    at: time,
  }),
)
const Tail = component<EarlierPosts>()(
  'FeedTail',
  v.object({
    at: v.pipe(
      time,
      v.description('What a packet that ends later says of a post is newer than this; 0 before the first'),
    ),
    posts: v.array(PostSchema),
    removed: v.pipe(
      v.array(text),
      v.description('Ids of the newest that were removed or wiped: for who was without a connection then'),
    ),
  }),
)
const EXAMPLE: EarlierPosts = {
  at: 1_795_349_712_250,
  posts: [
    {
      id: '3f2b8c1e-7a64-4d0b-9f55-1c2d3e4f5a6b',
      viewer: 'q83vEjRWeJCrze8SNFZ4kA',
      name: 'Ada',
      sticker: 'six',
      at: 1_795_349_712_000,
    },
  ],
  removed: [],
}

/** The part of the feed that a new viewer sees. */
export const getFeed = call({
  id: 'getFeed',
  method: 'GET',
  path: '/v1/shows/{show}/feed',
  tag: 'Shows',
  summary: 'Get the newest 50 posts of the feed, oldest first',
  description: 'Those that this server has published since it started. A cache may keep it for a second.',
  who: 'anybody',
  query: { token: AUDIENCE.token },
  answers: { 200: answer('The posts', Tail, EXAMPLE) },
  errors: ['standby', ...TOKEN_ERRORS],
  cached: true,
}).route(({ context, door, ...questions }: FallbackContext) => {
  const respond = (request: BunRequest): Response => {
    const { show } = audienceOf(request, questions)
    return cacheableResponse(request, JSON.stringify(context.feeds.earlier(show)), { maxAgeS: MAX_AGE_S })
  }
  return forListeners({ context, door, ...questions }, respond, MAX_AGE_S)
})
