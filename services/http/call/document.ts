import { type ConversionConfig, type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { ERRORS, type ErrorCode, type Problem, problemOf, RoarError } from '../../../protocol/errors.ts'
import { errorsOf } from './errors.ts'
import { namesIn, PARAMETERS } from './parameters.ts'
import { COMPONENTS, component, text } from './schemas.ts'
import type { AnswerSpec, BodySpec, Call, CallSpec, Tag, Who } from './spec.ts'

type Json = Record<string, unknown>

const TAGS: Record<Tag, string> = {
  Shows: 'What viewers see and send',
  Rooms: 'Watch parties: small groups that see every post of theirs',
  Viewers: 'Who viewers are',
  Polls: 'Polls, votes, and how to check them',
  Studio: 'What producers decide',
  People: 'Who may do what in the studio, and how they sign in',
  Operators: 'For those who run the server',
}

const BEARER = { bearer: [] }
const MEMBER = [BEARER, { session: [] }]
const SECURITY: Record<Who, Json[]> = {
  anybody: [],
  'maybe-viewer': [{}, BEARER],
  viewer: [BEARER],
  owner: MEMBER,
  producer: MEMBER,
  moderator: MEMBER,
  analyst: MEMBER,
  member: MEMBER,
}

const ProblemSchema = component<Problem>()(
  'Problem',
  v.object({
    type: v.pipe(text, v.description('`urn:roar:error:` and the code')),
    title: text,
    status: v.pipe(v.number(), v.integer(), v.metadata({ format: 'int32' })),
    detail: v.pipe(text, v.description('For people; may change')),
    code: v.picklist(Object.keys(ERRORS) as ErrorCode[]),
    current: v.exactOptional(
      v.pipe(v.record(v.string(), v.unknown()), v.description('Of `stale`: the document as it is now')),
    ),
    instance: v.exactOptional(
      v.pipe(
        text,
        v.description('`urn:roar:request:` and the id under which the server’s log knows the request'),
      ),
    ),
  }),
)

/** `/openapi.json` (OpenAPI 3.1) of these calls: all of it is generated, while the event loop has its turns. */
export async function documentOf(calls: readonly Call<never>[]): Promise<Json> {
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const paths: Record<string, Json> = {}
  for (const { spec } of calls) {
    paths[spec.path] = { ...paths[spec.path], [spec.method.toLowerCase()]: operationOf(spec) }
    await turn()
  }
  const schemas: Record<string, Json> = {}
  for (const [name, schema] of Object.entries(COMPONENTS)) {
    schemas[name] = converted(schema, 'input')
    await turn()
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Roar',
      version: '1',
      description: 'Reactions, posts, polls and mood of live shows.',
      contact: { name: 'Roar' },
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The server that this document is from' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token (JWT), or an API key of the studio' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'roar-session',
          description: 'Of a person who is signed in; over TLS it is named `__Host-roar-session`',
        },
      },
      headers: HEADERS,
      schemas,
    },
  }
}

function operationOf(spec: CallSpec): Json {
  return {
    operationId: spec.id,
    tags: [spec.tag],
    summary: spec.summary,
    description: spec.description ?? `${spec.summary}.`,
    security: SECURITY[spec.who],
    ...parametersOf(spec),
    ...(spec.body && { requestBody: bodyOf(spec.body) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(spec.answers).map(([status, answer]) => [status, answerOf(answer, spec)]),
      ),
      ...(spec.cached && {
        304: { description: 'Not modified: the client has the newest version', headers: CACHE_HEADERS },
      }),
      ...problemsOf(spec),
    },
  }
}

function parametersOf({ path, query = {}, cached }: CallSpec): { parameters?: Json[] } {
  const inPath = namesIn(path).map((name) => {
    const { schema, description, example } = PARAMETERS[name]
    return { name, in: 'path', required: true, description, schema: schemaOf(schema), example }
  })
  const inQuery = Object.entries(query).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema, 'output')
    return { name, in: 'query', required: false, description, schema: rest }
  })
  const conditional = {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'The ETag of the version that the client has',
    schema: { type: 'string' },
  }
  const parameters = [...inPath, ...inQuery, ...(cached ? [conditional] : [])]
  return parameters.length > 0 ? { parameters } : {}
}

const bodyOf = ({ schema, example, bytesMax, optional, file }: BodySpec): Json => ({
  required: !optional,
  description:
    file === undefined
      ? `At most ${bytesMax} bytes; any content type is read as JSON`
      : `JSON of at most ${bytesMax} bytes, or a file of at most as many as the server is set to; which it is, its content says and no content type`,
  content: {
    'application/json': { schema: schemaOf(schema), example },
    ...Object.fromEntries((file?.types ?? []).map((type) => [type, { schema: BINARY }])),
  },
})

/** OpenAPI 3.1, section 4.8.14.2: a binary body. */
const BINARY = { type: 'string', contentMediaType: 'application/octet-stream' }

