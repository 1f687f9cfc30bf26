import * as v from 'valibot'
import type { ErrorCode } from '../../../protocol/errors.ts'
import { NAME_PATTERN } from '../../../protocol/ids.ts'
import { isMediaName } from '../../../protocol/media.ts'
import { readTilePath } from '../../../protocol/tiles.ts'
import { PURPOSES } from '../../supervision/supervisor.ts'
import { id, language } from './schemas.ts'

const name = v.pipe(v.string(), v.regex(NAME_PATTERN))

/** Every name allowed in a call's path: its description, and the error code if nothing has that name. */
export const PARAMETERS = {
  show: { schema: id, description: 'The show', example: 'final', code: 'unknown_show' },
  poll: { schema: id, description: 'The poll', example: 'mvp', code: 'unknown_poll' },
  room: {
    schema: id,
    description: 'The room',
    example: 'k2vq5o7ynd4xw3hbzt6jc2mfla',
    code: 'unknown_room',
  },
  ballot: {
    schema: v.pipe(v.string(), v.uuid()),
    description: 'The ballot, as its receipt names it',
    example: '019ac1f2-5c00-7d3e-9a71-0c5b8f6e2d14',
    code: 'unknown_ballot',
  },
  file: {
    schema: v.pipe(v.string(), v.check(isMediaName)),
    description: 'The file of a picture, as the show’s document names it',
    example: 'd2a84f4b8b650937ec8f73cd8be2c74a.webp',
    code: 'not_found',
  },
  pack: { schema: id, description: 'The pack of stickers', example: 'classic', code: 'unknown_pack' },
  sticker: { schema: id, description: 'The sticker', example: 'heart', code: 'unknown_sticker' },
  language: {
    schema: language,
    description: 'The language, as in BCP 47',
    example: 'de',
    code: 'not_found',
  },
  post: {
    schema: name,
    description: 'The post',
    example: '3f2b8c1e-7a64-4d0b-9f55-1c2d3e4f5a6b',
    code: 'not_found',
  },
  viewer: {
    schema: name,
    description: 'The viewer, as the feed names it',
    example: 'q83vEjRWeJCrze8SNFZ4kA',
    code: 'not_found',
  },
  kid: {
    schema: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
    description: 'The key, by its thumbprint (RFC 7638)',
    example: 'LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ',
    code: 'not_found',
  },
  person: {
    schema: name,
    description: 'The person',
    example: '7d0c3f52-91ab-4e57-8a0e-0c5b8f6e2d14',
    code: 'not_found',
  },
  request: {
    schema: name,
    description: 'What was asked for',
    example: '2c9e4b1d-6f3a-4d87-b2c0-1c2d3e4f5a6b',
    code: 'not_found',
  },
  key: {
    schema: name,
    description: 'The API key, by its id',
    example: '4f9d2c1a-0b7e-4c55-8f3d-1c2d3e4f5a6b',
    code: 'not_found',
  },
  session: {
    schema: name,
    description: 'The session; `current` is the caller’s own',
    example: 'current',
    code: 'not_found',
  },
  webhook: {
    schema: name,
    description: 'The webhook, by its id',
    example: '8e1f0b6a-3c2d-4f7e-9a51-1c2d3e4f5a6b',
    code: 'not_found',
  },
  delivery: {
    schema: name,
    description: 'The delivery, as its `webhook-id` names it',
    example: 'msg_q83vEjRWeJCrze8SNFZ4kA',
    code: 'not_found',
  },
  tile: {
    schema: v.pipe(
      v.string(),
      v.check((path) => readTilePath(path) !== undefined, 'is no tile'),
    ),
    description:
      'The tile, with slashes: its kind or level, its number in groups of three digits, `.p/` and its width',
    example: '0/000.p/2',
    code: 'not_found',
    rest: true,
  },
  purpose: {
    schema: v.picklist(PURPOSES),
    description: 'What the process is asked to do',
    example: 'taps',
    code: 'not_found',
  },
} as const satisfies Record<
  string,
  {
    schema: v.GenericSchema
    description: string
    example: string
    code: ErrorCode
    /** The whole rest of the path, including slashes: only for the last name. */
    rest?: true
  }
>

export type ParameterName = keyof typeof PARAMETERS

/** The names in a path, in their order. */
export const namesIn = (path: string): ParameterName[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as ParameterName)
