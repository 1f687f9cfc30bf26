import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { ERRORS, type Problem } from '../../protocol/errors.ts'
import type { GuestAnswer, MoodPacket } from '../../protocol/packets.ts'
import { startRoar } from '../embedded.ts'
import { until } from '../until.ts'

let roar: Awaited<ReturnType<typeof startRoar>>
let token: string
beforeAll(async () => {
  roar = await startRoar('--window-ms', '50')
  token = ((await (await call('/v1/viewers', 'POST', '{"name":"Ann"}')).json()) as GuestAnswer).token
})
afterAll(() => roar.stop())

const call = (path: string, method = 'GET', body?: string, headers: Record<string, string> = {}) =>
  fetch(roar.url + path, { method, headers, ...(body === undefined ? {} : { body }) })
const mood = async () => (await (await call('/v1/shows/final/mood')).json()) as MoodPacket
/** Waits for a packet with this total: only this shows that everything before it was counted. */
const moodWithTotal = (expected: number): Promise<MoodPacket> => until(mood, ({ total }) => total >= expected)

const REACTIONS = '/v1/shows/final/reactions'
const POSTS = '/v1/shows/final/posts'
const burst = (change: object) => JSON.stringify({ stickers: { heart: 1 }, ...change })
const bearer = (text: string) => ({ authorization: `Bearer ${text}` })
const unsigned = `${btoa('{"alg":"none"}').replaceAll('=', '')}.${btoa('{"sub":"eve","exp":9999999999}').replaceAll('=', '')}.`
const forged = () => `${token.slice(0, -6)}AAAAAA`

interface Case {
  what: string
  path: string
  method?: string
  body?: string
  headers?: () => Record<string, string>
  status: number
  code: keyof typeof ERRORS
}

const CASES: Case[] = [
  { what: 'a body that is not JSON', path: REACTIONS, body: 'heart!', status: 400, code: 'bad_json' },
  { what: 'an empty body', path: REACTIONS, body: '', status: 400, code: 'bad_json' },
  { what: 'half a body', path: REACTIONS, body: '{"stickers":{"heart":1}', status: 400, code: 'bad_json' },
  {
    what: 'bytes that are not UTF-8 text',
    path: REACTIONS,
    body: '\u0000\u0001{',
    status: 400,
    code: 'bad_json',
  },
  { what: 'a list for a body', path: REACTIONS, body: '[]', status: 400, code: 'bad_request' },
  {
    what: 'stickers of the wrong type',
    path: REACTIONS,
    body: burst({ stickers: 'heart' }),
    status: 400,
    code: 'bad_request',
  },
  { what: 'no stickers', path: REACTIONS, body: burst({ stickers: {} }), status: 400, code: 'bad_request' },
  {
    what: 'a count of 0',
    path: REACTIONS,
    body: burst({ stickers: { heart: 0 } }),
    status: 400,
    code: 'bad_count',
  },
  {
    what: 'a count of -1',
    path: REACTIONS,
    body: burst({ stickers: { heart: -1 } }),
    status: 400,
    code: 'bad_count',
  },
  {
    what: 'a count of 1.5',
    path: REACTIONS,
    body: burst({ stickers: { heart: 1.5 } }),
    status: 400,
    code: 'bad_count',
  },
  {
    what: 'a count of 101',
    path: REACTIONS,
    body: burst({ stickers: { heart: 101 } }),
    status: 400,
    code: 'bad_count',
  },
  {
    what: 'a count of 1e9',
    path: REACTIONS,
    body: burst({ stickers: { heart: 1e9 } }),
    status: 400,
    code: 'bad_count',
  },
  {
    what: 'a good sticker beside an unknown one',
    path: REACTIONS,
    body: burst({ stickers: { heart: 1, duck: 1 } }),
    status: 400,
    code: 'unknown_sticker',
  },
  {
    what: 'an unknown segment',
    path: REACTIONS,
    body: burst({ segment: 'moon' }),
    status: 400,
    code: 'unknown_segment',
  },
  {
    what: 'a sample nobody asked for',
    path: REACTIONS,
    body: burst({ sample: 0.01 }),
    status: 400,
    code: 'bad_sample',
  },
  {
    what: 'an unknown show',
    path: '/v1/shows/nothing/reactions',
    body: burst({}),
    status: 404,
    code: 'unknown_show',
  },
  {
    what: 'a show that is no id',
    path: '/v1/shows/..%2F..%2Fetc/reactions',
    body: burst({}),
    status: 404,
    code: 'unknown_show',
  },
  {
    what: 'a body of 5 KiB',
    path: REACTIONS,
    body: burst({ pad: 'x'.repeat(5 * 1024) }),
    status: 413,
    code: 'too_large',
  },
  {
    what: 'a burst with a token that is none',
    path: REACTIONS,
    body: burst({}),
    headers: () => bearer('nonsense'),
    status: 401,
    code: 'unauthorized',
  },
  {
    what: 'a post without a token',
    path: POSTS,
    body: '{"sticker":"six"}',
    status: 401,
    code: 'unauthorized',
  },
  {
    what: 'a post with a forged token',
    path: POSTS,
    body: '{"sticker":"six"}',
    headers: () => bearer(forged()),
    status: 401,
    code: 'unauthorized',
  },
  {
    what: 'a post with alg none',
    path: POSTS,
    body: '{"sticker":"six"}',
    headers: () => bearer(unsigned),
    status: 401,
    code: 'unauthorized',
  },
  {
    what: 'a post of an unknown sticker',
    path: POSTS,
    body: '{"sticker":"duck"}',
    headers: () => bearer(token),
    status: 400,
    code: 'unknown_sticker',
  },
  {
    what: 'a post of two stickers',
    path: POSTS,
    body: '{"sticker":["six","six"]}',
    headers: () => bearer(token),
    status: 400,
    code: 'bad_request',
  },
  {
    what: 'the mood of an unknown show',
    path: '/v1/shows/nothing/mood',
    method: 'GET',
    status: 404,
    code: 'unknown_show',
  },
  {
    what: 'the mood of an unknown segment',
    path: '/v1/shows/final/mood?segment=moon',
    method: 'GET',
    status: 400,
    code: 'unknown_segment',
  },
  {
    what: 'the events of an unknown show',
    path: '/v1/shows/nothing/events',
    method: 'GET',
    status: 404,
    code: 'unknown_show',
  },
  {
    what: 'the document of an unknown show',
    path: '/v1/shows/nothing',
    method: 'GET',
    status: 404,
    code: 'unknown_show',
  },
  { what: 'an address that is not there', path: '/v2/shows', method: 'GET', status: 404, code: 'not_found' },
  {
    what: 'a method that is not there',
    path: REACTIONS,
    method: 'DELETE',
    status: 405,
    code: 'method_not_allowed',
  },
  { what: '/mqtt without an upgrade', path: '/mqtt', method: 'GET', status: 400, code: 'bad_request' },
]

