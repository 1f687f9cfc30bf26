import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import pino from 'pino'
import * as v from 'valibot'
import { RoarError } from '../../../protocol/errors.ts'
import { BodyReader } from '../body.ts'
import { type Http, startHttp } from '../server.ts'
import { answer, call, json } from './call.ts'
import { routesOf } from './handler.ts'
import { id, whole, wholeText } from './schemas.ts'
import type { CallContext } from './spec.ts'

const seen: unknown[] = []
const Thing = v.strictObject({ name: v.exactOptional(id), size: v.optional(whole(1, 9), 3) })
const DEFINITION = {
  tag: 'Studio',
  summary: 'A thing',
  answers: { 200: answer('It', v.object({ ok: v.boolean() }), { ok: true }) },
} as const

const change = call({
  ...DEFINITION,
  id: 'changeThing',
  method: 'PATCH',
  path: '/shows/{show}/thing',
  who: 'producer',
  query: { step: wholeText(1, 5) },
  body: json(Thing, { name: 'a' }, { fault: 'bad_poll', bytesMax: 100 }),
}).handle((_: CallContext, { body, query, caller, show }) => {
  seen.push({ body, query, who: caller.who, show: show.show.show })
  return { status: 200, body: { ok: true } }
})

const tap = call({
  ...DEFINITION,
  id: 'tap',
  method: 'POST',
  path: '/taps',
  who: 'maybe-viewer',
  limited: true,
}).handle((_: CallContext, { caller }) => {
  seen.push(caller?.viewer)
  return { status: 200, body: { ok: true } }
})

const put = call({
  ...DEFINITION,
  id: 'putPack',
  method: 'PUT',
  path: '/packs/{pack}',
  who: 'anybody',
}).handle((_: CallContext, { params }) => {
  seen.push(params.pack)
  return { status: 200, body: { ok: true } }
})

const read = call({
  ...DEFINITION,
  id: 'readThing',
  method: 'GET',
  path: '/thing',
  who: 'maybe-viewer',
  cached: true,
}).handle(() => ({ status: 200, maxAgeS: 7, body: { ok: true } }))

const list = call({
  ...DEFINITION,
  id: 'listThings',
  method: 'GET',
  path: '/things',
  who: 'owner',
}).handle(() => ({ status: 200, body: { ok: true } }))

const me = call({
  ...DEFINITION,
  id: 'getMe',
  method: 'GET',
  path: '/me',
  who: 'member',
}).handle(() => ({ status: 200, body: { ok: true } }))

let http: Http
const GRANTS: Record<string, object[]> = {
  pat: [{ role: 'producer' }],
  mo: [{ role: 'moderator', show: 'final' }],
  nobody: [],
}
beforeAll(() => {
  const byToken = (request: Request) => {
    const token = request.headers.get('authorization')
    if (token === null) throw new RoarError('unauthorized', 'no token')
    return Promise.resolve({
      viewer: token,
      key: token,
      name: token,
      who: token,
      grants: GRANTS[token],
    })
  }
  const context = {
    identity: { viewerOf: byToken },
    members: { memberOf: byToken },
    bodies: new BodyReader(),
    directory: {
      get(show: string) {
        if (show !== 'final') throw new RoarError('unknown_show', 'none')
        return { show: { show } }
      },
    },
    gate: {
      address: ({ headers }: Request) => seen.push(`address ${headers.get('x-from')}`),
      viewer: (key: string) => seen.push(`viewer ${key}`),
    },
  } as unknown as CallContext
  http = startHttp({
    host: '127.0.0.1',
    port: 0,
    logger: pino({ level: 'silent' }),
    routes: routesOf([change, tap, put, read, list, me], context),
  })
})
afterAll(() => http.close())

async function ask(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  seen.length = 0
  const response = await fetch(http.url + path, { method, headers, ...(body === undefined ? {} : { body }) })
  const { code, detail } = (await response.json()) as { code?: string; detail?: string }
  return { status: response.status, code, detail, headers: response.headers }
}
const PAT = { authorization: 'pat' }

test('a handler gets what was asked, checked, with the defaults of the schema', async () => {
  expect((await ask('PATCH', '/shows/final/thing?step=2', '{"name":"a"}', PAT)).status).toBe(200)
  expect(seen).toEqual([{ body: { name: 'a', size: 3 }, query: { step: 2 }, who: 'pat', show: 'final' }])
})

