import * as v from 'valibot'
import { type Least, mayCall } from '../../../engine/people/roles.ts'
import { type ErrorCode, RoarError } from '../../../protocol/errors.ts'
import type { Viewer } from '../../identity/claims.ts'
import type { Member, Members } from '../../identity/member.ts'
import { decodeText, parseJson } from '../body.ts'
import { cacheableResponse, jsonHeaders } from '../responses.ts'
import type { Handler, Routes } from '../routes.ts'
import { targetOf } from '../target.ts'
import { arrayForObject } from './array-for-object.ts'
import { namesIn, PARAMETERS, type ParameterName } from './parameters.ts'
import { sentenceOf } from './sentence.ts'
import type { BodySpec, Call, CallContext, CallSpec, Who } from './spec.ts'

/** Arguments and result of `handle` where the spec's types are erased: `call` has checked them. */
interface PlainAsked {
  params: Record<string, string>
  [name: string]: unknown
}
interface PlainReply {
  status: number
  body?: unknown
  stream?: ReadableStream<Uint8Array<ArrayBuffer>>
  headers?: Record<string, string>
  maxAgeS?: number
}

export function handlerOf<Context extends CallContext>(
  spec: CallSpec,
  context: Context,
  handle: (context: Context, asked: PlainAsked) => PlainReply | Promise<PlainReply>,
): Handler {
  const { gate, directory } = context
  if (isLeast(spec.who) && context.members === undefined)
    throw new Error(`${spec.id} is the studio's and its service knows nobody there`)
  if (spec.limited && gate === undefined) throw new Error(`${spec.id} is limited and its service has no gate`)
  const names = namesIn(spec.path)
  return async (request, server) => {
    const params = request.params as Record<string, string>
    if (spec.limited) gate?.address(request, server)
    const caller = await callerOf(spec, context, request)
    if (spec.limited && caller !== undefined && 'key' in caller) gate?.viewer(caller.key)
    for (const name of names) checkName(name, params[name])
    const { show, poll } = params
    // Checked before the body is read: nobody needs to send it for a show that does not exist.
    if (show !== undefined) directory.get(show)
    if (show !== undefined && poll !== undefined) directory.poll(show, poll)
    const query = readQuery(spec, request)
    const body = spec.body && (await readBody(spec.body, context, request))
    const asked = {
      params,
      show: show === undefined ? undefined : directory.get(show),
      poll: show === undefined || poll === undefined ? undefined : directory.poll(show, poll),
      caller,
      query,
      body,
      request,
      server,
    }
    return respond(spec, request, await handle(context, asked))
  }
}

/** An invalid name means that nothing has it; a call that creates what it names must not accept one. */
function checkName(name: ParameterName, value = ''): void {
  const { schema, code }: { schema: v.GenericSchema; code: ErrorCode } = PARAMETERS[name]
  if (!v.safeParse(schema, value).success)
    throw new RoarError(code, `${name} ${JSON.stringify(value.slice(0, 32))} cannot be one`)
}

/** The routes of calls, for the server. */
export const routesOf = <Context>(calls: readonly Call<Context>[], context: Context): Routes => {
  const routes: Routes = {}
  for (const { spec, route } of calls) {
    const path = spec.path.replaceAll(/\{(\w+)\}/g, (_, name) =>
      'rest' in PARAMETERS[name as ParameterName] ? '*' : `:${name}`,
    )
    routes[path] = { ...routes[path], [spec.method]: route(context) }
  }
  return routes
}

const isLeast = (who: Who): who is Least => who !== 'anybody' && who !== 'maybe-viewer' && who !== 'viewer'

function callerOf(
  { who, orOneself }: CallSpec,
  { identity, members }: CallContext,
  request: Request & { params: Record<string, string> },
): Promise<Viewer | Member> | undefined {
  const { show } = request.params
  if (isLeast(who)) return memberFor(who, { members: members!, orOneself, request })
  if (who === 'viewer' || (who === 'maybe-viewer' && request.headers.has('authorization')))
    return identity.viewerOf(request, show ?? '')
  return undefined
}

/** The only place that decides who may do what in the studio. @throws RoarError forbidden */
async function memberFor(
  least: Least,
  {
    members,
    orOneself = false,
    request,
  }: {
    members: Members
    orOneself?: boolean | undefined
    request: Request & { params: Record<string, string> }
  },
): Promise<Member> {
  const member = await members.memberOf(request)
  const { show, person } = request.params
  if (mayCall(member.grants, least, show)) return member
  if (orOneself && person === member.signedIn?.person) return member
  // Without a show in the path a role in one show is enough for what any member may do.
  const where = show !== undefined ? ' of this show' : least === 'member' ? '' : ' of all shows'
  throw new RoarError('forbidden', `this needs ${WORDS[least]}${where}`)
}

const WORDS: Record<Least, string> = {
  owner: 'an owner',
  producer: 'a producer',
  moderator: 'a moderator',
  analyst: 'an analyst',
  member: 'any role',
}

function readQuery({ query }: CallSpec, request: Request): Record<string, unknown> | undefined {
  if (query === undefined) return undefined
  const given = targetOf(request).query
  const read = ([name, schema]: [string, v.GenericSchema]) => {
    const text = given.get(name)
    return [name, text === null ? undefined : parse(schema, text, { what: name, fault: 'bad_request' })]
  }
  return Object.fromEntries(Object.entries(query).map(read))
}

async function readBody(
  spec: BodySpec,
  { bodies, fileBytesMax }: CallContext,
  request: Request,
): Promise<unknown> {
  const { bytesMax, optional, file } = spec
  const isEmpty = request.body === null || request.headers.get('content-length') === '0'
  let body: unknown = {}
  if (file !== undefined) {
    const bytes = await bodies.bytes(request, fileBytesMax ?? bytesMax)
    if (file.is(bytes)) return bytes
    body = parseJson(decodeText(bytes))
  } else if (!optional || !isEmpty) body = await bodies.json(request, bytesMax)
  return checkBody(spec, body)
}

/** What a call gets of a parsed body. @throws RoarError the body's `fault`, whose detail names the field */
export function checkBody<Schema extends v.GenericSchema>(
  { schema, fault }: BodySpec<Schema>,
  body: unknown,
): v.InferOutput<Schema> {
  const array = arrayForObject(schema, body)
  if (array !== undefined) throw new RoarError(fault, `${array}: is not an object`)
  return parse(schema, body, { what: 'the body', fault })
}

/** @throws RoarError `fault`, whose detail names the field */
function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  { what, fault }: { what: string; fault: ErrorCode },
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  throw new RoarError(fault, `${v.getDotPath(issue) ?? what}: ${sentenceOf(issue)}`)
}

function respond(spec: CallSpec, request: Request, reply: PlainReply): Response {
  const { status, body, stream, headers, maxAgeS = 0 } = reply
  const contentType = spec.answers[status]?.type ?? 'application/json'
  const isPrivate = spec.who !== 'anybody' && request.headers.has('authorization')
  if (spec.cached && !isPrivate) {
    return cacheableResponse(request, JSON.stringify(body), {
      maxAgeS,
      contentType,
      // With a token the response also contains that viewer's own data, so caches must vary on Authorization.
      ...(spec.who === 'anybody' ? {} : { vary: 'authorization' }),
    })
  }
  const all = jsonHeaders({ 'content-type': contentType, 'cache-control': 'no-store', ...headers })
  return new Response(stream ?? (body === undefined ? null : JSON.stringify(body)), { status, headers: all })
}
