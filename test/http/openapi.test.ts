import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { SignJWT } from 'jose'
import * as v from 'valibot'
import { ERRORS, type ErrorCode, RoarError } from '../../protocol/errors.ts'
import { documentOf } from '../../services/http/call/document.ts'
import { errorsOf } from '../../services/http/call/errors.ts'
import { problemAnswer } from '../../services/http/responses.ts'
import { CALLS, openapi } from '../../services/openapi.ts'
import { startRoar } from '../embedded.ts'
import { faults, PATHS } from './document.ts'

const SECRET = 'a-secret-of-at-least-thirty-two-characters'
let roar: Awaited<ReturnType<typeof startRoar>>
beforeAll(async () => {
  roar = await startRoar('--auth-secret', SECRET)
})
afterAll(() => roar.stop())

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

test('every call in openapi.json is answered, with its methods', async () => {
  for (const [path, operations] of Object.entries(PATHS)) {
    const { headers } = await fetch(roar.url + path.replaceAll(/\{\w+\}/g, 'final'), { method: 'OPTIONS' })
    const allowed =
      headers
        .get('allow')
        ?.split(', ')
        .filter((method) => !/HEAD|OPTIONS/.test(method)) ?? []
    const described = METHODS.filter((method) => method in operations)
    expect([path, allowed.map((method) => method.toLowerCase()).sort()]).toEqual([path, described.sort()])
  }
})

test('examples are what their schemas say', () => {
  const examples = CALLS.flatMap(({ spec: { id, body, answers } }) => [
    [`${id}: body`, body?.schema, body?.example] as const,
    ...Object.entries(answers).map(
      ([status, { schema, example }]) => [`${id}: ${status}`, schema, example] as const,
    ),
  ])
  const wrong = examples.flatMap(([what, schema, example]) => {
    const result = schema && v.safeParse(schema, example)
    return result?.success === false ? [[what, v.flatten(result.issues)]] : []
  })
  expect(wrong).toEqual([])
})

test('while the document is made everything else has its turns, one after each call at least', async () => {
  let [turns, isMade] = [0, false]
  const made = documentOf(CALLS).then(() => {
    isMade = true
  })
  while (!isMade) {
    await new Promise<void>((resolve) => setImmediate(resolve))
    turns++
  }
  await made
  expect(turns).toBeGreaterThanOrEqual(CALLS.length)
})

test('every integer says how wide it is', async () => {
  const bare: string[] = []
  const look = (node: unknown, at: string): void => {
    if (typeof node !== 'object' || node === null) return
    if ('type' in node && node.type === 'integer' && !('format' in node)) bare.push(at)
    for (const [name, child] of Object.entries(node)) look(child, `${at}/${name}`)
  }
  look(await openapi(), '')
  expect(bare).toEqual([])
})

test('whatever may be tried again later says when', () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const { headers, status } = problemAnswer(new RoarError(code, 'so it is'), 'id')
    if (status === 429 || status === 503) expect([code, Number(headers['retry-after'])]).toEqual([code, 1])
  }
  const silent = Object.entries(PATHS).flatMap(([path, operations]) =>
    Object.values(operations).flatMap(({ responses }) =>
      ['429', '503']
        .filter((status) => responses?.[status] && !responses[status].headers?.['Retry-After'])
        .map((status) => `${path} ${status}`),
    ),
  )
  expect(silent).toEqual([])
})

test('every code of the table is documented by some call, except that of unknown methods', () => {
  const documented = new Set(CALLS.flatMap(({ spec }) => errorsOf(spec)))
  const missing = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => !documented.has(code))
  expect(missing).toEqual(['method_not_allowed'])
})

describe('answers are as openapi.json says', () => {
  const tokenOf = (claims: Record<string, string>) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('pat')
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(SECRET))
  const question = {
    poll: 'mvp',
    question: 'Who?',
    choices: [
      { choice: 'anna', title: 'Anna', image: '/anna.svg' },
      { choice: 'ben', title: 'Ben' },
    ],
    answer: ['anna'],
  }
  const studio = '/v1/studio/shows/{show}/polls'
  const mvp = '/v1/shows/{show}/polls/{poll}'

  test.each([
    ['get', '/v1/shows/{show}', undefined, 200],
    ['get', '/v1/shows/nowhere', undefined, 404],
    ['post', '/v1/viewers', { name: 'Ann' }, 201],
    ['post', '/v1/shows/{show}/reactions', { stickers: { heart: 1 } }, 202],
    ['post', '/v1/shows/{show}/reactions', { stickers: { heart: 0 } }, 400],
    ['post', '/v1/shows/{show}/posts', { sticker: 'six' }, 202],
    ['get', '/v1/shows/{show}/mood', undefined, 200],
    ['get', '/v1/keys', undefined, 200],
    ['post', studio, question, 201],
    ['post', studio, question, 201],
    ['post', studio, { ...question, question: 'Whom?' }, 409],
    ['post', studio, { ...question, show: 'final' }, 400],
    ['patch', `${studio}/{poll}`, { visibility: 'live' }, 200],
    ['post', `${studio}/{poll}/open`, undefined, 200],
    ['get', '/v1/shows/{show}', undefined, 200],
    ['post', `${mvp}/votes`, { choice: 'anna' }, 201],
    ['post', `${mvp}/votes`, { choice: 'anna' }, 200],
    ['post', `${mvp}/votes`, { choice: 'ben' }, 409],
    ['get', mvp, undefined, 200],
    ['get', `${mvp}/certificate`, undefined, 404],
    ['post', `${studio}/{poll}/close`, undefined, 200],
    ['post', `${studio}/{poll}/reveal`, undefined, 200],
    ['post', `${studio}/{poll}/seal`, undefined, 200],
    ['get', mvp, undefined, 200],
    ['get', `${mvp}/certificate`, undefined, 200],
    ['get', studio, undefined, 200],
    ['get', `${studio}/{poll}`, undefined, 200],
    ['get', '/v1/studio/shows/{show}/mood', undefined, 200],
    ['get', '/v1/studio/shows/{show}/audit', undefined, 200],
    ['post', '/v1/studio/keys', undefined, 201],
  ] as const)('%s %s %j: %d', async (method, path, body, status) => {
    const described = PATHS[path.replace('nowhere', '{show}')]![method]!
    const response = await fetch(roar.url + path.replace('{show}', 'final').replace('{poll}', 'mvp'), {
      method,
      headers: { authorization: `Bearer ${await tokenOf({ role: 'producer', segment: 'home' })}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    expect(response.status).toBe(status)
    const { content } = described.responses[status]!
    const { schema } = content![response.headers.get('content-type')!]!
    expect(faults(await response.json(), schema)).toEqual([])
  })
})