describe('a request that does not fit is refused with the code of its call, and never reaches the handler', () => {
  test.each([
    ['no token', '/shows/final/thing', '{}', {}, 401, 'unauthorized'],
    ['no such show, whatever the body', '/shows/nowhere/thing', '[', PAT, 404, 'unknown_show'],
    ['half a body', '/shows/final/thing', '{', PAT, 400, 'bad_json'],
    ['no body', '/shows/final/thing', '', PAT, 400, 'bad_json'],
    ['an array', '/shows/final/thing', '[]', PAT, 400, 'bad_poll'],
    ['an array of objects', '/shows/final/thing', '[{}]', PAT, 400, 'bad_poll'],
    ['null', '/shows/final/thing', 'null', PAT, 400, 'bad_poll'],
    ['a number', '/shows/final/thing', '7', PAT, 400, 'bad_poll'],
    ['a text', '/shows/final/thing', '"{}"', PAT, 400, 'bad_poll'],
    ['a field that is none', '/shows/final/thing', '{"colour":"red"}', PAT, 400, 'bad_poll'],
    ['a name that is no id', '/shows/final/thing', '{"name":"a\\n"}', PAT, 400, 'bad_poll'],
    ['a size out of bounds', '/shows/final/thing', '{"size":10}', PAT, 400, 'bad_poll'],
    ['too long a body', '/shows/final/thing', `{"name":"${'a'.repeat(100)}"}`, PAT, 413, 'too_large'],
    ['a query that is no number', '/shows/final/thing?step=two', '{}', PAT, 400, 'bad_request'],
    ['a query out of bounds', '/shows/final/thing?step=6', '{}', PAT, 400, 'bad_request'],
  ] as const)('%s', async (_, path, body, headers, status, code) => {
    expect(await ask('PATCH', path, body, headers)).toMatchObject({ status, code })
    expect(seen).toEqual([])
  })

  test('and the detail names the field', async () => {
    const { detail } = await ask('PATCH', '/shows/final/thing', '{"size":10}', PAT)
    expect(detail).toBe('size: is more than 9')
    const query = await ask('PATCH', '/shows/final/thing?step=x', '{}', PAT)
    expect(query.detail).toBe('step: is not a whole number')
  })
})

test.each([
  ['PATCH', '/shows/final/thing', 'mo', 'this needs a producer of this show'],
  ['GET', '/things', 'pat', 'this needs an owner of all shows'],
  ['GET', '/me', 'nobody', 'this needs any role'],
])('who may not is told what it takes: %s %s', async (method, path, authorization, detail) => {
  const refused = { status: 403, code: 'forbidden', detail }
  expect(await ask(method, path, undefined, { authorization })).toMatchObject(refused)
  expect(seen).toEqual([])
})

test('a name that cannot be one is not there, also for a call that would make what it names', async () => {
  for (const name of ['FINAL', 'a%0A', '%E2%9D%A4', '-', 'a'.repeat(33)]) {
    expect(await ask('PUT', `/packs/${name}`)).toMatchObject({ status: 404, code: 'unknown_pack' })
    expect(seen).toEqual([])
  }
  expect((await ask('PUT', '/packs/season-26')).status).toBe(200)
})

test('the rates hold before anything else: of the address first, of the viewer once it is known', async () => {
  await ask('POST', '/taps', undefined, { 'x-from': 'here', ...PAT })
  expect(seen).toEqual(['address here', 'viewer pat', 'pat'])
  await ask('POST', '/taps', undefined, { 'x-from': 'here' })
  expect(seen).toEqual(['address here', undefined])
})

test('what is cached for everybody is nobody’s own', async () => {
  const open = await ask('GET', '/thing')
  expect(open.headers.get('cache-control')).toBe('public, max-age=7')
  expect(open.headers.get('vary')).toBe('authorization')
  expect(open.headers.get('etag')).not.toBeNull()
  const own = await ask('GET', '/thing', undefined, PAT)
  expect(own.headers.get('cache-control')).toBe('no-store')
  expect(own.headers.get('etag')).toBeNull()
})
