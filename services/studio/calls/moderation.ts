import * as v from 'valibot'
import {
  muteOf,
  muteViewer,
  releasePost,
  removePost,
  showPost,
  unmuteViewer,
} from '../../../engine/shows/moderation.ts'
import { MUTE_MS_MAX } from '../../../protocol/limits.ts'
import { filedAs } from '../../../protocol/runs.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { named, text, whole } from '../../http/call/schemas.ts'
import { MuteSchema } from '../../shows/schemas.ts'
import type { StudioContext } from '../context.ts'

const ERRORS = ['log_unavailable', 'store_unavailable'] as const

export const deletePost = call({
  id: 'deletePost',
  method: 'DELETE',
  path: '/v1/studio/shows/{show}/posts/{post}',
  tag: 'Studio',
  summary: 'Remove a post from every screen',
  description:
    'It is removed from every feed within two seconds. A held post is never shown. A pinned post is unpinned. Removing it again returns the same answer.',
  who: 'moderator',
  answers: {
    200: answer('It is removed', named('RemovedPost', v.object({ post: text })), {
      post: '3f2b8c1e-7a64-4d0b-9f55-1c2d3e4f5a6b',
    }),
  },
  errors: [...ERRORS],
}).handle(async ({ changeShow, held }: StudioContext, { params: { show, post }, caller }) => {
  await changeShow({
    ...{ show, who: caller.who, action: 'remove-post', detail: post },
    async act(before) {
      const waiting = held.find(filedAs(before), post)
      if (waiting !== undefined && waiting.decided === undefined) await held.decide(waiting, 'removed')
      return removePost(before, post)
    },
  })
  return { status: 200, body: { post } }
})

export const releaseShowPost = call({
  id: 'releasePost',
  method: 'POST',
  path: '/v1/studio/shows/{show}/posts/{post}/release',
  tag: 'Studio',
  summary: 'Show a post that was held, or removed',
  description:
    'A held post appears in the feed within two seconds, as if it were posted now. A removed post is restored to its place in the feed, while it is among the newest 50. Any other post gets the same answer.',
  who: 'moderator',
  answers: {
    200: answer('It is shown', named('ReleasedPost', v.object({ post: text })), {
      post: '3f2b8c1e-7a64-4d0b-9f55-1c2d3e4f5a6b',
    }),
  },
  errors: [...ERRORS],
}).handle(async ({ changeShow, held }: StudioContext, { params: { show, post }, caller }) => {
  await changeShow({
    ...{ show, who: caller.who, action: 'release-post', detail: post },
    async act(before) {
      const record = held.of(filedAs(before)).find(post)
      if (record === undefined) return releasePost(before, post)
      await held.decide(record, 'released')
      return showPost(before, post)
    },
  })
  return { status: 200, body: { post } }
})

export const unmuteShowViewer = call({
  id: 'unmuteViewer',
  method: 'DELETE',
  path: '/v1/studio/shows/{show}/viewers/{viewer}/mute',
  tag: 'Studio',
  summary: 'Take a viewer’s mute back',
  description: 'At every server within two seconds. A viewer who is not muted is answered the same.',
  who: 'moderator',
  answers: {
    200: answer('The viewer may post', named('UnmutedViewer', v.object({ viewer: text })), {
      viewer: 'q83vEjRWeJCrze8SNFZ4kA',
    }),
  },
  errors: [...ERRORS],
}).handle(async ({ changeShow }: StudioContext, { params: { show, viewer }, caller }) => {
  await changeShow({
    ...{ show, who: caller.who, action: 'unmute-viewer', detail: { viewer } },
    act: (before, now) => unmuteViewer(before, viewer, now),
  })
  return { status: 200, body: { viewer } }
})

export const muteShowViewer = call({
  id: 'muteViewer',
  method: 'POST',
  path: '/v1/studio/shows/{show}/viewers/{viewer}/mute',
  tag: 'Studio',
  summary: 'Mute a viewer for a time, or for the show',
  description:
    'The viewer\u2019s posts are refused with `muted`, at every server within two seconds; reactions and votes go on. What was posted before stays. A mute is never shortened.',
  who: 'moderator',
  body: json(
    v.strictObject({
      forMs: v.exactOptional(v.pipe(whole(1, MUTE_MS_MAX), v.description('Default: for the show'))),
    }),
    { forMs: 600_000 },
    { optional: true },
  ),
  answers: {
    200: answer('The mute as it is now', MuteSchema, {
      viewer: 'q83vEjRWeJCrze8SNFZ4kA',
      until: 1_795_350_312_000,
    }),
  },
  errors: ['wrong_state', ...ERRORS],
}).handle(
  async ({ changeShow, clock }: StudioContext, { params: { show, viewer }, body: { forMs }, caller }) => {
    const changed = await changeShow({
      ...{ show, who: caller.who, action: 'mute-viewer', detail: { viewer, forMs } },
      act: (before, now) =>
        muteViewer(before, forMs === undefined ? { viewer } : { viewer, until: now + forMs }, now),
    })
    return { status: 200, body: muteOf(changed, viewer, clock.now()) ?? { viewer } }
  },
)
