import * as v from 'valibot'
import { pin, unpin } from '../../../engine/shows/moderation.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { POST_TEXT_MAX } from '../../../protocol/limits.ts'
import type { PostRecord } from '../../../protocol/records/posts.ts'
import { filedAs } from '../../../protocol/runs.ts'
import type { Pinned, Show } from '../../../protocol/show.ts'
import { call, json } from '../../http/call/call.ts'
import { text } from '../../http/call/schemas.ts'
import { MATCHES, seenIn } from '../../http/versions.ts'
import { postText } from '../../identity/post-text.ts'
import type { StudioContext } from '../context.ts'
import { findPost } from '../newest-posts.ts'
import { AS_IT_IS, reply, SHOW_ERRORS } from './shows.ts'

export const pinPost = call({
  id: 'pinPost',
  method: 'PUT',
  path: '/v1/studio/shows/{show}/pin',
  tag: 'Studio',
  summary: 'Pin a post, or a text of the show’s own, at the top of the feed',
  description: `The show’s document has it as \`pinned\`, within two seconds, in the place of what was. A post that is removed is pinned no more. ${MATCHES}`,
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
}).handle(
  async (
    { changeShow, directory, log, clock }: StudioContext,
    { params: { show }, body, caller, request },
  ) => {
    const { post } = body
    const text = postText(body.text)
    if ((post === undefined) === (text === ''))
      throw new RoarError('bad_request', 'give either a post or a text')
    // Before the show's turn: a search takes a while, and must not delay somebody who switches posts off.
    const found =
      post === undefined ? undefined : await findPost(log, filedAs(directory.get(show).show), post)
    const changed = await changeShow({
      ...{ show, who: caller.who, action: 'pin', ifMatch: seenIn(request) },
      detail: post === undefined ? { text } : { post },
      act(before, now) {
        const { pinned } = before
        if (post === undefined)
          return pinned?.id === undefined && pinned?.text === text ? before : pin(before, { text, at: now })
        return pinned?.id === post ? before : pin(before, shownBy(before, found))
      },
    })
    return reply(changed, clock.now())
  },
)

/**
 * Exactly as the viewer posted it: the text does not come from the moderator's request.
 * @param found Undefined: there is none with that id. It may have been removed, or wiped, since. @throws RoarError unknown_post
 */
function shownBy(show: Show, found: PostRecord | undefined): Pinned {
  if (found === undefined || found.show !== filedAs(show) || show.removedPosts?.includes(found.id))
    throw new RoarError('unknown_post', 'the feed has no such post, or no longer has it')
  const { show: _, room: __, channel: ___, replyTo: ____, ...post } = found
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
}).handle(async ({ changeShow, clock }: StudioContext, { params: { show }, caller, request }) => {
  const change = { show, who: caller.who, action: 'unpin', ifMatch: seenIn(request), act: unpin }
  return reply(await changeShow(change), clock.now())
})
