import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import pino from 'pino'
import { RoarError } from '../../protocol/errors.ts'
import { cacheableResponse, jsonResponse } from './responses.ts'
import { type Http, startHttp } from './server.ts'
import { targetOf } from './target.ts'

let http: Http
beforeAll(() => {
  http = startHttp({
    host: '127.0.0.1',
    port: 0,
    logger: pino({ level: 'silent' }),
    routes: {
      '/shows/:show': {
        GET: (request) => cacheableResponse(request, request.params.show!, { maxAgeS: 1 }),
        POST: () => jsonResponse('posted'),
      },
      '/body': { POST: async (request) => jsonResponse(await request.text()) },
      '/refused': {
        POST() {
          throw new RoarError('poll_closed', 'it is over')
        },
      },
      '/target': {
        GET: (request) => {
          const { path, query } = targetOf(request)
          return jsonResponse([path, ...query])
        },
      },
    },
  })
})
afterAll(() => http.close())

const ask = (path: string, init: RequestInit = {}) => fetch(http.url + path, init)

/** Sends text as it is, and returns all that comes back until the server closes or has sent a body in braces or brackets, or `end`. */
function raw(text: string, end = ''): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(http.server.port!, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
      if (end === '' ? /[}\]]$/.test(answer) : answer.endsWith(end)) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
}

test('HEAD is GET without the body', async () => {
  const [get, head] = [await ask('/shows/final'), await ask('/shows/final', { method: 'HEAD' })]
  expect(head.status).toBe(200)
  expect(await head.text()).toBe('')
  for (const name of ['content-type', 'content-length', 'etag', 'cache-control'])
    expect(head.headers.get(name)).toBe(get.headers.get(name))
})

test('a method that an address does not know is 405 with those that it does, whatever the method', async () => {
  for (const method of ['PUT', 'DELETE', 'PROPFIND', 'TRACE']) {
    const answer = await raw(`${method} /shows/final HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect(answer).toStartWith('HTTP/1.1 405 ')
    expect(answer.toLowerCase()).toContain('\r\nallow: get, post, head, options\r\n')
    expect(answer).toContain('"code":"method_not_allowed"')
  }
  expect(http.problems.method_not_allowed).toBe(4)
  const options = await ask('/shows/final', { method: 'OPTIONS' })
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, POST, HEAD, OPTIONS'])
})

describe('If-None-Match', () => {
  test.each([
    ['the same', (etag: string) => etag, 304],
    ['the same, made weak by a proxy', (etag: string) => `W/${etag}`, 304],
    ['one of several', (etag: string) => `"other", ${etag}`, 304],
    ['any', () => '*', 304],
    ['another', () => '"other"', 200],
    ['one that holds it', (etag: string) => `"x${etag.slice(1)}`, 200],
  ] as const)('%s', async (_, sent, status) => {
    const etag = (await ask('/shows/final')).headers.get('etag')!
    const answer = await ask('/shows/final', { headers: { 'if-none-match': sent(etag) } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('etag')).toBe(etag)
  })
})

describe('an address is read whatever Host says', () => {
  test.each([
    ['HTTP/1.0 without a Host', 'GET /target?a=1&b=%2F HTTP/1.0\r\n\r\n', '["/target",["a","1"],["b","/"]]'],
    ['the absolute form', 'GET http://other/target?a=1 HTTP/1.1\r\nHost: x\r\n\r\n', '["/target",["a","1"]]'],
    ['a question mark in the query', 'GET /target?a=? HTTP/1.1\r\nHost: x\r\n\r\n', '["/target",["a","?"]]'],
    ['an address that is none', 'GET //[ HTTP/1.0\r\n\r\n', '"code":"not_found"'],
  ])('%s', async (_, request, body) => {
    expect(await raw(request)).toContain(body)
  })

  test('a Host that is none is a mistake of the sender', async () => {
    const answer = await raw('GET /shows/final HTTP/1.1\r\nHost: a"<b>/\r\n\r\n')
    expect(answer).toStartWith('HTTP/1.1 400 ')
    expect(answer).toContain('"code":"bad_request"')
    expect(http.problems.internal).toBeUndefined()
  })

  test.each([
    ['two of them', 'Host: x\r\nHost: y', '/shows/final'],
    ['the same twice', 'Host: x\r\nhost: x', '/shows/final'],
    ['two in one field', 'Host: x,y', '/shows/final'],
    ['two for an address that is none', 'Host: x\r\nHost: y', '/nowhere'],
  ])('a Host that is %s is a mistake of the sender', async (_, fields, path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\n${fields}\r\n\r\n`)
    expect(answer).toStartWith('HTTP/1.1 400 ')
    expect(answer).toContain('"code":"bad_request"')
  })
})

test.each([
  ['/body', 'HTTP/1.1 200 ', '"abc"'],
  ['/refused', 'HTTP/1.1 409 ', '}'],
  ['/nowhere', 'HTTP/1.1 404 ', '}'],
  ['/target', 'HTTP/1.1 405 ', '}'],
])(
  'what follows a chunked body is nobody else’s request: the answer of %s ends the connection',
  async (path, status, end) => {
    const chunked = `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n`
    for (const trailer of ['', 'X-Checksum: 1\r\n']) {
      const answer = await raw(`${chunked}${trailer}\r\n`, end)
      expect(answer).toStartWith(status)
      expect(answer.split('\r\n\r\n')[0]!.toLowerCase()).toContain('\r\nconnection: close')
    }
  },
)

test('an address that is none is a problem, whatever the method', async () => {
  for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
    const answer = await ask('/nowhere', { method })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    expect(await answer.json()).toMatchObject({ code: 'not_found' })
  }
})

test('a page of another origin may learn that an address is none', async () => {
  const headers = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-any' }
  const preflight = await ask('/nowhere', { method: 'OPTIONS', headers })
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
})

test('a page may send the headers that tracing adds', async () => {
  const preflight = await ask('/shows/final', { method: 'OPTIONS' })
  const allowed = preflight.headers.get('access-control-allow-headers')!.split(', ')
  expect(allowed).toEqual(
    expect.arrayContaining(['authorization', 'traceparent', 'tracestate', 'baggage', '*']),
  )
})