function answerOf(
  { description, schema, example, type = 'application/json' }: AnswerSpec,
  spec: CallSpec,
): Json {
  return {
    description,
    ...(spec.cached && { headers: CACHE_HEADERS }),
    ...(schema && { content: { [type]: { schema: schemaOf(schema), example } } }),
  }
}

const EXAMPLE_ID = '0b9c3a52-7a3b-4a57-9a0e-6f4b6a1d2c3e'

const HEADERS = {
  ETag: { description: 'The version of the answer', schema: { type: 'string' } },
  CacheControl: { description: 'How long a cache may keep it', schema: { type: 'string' } },
  RetryAfter: {
    description: 'Seconds after which the same request may succeed',
    schema: { type: 'integer', format: 'int32' },
  },
  RequestId: {
    description: 'The id of the request in the server’s log: its X-Request-Id, where it had one',
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'The limit that was reached, and the seconds until it admits a request again (IETF draft)',
    schema: { type: 'string' },
  },
  RateLimitPolicy: {
    description:
      'How many requests are allowed at once, and the seconds in which all of them are allowed again (IETF draft)',
    schema: { type: 'string' },
  },
  WwwAuthenticate: { description: 'The scheme: Bearer', schema: { type: 'string' } },
}
const header = (name: keyof typeof HEADERS) => ({ $ref: `#/components/headers/${name}` })
const CACHE_HEADERS = { ETag: header('ETag'), 'Cache-Control': header('CacheControl') }

/** The problems of a call by status; a status that is also a regular response of the call has both bodies. */
function problemsOf(spec: CallSpec): Record<string, Json> {
  const byStatus = Map.groupBy(errorsOf(spec), (code) => ERRORS[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [status, problemOfStatus(spec, status, codes)]),
  )
}

function problemOfStatus({ answers }: CallSpec, status: number, codes: ErrorCode[]): Json {
  const own = answers[status]
  const problem = {
    schema: schemaOf(ProblemSchema),
    example: problemOf(new RoarError(codes[0]!, 'What exactly was wrong'), EXAMPLE_ID),
  }
  return {
    description: [
      ...(own === undefined ? [] : [own.description]),
      ...codes.map((code) => `\`${code}\`: ${ERRORS[code].title}`),
    ].join('. '),
    headers: headersOf(status),
    content: {
      ...(own?.schema && { 'application/json': { schema: schemaOf(own.schema), example: own.example } }),
      'application/problem+json': problem,
    },
  }
}

const LIMIT_HEADERS = { RateLimit: header('RateLimit'), 'RateLimit-Policy': header('RateLimitPolicy') }

/** The headers of a problem. */
const headersOf = (status: number): Json => ({
  'X-Request-Id': header('RequestId'),
  ...(status === 401 && { 'WWW-Authenticate': header('WwwAuthenticate') }),
  ...(status === 429 && LIMIT_HEADERS),
  ...((status === 429 || status >= 500) && { 'Retry-After': header('RetryAfter') }),
})

const refTo = (name: string): string => `#/components/schemas/${name}`

const CONVERSION: Omit<ConversionConfig, 'definitions'> = {
  target: 'draft-2020-12',
  typeMode: 'input',
  // Trimming does not restrict which texts are accepted, and JSON Schema cannot express a custom check.
  ignoreActions: ['trim', 'check'],
  overrideRef: ({ referenceId }) => refTo(referenceId),
}

type TypeMode = 'input' | 'output'

/** Most describe many calls. */
const known = { input: new Map<v.GenericSchema, Json>(), output: new Map<v.GenericSchema, Json>() }

const schemaOf = (schema: v.GenericSchema, typeMode: TypeMode = 'input'): Json =>
  known[typeMode].getOrInsertComputed(schema, () => {
    const name = nameOf(schema)
    return name === undefined ? converted(schema, typeMode) : { $ref: refTo(name) }
  })

const nameOf = (value: unknown): string | undefined =>
  Object.keys(COMPONENTS).find((name) => COMPONENTS[name] === value)

/** Only with the components that it names: the library converts all that it is given, each time. */
const converted = (schema: v.GenericSchema, typeMode: TypeMode): Json =>
  plain(toJsonSchema(schema, { ...CONVERSION, typeMode, definitions: componentsIn(schema) }))

/** Those that a schema names, without what is within them. */
function componentsIn(part: object): Record<string, v.GenericSchema> {
  const found: Record<string, v.GenericSchema> = {}
  for (const value of Object.values(part)) {
    if (typeof value !== 'object' || value === null) continue
    const name = nameOf(value)
    if (name === undefined) Object.assign(found, componentsIn(value))
    else found[name] = COMPONENTS[name]!
  }
  return found
}

/** Without the fields that only a standalone document needs. */
function plain({ $schema: _, $defs: __, ...schema }: JsonSchema): Json {
  return schema
}
