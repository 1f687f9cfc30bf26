import { RoarError } from '../../protocol/errors.ts'
import { isMediaName } from '../../protocol/media.ts'
import { call } from '../http/call/call.ts'
import { text } from '../http/call/schemas.ts'
import { CORS_HEADERS, isKnown } from '../http/responses.ts'
import type { servedMedia } from './served-media.ts'

const YEAR_S = 365 * 86_400

/** A picture that any page may embed; opened directly it cannot act as a page. */
const HEADERS = {
  ...CORS_HEADERS,
  'cache-control': `public, max-age=${YEAR_S}, immutable`,
  'cross-origin-resource-policy': 'cross-origin',
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
}

export const getMedia = call({
  id: 'getMedia',
  method: 'GET',
  path: '/media/{file}',
  tag: 'Shows',
  summary: 'Get a sticker’s picture',
  description:
    'The name is a hash of the content, so it can be cached indefinitely. A picture that was taken down is gone within two seconds.',
  who: 'anybody',
  answers: { 200: { description: 'The picture', schema: text, example: 'RIFF…WEBP', type: 'image/webp' } },
  errors: ['media_unavailable'],
}).route((media: ReturnType<typeof servedMedia>) => async (request) => {
  const name = (request.params as { file: string }).file
  const bytes = isMediaName(name) ? await media.get(name) : undefined
  if (bytes === undefined) throw new RoarError('not_found', 'there is no such picture')
  const headers = { ...HEADERS, etag: `"${name}"` }
  if (isKnown(request, headers.etag)) return new Response(null, { status: 304, headers })
  return new Response(bytes, { headers: { ...headers, 'content-type': 'image/webp' } })
})
