import { ERRORS, type ErrorCode } from '../../protocol/errors.ts'
import { BODY_BYTES_MAX, BURST_COUNT_MAX, NAME_LENGTH_MAX } from '../../protocol/limits.ts'

const id = { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,31}$' }
const ms = { type: 'integer', description: 'milliseconds since 1970 UTC' }
const show = { name: 'show', in: 'path', required: true, schema: id }
const segment = {
  name: 'segment',
  in: 'query',
  schema: id,
  description: 'of this segment instead of all viewers',
}
const object = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
})
const content = (schema: unknown, type = 'application/json') => ({ [type]: { schema } })
const body = (schema: unknown, required = true) => ({
  required,
  description: `JSON of at most ${BODY_BYTES_MAX} bytes; any content type is taken for JSON`,
  content: content(schema),
})
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })

/** The answers for these codes, grouped by status. */
function problems(...codes: ErrorCode[]): Record<string, unknown> {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes)
    byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code])
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('. '),
        content: content(ref('Problem'), 'application/problem+json'),
      },
    ]),
  )
}

const bodyProblems = ['bad_json', 'bad_request', 'too_large', 'too_many_requests'] as const
const bearer = [{ bearer: [] }]

/** What this server answers to, for people's own tools (OpenAPI 3.1). */
export const OPENAPI = {
  openapi: '3.1.0',
  info: { title: 'Roar', version: '1', description: 'Reactions, posts and mood of live shows.' },
  components: {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    schemas: {
      Problem: object({
        type: { type: 'string' },
        title: { type: 'string' },
        status: { type: 'integer' },
        detail: { type: 'string' },
        code: { enum: Object.keys(ERRORS) },
      }),
      Show: object({
        show: id,
        title: { type: 'string' },
        stickers: {
          type: 'array',
          items: object(
            { sticker: id, title: { type: 'string' }, emoji: { type: 'string' }, image: { type: 'string' } },
            ['sticker', 'title'],
          ),
        },
        segments: {
          type: 'array',
          items: object({ segment: id, title: { type: 'string' }, colour: { type: 'string' } }, [
            'segment',
            'title',
          ]),
        },
        polls: { type: 'array', items: { type: 'object' } },
        version: { type: 'integer' },
        windowMs: { type: 'integer' },
        flushMs: { type: 'integer' },
        pubsub: { type: 'array', items: { type: 'string', format: 'uri' } },
      }),
      Mood: object(
        {
          at: ms,
          ms: { type: 'integer', description: 'length of the window in milliseconds' },
          n: { type: 'integer', description: 'reactions counted in the window' },
          total: { type: 'integer', description: 'reactions so far' },
          top: {
            type: 'array',
            description: 'sticker, count, how many to draw; largest first',
            items: { type: 'array', prefixItems: [id, { type: 'integer' }, { type: 'integer' }] },
          },
          sample: { type: 'number', description: 'there where the counts are estimates' },
        },
        ['at', 'ms', 'n', 'total', 'top'],
      ),
    },
  },
  paths: {
    '/v1/shows/{show}': {
      parameters: [show],
      get: {
        summary: 'The show: what a viewer needs to take part',
        responses: {
          200: { description: 'the show', content: content(ref('Show')) },
          ...problems('unknown_show'),
        },
      },
    },
    '/v1/viewers': {
      post: {
        summary: "A guest's token",
        requestBody: body(object({ name: { type: 'string', maxLength: NAME_LENGTH_MAX } }, []), false),
        responses: {
          201: {
            description: 'the token',
            content: content(
              object({
                viewer: { type: 'string' },
                name: { type: 'string' },
                token: { type: 'string' },
                expires: ms,
              }),
            ),
          },
          ...problems('guests_not_allowed', ...bodyProblems),
        },
      },
    },
    '/v1/shows/{show}/reactions': {
      parameters: [show],
      post: {
        summary: 'A burst of taps',
        security: [{}, ...bearer],
        requestBody: body(
          object(
            {
              stickers: {
                type: 'object',
                minProperties: 1,
                additionalProperties: { type: 'integer', minimum: 1, maximum: BURST_COUNT_MAX },
              },
              segment: id,
              sample: { type: 'number', exclusiveMinimum: 0, maximum: 1 },
            },
            ['stickers'],
          ),
        ),
        responses: {
          202: {
            description: 'taken; how to send from now on',
            content: content(object({ flushMs: { type: 'integer' }, sample: { type: 'number' } })),
          },
          ...problems(
            'unknown_show',
            'bad_count',
            'unknown_sticker',
            'unknown_segment',
            'bad_sample',
            'unauthorized',
            'forbidden',
            ...bodyProblems,
          ),
        },
      },
    },
    '/v1/shows/{show}/posts': {
      parameters: [show],
      post: {
        summary: 'One sticker under a name',
        security: bearer,
        requestBody: body(object({ sticker: id })),
        responses: {
          202: {
            description: 'in the log',
            content: content(
              object({ post: object({ id: { type: 'string' }, at: ms, viewer: { type: 'string' } }) }),
            ),
          },
          ...problems(
            'unknown_show',
            'unknown_sticker',
            'unauthorized',
            'forbidden',
            'log_unavailable',
            ...bodyProblems,
          ),
        },
      },
    },
    '/v1/shows/{show}/mood': {
      parameters: [show, segment],
      get: {
        summary: 'The newest mood packet',
        responses: {
          200: { description: 'the packet', content: content(ref('Mood')) },
          ...problems('unknown_show', 'unknown_segment'),
        },
      },
    },
    '/v1/shows/{show}/events': {
      parameters: [show, segment],
      get: {
        summary: 'The packets as Server-Sent Events; the event is the topic without roar/{show}/',
        responses: {
          200: { description: 'the events', content: content({ type: 'string' }, 'text/event-stream') },
          ...problems('unknown_show', 'unknown_segment', 'overloaded'),
        },
      },
    },
    '/mqtt': {
      get: {
        summary: 'MQTT 3.1.1 and 5 over WebSocket, subprotocol mqtt',
        responses: { 101: { description: 'MQTT from here on' }, ...problems('bad_request', 'overloaded') },
      },
    },
    '/healthz': { get: { summary: 'The process lives', responses: { 200: { description: 'it does' } } } },
    '/readyz': {
      get: {
        summary: 'Ready for traffic',
        responses: { 200: { description: 'ready' }, 503: { description: 'why not' } },
      },
    },
    '/metrics': {
      get: { summary: 'Prometheus metrics', responses: { 200: { description: 'the metrics' } } },
    },
    '/openapi.json': { get: { summary: 'This document', responses: { 200: { description: 'it' } } } },
  },
} as const
