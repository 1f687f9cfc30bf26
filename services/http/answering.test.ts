import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Writable } from 'node:stream'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { RateLimit } from '../../engine/rate-limit.ts'
import type { Problem } from '../../protocol/errors.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import { createGate } from './gate.ts'
import { operatorRoutes } from './operator.ts'
import { jsonResponse } from './responses.ts'
import { type Http, startHttp } from './server.ts'

const lines: string[] = []
const logger = pino(
  new Writable({
    write(line, _, done) {
      lines.push(String(line))
      done()
    },
  }),
)
const clock = new ManualClock(1000)
const gate = createGate({
  viewers: new RateLimit({ perSecond: 2, burst: 3 }),
  addresses: new RateLimit({ perSecond: 0, burst: 1 }),
  settings: { addressPerSecond: 0, loopbackUnlimited: true, trustProxy: false },
  clock,
})

let http: Http
beforeAll(() => {
  http = startHttp({
    host: '127.0.0.1',
    port: 0,
    logger,
    routes: {
      ...operatorRoutes({
        metrics: [
          {
            name: 'requests_total',
            help: 'by route',
            type: 'counter',
            labels: ['method', 'route', 'status'],
            read: () => http.requests.counts(),
          },
          {
            name: 'duration_seconds',
            help: 'by route',
            type: 'histogram',
            read: () => http.requests.durations(),
          },
        ],
        supervisor: new Supervisor({ clock, logger }),
        openapi: async () => ({}),
        asyncapi: async () => ({}),
        now: Date.now,
      }),
      '/things/:thing': {
        GET: ({ params }) => jsonResponse(params),
        async POST() {
          gate.viewer('ann')
          return jsonResponse('posted', { status: 201 })
        },
        PUT() {
          throw new Error('a secret of the house')
        },
      },
    },
  })
})
afterAll(() => http.close())

const ask = (method: string, id?: string, path = '/things/a') =>
  fetch(http.url + path, { method, headers: id === undefined ? {} : { 'x-request-id': id } })

test('an id that a request has is in its answer, its problem and the log; a problem without one gets one', async () => {
  expect((await ask('GET', 'proxy-17')).headers.get('x-request-id')).toBe('proxy-17')
  expect((await ask('GET')).headers.get('x-request-id')).toBeNull()
  for (const [given, expected] of [
    ['proxy-18', /^proxy-18$/],
    [undefined, /^[0-9a-f-]{36}$/],
    // Nobody writes lines of their own into the log.
    ['a "b" {', /^[0-9a-f-]{36}$/],
    ['x'.repeat(200), /^[0-9a-f-]{36}$/],
  ] as const) {
    lines.length = 0
    const answer = await ask('PUT', given)
    const { instance, detail } = (await answer.json()) as Problem
    const id = answer.headers.get('x-request-id')!
    expect(id).toMatch(expected)
    expect(instance).toBe(`urn:roar:request:${id}`)
    expect(detail).not.toContain('secret')
    expect(lines.map((line) => JSON.parse(line).requestId)).toEqual([id])
  }
})

test('who reached a limit is told which, and when there is room again', async () => {
  for (let sent = 0; sent < 3; sent++) expect((await ask('POST')).status).toBe(201)
  const refused = await ask('POST')
  expect(refused.status).toBe(429)
  expect(refused.headers.get('ratelimit-policy')).toBe('"viewer";q=3;w=2')
  expect(refused.headers.get('ratelimit')).toBe('"viewer";r=0;t=1')
  expect(refused.headers.get('retry-after')).toBe('1')
})

test('requests are counted by route and status, and what no route has is one series', async () => {
  for (let other = 0; other < 20; other++) await ask('GET', undefined, `/made-up/${other}`)
  await ask('PROPFIND')
  await ask('HEAD')
  const text = await (await fetch(`${http.url}/metrics`)).text()
  const value = (series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    )
  const of = (method: string, status: number, route = '/things/{thing}') =>
    value(`requests_total{method="${method}",route="${route}",status="${status}"}`)
  expect([of('GET', 200), of('HEAD', 200), of('POST', 201), of('POST', 429), of('PUT', 500)]).toEqual([
    2, 1, 3, 1, 4,
  ])
  expect([of('other', 405), of('any', 404, 'none')]).toEqual([1, 20])
  const duration = (suffix: string) => `duration_seconds_${suffix}`
  expect(value(`${duration('count')}{method="POST",route="/things/{thing}"}`)).toBe(4)
  expect(value(`${duration('bucket')}{method="POST",route="/things/{thing}",le="+Inf"}`)).toBe(4)
})