describe('each bad request has its code and changes no count', () => {
  for (const { what, path, method = 'POST', body, headers, status, code } of CASES) {
    test(`${what}: ${status} ${code}`, async () => {
      const before = (await mood()).total
      const response = await call(path, method, body, headers?.())
      expect(response.status).toBe(status)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      const problem = (await response.json()) as Problem
      expect(problem).toMatchObject({
        code,
        status,
        title: ERRORS[code].title,
        type: `urn:roar:error:${code}`,
      })
      expect(problem.detail.length).toBeGreaterThan(0)
      // A neighbour's burst, sent after it, is counted, and nothing else.
      expect((await call(REACTIONS, 'POST', burst({}))).status).toBe(202)
      expect((await moodWithTotal(before + 1)).total).toBe(before + 1)
    })
  }
})

test('what may be tried again says when', async () => {
  const limited = await startRoar('--viewer-per-second', '1', '--viewer-burst', '1')
  try {
    const guest = (await (await fetch(`${limited.url}/v1/viewers`, { method: 'POST' })).json()) as GuestAnswer
    const send = () =>
      fetch(`${limited.url}${REACTIONS}`, { method: 'POST', body: burst({}), headers: bearer(guest.token) })
    expect((await send()).status).toBe(202)
    const refused = await send()
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({ code: 'too_many_requests' })
  } finally {
    await limited.stop()
  }
})

test("an address has its limit too, and this machine's own only where that was asked for", async () => {
  const flags = ['--address-per-second', '1', '--address-burst', '2']
  for (const limitLoopback of [true, false]) {
    const limited = await startRoar(...flags, '--limit-loopback', `${limitLoopback}`)
    /** Far more at once than the limit lets through while a slow machine answers them. */
    const statuses = (path: string, init: RequestInit) =>
      Promise.all(Array.from({ length: 20 }, async () => (await fetch(`${limited.url}${path}`, init)).status))
    try {
      const taps = await statuses(REACTIONS, { method: 'POST', body: burst({}) })
      expect(new Set(taps)).toEqual(new Set(limitLoopback ? [202, 429] : [202]))
      // What else there is has a limit of its own, also where the lane does not read the request.
      for (const method of ['GET', 'HEAD'])
        expect((await statuses('/v1/shows/final', { method })).includes(429)).toBe(limitLoopback)
      // Nor does what watches the process suffer from them: it would be restarted, or get no more viewers.
      for (const method of ['GET', 'HEAD'])
        expect((await fetch(`${limited.url}/healthz`, { method })).status).toBe(200)
      // But who only pretends to watch has a limit, too.
      expect((await statuses('/healthz', {})).includes(429)).toBe(limitLoopback)
    } finally {
      await limited.stop()
    }
  }
})

