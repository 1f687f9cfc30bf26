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

const studioBody = (name: string) => ({ required: true, content: content(ref(name)) })

/** The answers for these codes, grouped by status. */
function problems(...codes: ErrorCode[]): Record<string, unknown> {
  const byStatus = new Map<number, ErrorCode[]>()
  // Where a token is checked, what checks it may be away.
  const all = codes.includes('unauthorized') ? [...codes, 'keys_unavailable' as const] : codes
  for (const code of all)
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

const poll = { name: 'poll', in: 'path', required: true, schema: id }
const points = { type: 'object', minProperties: 1, additionalProperties: { type: 'integer', minimum: 1 } }
const hash = { type: 'string', description: 'SHA-256 or Ed25519 signature, base64url' }
const path = { index: { type: 'integer' }, size: { type: 'integer' }, path: { type: 'array', items: hash } }
const counts = { type: 'object', additionalProperties: { type: 'integer' } }

const segments = {
  type: 'object',
  additionalProperties: object({ ballots: { type: 'integer' }, counts }),
}
const result = object({ ballots: { type: 'integer' }, counts, segments })
const choice = object({ choice: id, title: { type: 'string' }, image: { type: 'string' } }, [
  'choice',
  'title',
])
/** What a producer decides about a poll. */
const pollRules = {
  question: { type: 'string' },
  choices: { type: 'array', items: choice },
  kind: { enum: ['one', 'several', 'points'] },
  max: { type: 'integer', description: 'choices of several, points to split' },
  change: { type: 'boolean', description: 'false: the first answer counts; true: the last' },
  visibility: { enum: ['live', 'voted', 'closed', 'revealed'] },
  opens: ms,
  closes: ms,
  reveals: ms,
  seals: ms,
  graceMs: { type: 'integer' },
  countLate: { type: 'boolean' },
  countQuarantined: { type: 'boolean' },
  answer: { type: 'array', items: id, description: 'the right choices; for viewers once it is revealed' },
}
const pollNow = {
  show: id,
  poll: id,
  ...pollRules,
  state: { enum: ['draft', 'open', 'closed', 'revealed', 'sealed'] },
  version: { type: 'integer' },
}
const POLL_REQUIRED = 'show poll question choices kind max change visibility state version'.split(' ')

const POLL_SCHEMAS = {
  NewPoll: object({ poll: id, ...pollRules }, ['poll', 'question', 'choices']),
  PollChange: object(pollRules, []),
  StudioPoll: object({ ...pollNow, revealed: ms, sealed: ms }, POLL_REQUIRED),
  Poll: object(
    {
      ...pollNow,
      ballots: { type: 'integer', description: 'viewers whose answer is in the result' },
      counts,
      segments,
      mine: ref('Receipt'),
    },
    [...POLL_REQUIRED, 'ballots'],
  ),
  Receipt: object({
    show: id,
    poll: id,
    ballot: { type: 'string', format: 'uuid' },
    ordinal: { type: 'integer' },
    at: ms,
    late: { type: 'boolean' },
    place: object({ partition: { type: 'integer' }, offset: { type: 'integer' } }),
    commitment: hash,
    answer: object({
      choice: { type: 'array', items: id },
      points: { type: 'array', items: { type: 'integer' } },
    }),
    segment: { type: 'string' },
    voter: { type: 'string' },
    salt: { type: 'string' },
    proof: object({ ...path, kid: { type: 'string' }, signature: hash }),
  }),
  ProducersTally: object({
    late: { type: 'integer', description: 'viewers all of whose ballots came late' },
    quarantined: { type: 'integer', description: 'viewers all of whose ballots are in quarantine' },
    withQuarantined: result,
    withoutQuarantined: result,
  }),
  BallotProof: object({ show: id, poll: id, ballot: { type: 'string', format: 'uuid' }, ...path }),
  Deed: object(
    {
      at: ms,
      who: { type: 'string', description: 'the `sub` of the producer' },
      action: { type: 'string' },
      poll: { type: 'string', description: 'empty: not about one' },
      detail: { description: 'what was said with it' },
    },
    ['at', 'who', 'action', 'poll'],
  ),
  Certificate: object({ statement: { type: 'object' }, kid: { type: 'string' }, signature: hash }),
}

const producers = ['unauthorized', 'forbidden', 'unknown_show'] as const
const step = (summary: string) => ({
  parameters: [show, poll],
  post: {
    summary,
    security: bearer,
    responses: {
      200: { description: 'the poll as it is now', content: content(ref('StudioPoll')) },
      ...problems(...producers, 'unknown_poll', 'wrong_state', 'overloaded'),
    },
  },
})

const POLL_PATHS = {
  '/v1/shows/{show}/polls/{poll}': {
    parameters: [show, poll],
    get: {
      summary: 'The poll and, where its rule shows them, its counts; with a token also the own receipt',
      security: [{}, ...bearer],
      responses: {
        200: { description: 'the poll', content: content(ref('Poll')) },
        ...problems('unknown_show', 'unknown_poll', 'unauthorized', 'forbidden'),
      },
    },
  },
  '/v1/shows/{show}/polls/{poll}/votes': {
    parameters: [show, poll],
    post: {
      summary: 'A vote: choice, choices or points by the kind of the poll',
      security: bearer,
      requestBody: body(
        object(
          { choice: id, choices: { type: 'array', items: id, minItems: 1 }, points, receipt: ref('Receipt') },
          [],
        ),
      ),
      responses: {
        200: { description: 'the same answer is there: its receipt', content: content(ref('Receipt')) },
        201: { description: 'durable: the receipt', content: content(ref('Receipt')) },
        ...problems(
          'unknown_show',
          'unknown_poll',
          'unknown_choice',
          'bad_choice',
          'bad_points',
          'bad_receipt',
          'already_voted',
          'poll_closed',
          'unauthorized',
          'forbidden',
          'log_unavailable',
          'overloaded',
          ...bodyProblems,
        ),
      },
    },
  },
  '/v1/shows/{show}/polls/{poll}/certificate': {
    parameters: [show, poll],
    get: {
      summary: 'Result, ballots and Merkle root, signed; once the poll is sealed',
      responses: {
        200: { description: 'the certificate', content: content(ref('Certificate')) },
        ...problems('unknown_show', 'unknown_poll', 'not_sealed'),
      },
    },
  },
  '/v1/shows/{show}/polls/{poll}/proofs/{ballot}': {
    parameters: [show, poll, { name: 'ballot', in: 'path', required: true, schema: { type: 'string' } }],
    get: {
      summary: "That a ballot is in the certificate's tree (RFC 9162)",
      responses: {
        200: { description: 'the proof', content: content(ref('BallotProof')) },
        ...problems('unknown_show', 'unknown_poll', 'unknown_ballot', 'not_sealed'),
      },
    },
  },
  '/v1/keys': {
    get: {
      summary: 'The public keys that sign receipts and certificates, newest first (RFC 7517)',
      responses: {
        200: { description: 'the key set', content: content({ type: 'object' }, 'application/jwk-set+json') },
      },
    },
  },
  '/v1/studio/shows/{show}/polls': {
    parameters: [show],
    get: {
      summary: 'All polls of the show',
      security: bearer,
      responses: {
        200: { description: 'the polls', content: content({ type: 'array', items: ref('StudioPoll') }) },
        ...problems(...producers),
      },
    },
    post: {
      summary: 'A new poll, as a draft',
      security: bearer,
      requestBody: studioBody('NewPoll'),
      responses: {
        201: { description: 'the poll', content: content(ref('StudioPoll')) },
        ...problems(...producers, 'bad_json', 'bad_poll', 'already_exists'),
      },
    },
  },
  '/v1/studio/shows/{show}/polls/{poll}': {
    parameters: [show, poll],
    get: {
      summary: 'The poll, with what viewers are not told yet',
      security: bearer,
      responses: {
        200: {
          description: 'the poll, and the counts with and without the ballots in quarantine',
          content: content({ allOf: [ref('StudioPoll'), object({ tally: ref('ProducersTally') })] }),
        },
        ...problems(...producers, 'unknown_poll'),
      },
    },
    patch: {
      summary: 'Changes what may still be changed',
      security: bearer,
      requestBody: studioBody('PollChange'),
      responses: {
        200: { description: 'the poll', content: content(ref('StudioPoll')) },
        ...problems(...producers, 'unknown_poll', 'bad_json', 'bad_poll', 'wrong_state'),
      },
    },
  },
  '/v1/studio/shows/{show}/polls/{poll}/open': step('Opens the poll now'),
  '/v1/studio/shows/{show}/polls/{poll}/close': step(
    'Closes the poll now; late votes until the grace is over',
  ),
  '/v1/studio/shows/{show}/polls/{poll}/reveal': step('Shows the counts, and the right answer, to everybody'),
  '/v1/studio/shows/{show}/polls/{poll}/seal': step('Makes the certificate; nothing changes after it'),
  '/v1/studio/shows/{show}/polls/{poll}/forget': step('Deletes the key by which voters could be found'),
  '/v1/studio/shows/{show}/audit': {
    parameters: [show],
    get: {
      summary: 'What producers did, newest first',
      security: bearer,
      responses: {
        200: { description: 'the trail', content: content({ type: 'array', items: ref('Deed') }) },
        ...problems(...producers),
      },
    },
  },
  '/v1/studio/audit': {
    get: {
      summary: "What producers did that is no show's own, such as new keys, newest first",
      security: bearer,
      responses: {
        200: { description: 'the trail', content: content({ type: 'array', items: ref('Deed') }) },
        ...problems('unauthorized', 'forbidden'),
      },
    },
  },
  '/v1/studio/shows/{show}/mood': {
    parameters: [show, segment],
    get: {
      summary: 'The mood timeline, oldest first; steps without reactions are absent',
      security: bearer,
      parameters: [
        { name: 'from', in: 'query', schema: ms, description: 'default: ten minutes before `to`' },
        { name: 'to', in: 'query', schema: ms, description: 'default: now' },
        {
          name: 'stepMs',
          in: 'query',
          schema: { type: 'integer' },
          description: 'whole seconds; default 1000',
        },
      ],
      responses: {
        200: {
          description: 'the counts of each step',
          content: content(
            object({
              stepMs: { type: 'integer' },
              steps: { type: 'array', items: object({ at: ms, counts }) },
            }),
          ),
        },
        ...problems(...producers, 'bad_request', 'unknown_segment'),
      },
    },
  },
  '/v1/studio/keys': {
    post: {
      summary: 'A new signing key, in use from now on',
      security: bearer,
      responses: {
        201: { description: 'its id', content: content(object({ kid: { type: 'string' } })) },
        ...problems('unauthorized', 'forbidden'),
      },
    },
  },
}

/** What this server answers to, for people's own tools (OpenAPI 3.1). */
export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'Roar',
    version: '1',
    description: 'Reactions, posts, polls and mood of live shows.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  // Where a call says nothing else it needs no token.
  security: [],
  components: {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    schemas: {
      ...POLL_SCHEMAS,
      Problem: object({
        type: { type: 'string' },
        title: { type: 'string' },
        status: { type: 'integer' },
        detail: { type: 'string' },
        code: { enum: Object.keys(ERRORS) },
      }),
      Show: object(
        {
          show: id,
          accent: { type: 'string', description: 'CSS colour, #rrggbb' },
          title: { type: 'string' },
          stickers: {
            type: 'array',
            items: object(
              {
                sticker: id,
                title: { type: 'string' },
                emoji: { type: 'string' },
                image: { type: 'string' },
              },
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
          polls: {
            type: 'array',
            items: object({ poll: id, question: { type: 'string' }, state: { type: 'string' } }),
          },
          version: { type: 'integer' },
          windowMs: { type: 'integer' },
          flushMs: { type: 'integer' },
          pubsub: { type: 'array', items: { type: 'string', format: 'uri' } },
        },
        'show title stickers segments polls version windowMs flushMs pubsub'.split(' '),
      ),
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
          ...problems('unknown_show', 'bad_request'),
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
    ...POLL_PATHS,
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
    '/readyz/{purpose}': {
      get: {
        summary: 'Ready for taps, votes, packets or the studio',
        parameters: [
          {
            name: 'purpose',
            in: 'path',
            required: true,
            schema: { enum: ['taps', 'votes', 'packets', 'studio'] },
          },
        ],
        responses: {
          200: { description: 'ready' },
          404: { description: 'this process never does that' },
          503: { description: 'why not' },
        },
      },
    },
    '/metrics': {
      get: {
        summary: 'Prometheus metrics',
        responses: {
          200: { description: 'the metrics', content: content({ type: 'string' }, 'text/plain') },
        },
      },
    },
    '/openapi.json': { get: { summary: 'This document', responses: { 200: { description: 'it' } } } },
  },
} as const
