import { RoarError } from '../../protocol/errors.ts'
import type { Post, PostAnswer, PostRequest } from '../../protocol/packets.ts'
import { jsonResponse } from '../http/responses.ts'
import type { Handler } from '../http/routes.ts'
import type { IngestContext } from './context.ts'

/** What the log holds of a post. */
export interface PostRecord extends Post {
  show: string
}

/**
 * `POST /v1/shows/{show}/posts`: one sticker under the viewer's name. Answered once the log has it.
 * @throws RoarError unknown_show, unauthorized, forbidden, too_many_requests, bad_request, unknown_sticker, log_unavailable
 */
export function postRoute({
  directory,
  identity,
  bodies,
  clock,
  gate,
  log,
  counters,
}: IngestContext): Handler {
  const bytes = new TextEncoder()
  return async (request, server) => {
    const { show } = request.params as { show: string }
    const view = directory.get(show)
    gate.address(request, server)
    const { key, name } = await identity.viewerOf(request, show)
    gate.viewer(key)
    const sticker = checkPost(await bodies.json(request), view.pack.stickers)
    const record: PostRecord = {
      show,
      id: crypto.randomUUID(),
      viewer: identity.hashOf(key),
      name,
      sticker,
      at: clock.now(),
    }
    await log.append('posts', [{ key: show, value: bytes.encode(JSON.stringify(record)) }])
    counters.posts++
    return jsonResponse(
      { post: { id: record.id, at: record.at, viewer: record.viewer } } satisfies PostAnswer,
      { status: 202 },
    )
  }
}

function checkPost(body: unknown, stickers: ReadonlyMap<string, number>): string {
  if (typeof body !== 'object' || body === null)
    throw new RoarError('bad_request', 'the body is not an object')
  const { sticker, room } = body as Partial<Record<keyof PostRequest, unknown>>
  if (typeof sticker !== 'string') throw new RoarError('bad_request', 'sticker is not a string')
  if (!stickers.has(sticker)) {
    throw new RoarError('unknown_sticker', `the show has no sticker ${JSON.stringify(sticker.slice(0, 32))}`)
  }
  if (room !== undefined) throw new RoarError('bad_request', 'this server has no rooms')
  return sticker
}