/** Writes raw text to the server's port, and returns the response up to the server's close or answer. */
function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(roar.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
      if (answer.includes('"code"')) socket.destroy()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

test('who says no Host hears that it is missing where it is needed, and is answered elsewhere', async () => {
  const document = await raw('GET /v1/shows/final HTTP/1.0\r\n\r\n')
  expect(document).toStartWith('HTTP/1.1 400 ')
  expect(document).toContain('"code":"bad_request"')
  expect(await raw('GET /v1/shows/final/mood?segment=home HTTP/1.0\r\n\r\n')).toStartWith('HTTP/1.1 200 ')
})

test('a body that does not say its length is read to the limit and no further', async () => {
  const chunk = `400\r\n${'x'.repeat(0x400)}\r\n`
  const answer = await raw(
    `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}0\r\n\r\n`,
  )
  expect(answer).toStartWith('HTTP/1.1 413')
  expect(answer).toContain('"code":"too_large"')
})

test('a body that drips is cut with its connection, counts nothing, and its neighbour does not notice', async () => {
  const slow = await startRoar('--window-ms', '50', '--idle-s', '12')
  const { hostname, port } = new URL(slow.url)
  const body = burst({})
  try {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(`POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`)
        // Slower than the server's timeout, and complete only long after it.
        let sent = 0
        const drip = setInterval(() => socket.write(body[sent++] ?? ' '), 900)
        socket.on('close', () => {
          clearInterval(drip)
          resolve()
        })
      })
      // A reset also ends the connection.
      socket.on('error', () => {})
    })
    expect((await fetch(`${slow.url}${REACTIONS}`, { method: 'POST', body })).status).toBe(202)
    const { total } = await until(
      async () => (await (await fetch(`${slow.url}/v1/shows/final/mood`)).json()) as MoodPacket,
      ({ total }) => total > 0,
    )
    expect(total).toBe(1)
  } finally {
    await slow.stop()
  }
})

test('any page may call: preflight and answers carry CORS', async () => {
  const preflight = await call(REACTIONS, 'OPTIONS')
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
  expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
  expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
  for (const response of [await call(REACTIONS, 'POST', burst({})), await call(REACTIONS, 'POST', '')]) {
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  }
})

test('where some pages may call, others are refused by every kind of call, and no page’s files are', async () => {
  const partner = 'https://partner.example'
  const some = await startRoar('--allowed-origins', partner, '--public-url', 'https://live.example')
  const ask = (path: string, origin: string, init: RequestInit = {}) =>
    fetch(some.url + path, { ...init, headers: { origin, ...init.headers } })
  /** Whether the server takes the connection. */
  const connects = (origin: string) =>
    new Promise<boolean>((resolve) => {
      const url = `${some.url.replace('http:', 'ws:')}/mqtt`
      // The types are a browser's, where no page chooses its origin.
      const options: Bun.WebSocketOptions = { protocols: ['mqtt'], headers: { origin } }
      const socket = new WebSocket(url, options as never)
      socket.onopen = () => resolve(true)
      socket.onerror = () => resolve(false)
      socket.onclose = () => resolve(false)
    })
  const calls = async (origin: string) => {
    const tap = { method: 'POST', body: burst({}) }
    const preflight = { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } }
    const answers = [
      await ask(REACTIONS, origin, preflight),
      await ask(REACTIONS, origin, tap),
      await ask('/v1/shows/final', origin),
      await ask('/v1/shows/final/events', origin),
      await ask('/v1/studio/shows', origin),
    ]
    for (const { body } of answers) await body?.cancel()
    return {
      statuses: answers.map(({ status }) => status),
      allowed: [...new Set(answers.map(({ headers }) => headers.get('access-control-allow-origin')))],
      connects: await connects(origin),
    }
  }
  try {
    for (const origin of [partner, some.url, 'https://live.example'])
      expect(await calls(origin)).toEqual({
        statuses: [204, 202, 200, 200, 401],
        allowed: [origin],
        connects: true,
      })
    expect(await calls('https://evil.example')).toEqual({
      statuses: [403, 403, 403, 403, 403],
      allowed: [null],
      connects: false,
    })
    const script = await ask('/client.js', 'https://evil.example')
    expect([script.status, script.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
  } finally {
    await some.stop()
  }
})
