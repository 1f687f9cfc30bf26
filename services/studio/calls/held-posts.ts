import * as v from 'valibot'
import { HELD_A_VIEWER_MAX, HELD_POSTS_MAX } from '../../../protocol/limits.ts'
import type { HeldRecord } from '../../../protocol/records/held.ts'
import { filedAs } from '../../../protocol/runs.ts'
import { answer, call } from '../../http/call/call.ts'
import { component, count, id, text, time } from '../../http/call/schemas.ts'
import type { StudioContext } from '../context.ts'

type HeldPost = Omit<HeldRecord, 'show'>

const HeldPostSchema = component<HeldPost>()(
  'HeldPost',
  v.object({
    id: text,
    viewer: v.pipe(text, v.description('A keyed hash: the same for all posts of one viewer')),
    name: text,
    sticker: v.exactOptional(id),
    text: v.exactOptional(text),
    replyTo: v.exactOptional(text),
    at: time,
    entry: v.exactOptional(
      v.pipe(text, v.description('The word list entry that it matches; absent if the show holds every text')),
    ),
    decided: v.exactOptional(v.picklist(['released', 'removed'])),
  }),
)

interface Held {
  posts: HeldPost[]
  decided: HeldPost[]
  dropped: number
}
const HeldSchema = component<Held>()(
  'HeldPosts',
  v.object({
    posts: v.pipe(v.array(HeldPostSchema), v.description('Those that wait, oldest first')),
    decided: v.pipe(v.array(HeldPostSchema), v.description('The newest decisions, the newest first')),
    dropped: v.pipe(
      count,
      v.description(
        `Posts that gave way to newer ones, because ${HELD_POSTS_MAX} waited, or ${HELD_A_VIEWER_MAX} of one viewer`,
      ),
    ),
  }),
)

/** Decisions listed: those that somebody may want to reverse. */
const DECIDED_LISTED = 20

export const listHeldPosts = call({
  id: 'listHeldPosts',
  method: 'GET',
  path: '/v1/studio/shows/{show}/posts',
  tag: 'Studio',
  summary: 'List the posts that wait for a moderator',
  description:
    'With the newest decisions, which can be undone. Published posts are in the feed: `GET /v1/shows/{show}/feed`.',
  who: 'moderator',
  query: {
    held: v.pipe(v.picklist(['', 'true']), v.description('What the list is of; others are in the feed')),
  },
  answers: {
    200: answer('The posts', HeldSchema, {
      posts: [
        {
          id: '3f2b8c1e-7a64-4d0b-9f55-1c2d3e4f5a6b',
          viewer: 'q83vEjRWeJCrze8SNFZ4kA',
          name: 'Ada',
          text: 'damn, what a shot',
          at: 1_795_349_712_000,
          entry: 'damn',
        },
      ],
      decided: [],
      dropped: 0,
    }),
  },
  errors: ['log_unavailable'],
}).handle(({ held }: StudioContext, { show: { show } }) => {
  const posts = held.of(filedAs(show))
  return {
    status: 200,
    body: {
      posts: posts.waiting().map(withoutShow),
      decided: posts.decided().slice(0, DECIDED_LISTED).map(withoutShow),
      dropped: posts.dropped,
    },
  }
})

const withoutShow = ({ show: _, ...post }: HeldRecord): HeldPost => post
