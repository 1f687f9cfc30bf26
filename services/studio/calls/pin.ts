import * as v from 'valibot'
import { pin, unpin } from '../../../engine/shows/moderation.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { POST_TEXT_MAX, POST_TEXT_UNITS_MAX } from '../../../protocol/limits.ts'
import { filedAs } from '../../../protocol/runs.ts'
import type { Pinned, Show } from '../../../protocol/show.ts'
import { call, json } from '../../http/call/call.ts'
import { text } from '../../http/call/schemas.ts'
import { cleanText } from '../../identity/clean-text.ts'
import type { StudioContext } from '../context.ts'
import { findPost } from '../newest-posts.ts'
import { AS_IT_IS, reply, SHOW_ERRORS } from './shows.ts'

export const pinPost = call({
  id: 'pinPost',
  method: 'PUT',
  path: '/v1/studio/shows/{show}/pin',
  tag: 'Studio',
  summary: 'Pin a post, or a text of the show’s own, at the top of the feed',
  description:
    'The show’s document has it as `pinned`, within two seconds, in the place of what was. A post that is removed is pinned no more.',
  who: 'moderator',
  body: json(
    v.strictObject({
      post: v.exactOptional(v.pipe(text, v.description('A post of the feed, by its id'))),
      text: v.exactOptional(
        v.pipe(text, v.description(`Instead: the show’s own words, at most ${POST_TEXT_MAX} characters`)),
      ),
    }),
    { text: 'Doors open at eight' },
  ),
  answers: AS_IT_IS,
  errors: [...SHOW_ERRORS, 'unknown_post'],
}).handle(async ({ changeShow, log, clock }: StudioContext, { params: { show }, body, caller }) => {
  const { post } = body
  const words = cleanText(body.text ?? '', {
    ...{ graphemesMax: POST_TEXT_MAX, unitsMax: POST_TEXT_UNITS_MAX },
  })
  if ((post === undefined) === (words === ''))
    throw new RoarError('bad_request', 'name a post, or give a text')
  const changed = await changeShow({
    ...{ show, who: caller.who, action: 'pin' },
    detail: post === undefined ? { text: words } : { post },
    async act(before, now) {
      const { id, text: pinned } = before.pinned ?? {}
      if (post === undefined)
        return id === undefined && pinned === words ? before : pin(before, { text: words, at: now })
      return id === post ? before : pin(before, await postOf(log, before, post))
    },
  })
  return reply(changed, clock.now())
})

/** As the viewer posted it: nobody's words are taken from whoever pins them. @throws RoarError unknown_post, log_unavailable */
async function postOf(log: StudioContext['log'], show: Show, id: string): Promise<Pinned> {
  const found = show.removedPosts?.includes(id) ? undefined : await findPost(log, filedAs(show), id)
  if (found === undefined) throw new RoarError('unknown_post', 'the feed has no such post, or has it no more')
  const { show: _, room: __, channel: ___, ...post } = found
  return post
}

export const unpinPost = call({
  id: 'unpinPost',
  method: 'DELETE',
  path: '/v1/studio/shows/{show}/pin',
  tag: 'Studio',
  summary: 'Take away what is pinned',
  description: 'Where nothing is pinned it is answered the same.',
  who: 'moderator',
  answers: AS_IT_IS,
  errors: [...SHOW_ERRORS],
}).handle(async ({ changeShow, clock }: StudioContext, { params: { show }, caller }) =>
  reply(await changeShow({ show, who: caller.who, action: 'unpin', act: unpin }), clock.now()),
)
