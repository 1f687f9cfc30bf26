import { afterEach, expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import { operatorRoutes } from './operator.ts'
import { type Http, startHttp } from './server.ts'

let http: Http | undefined
afterEach(() => http?.close())

function served() {
  const logger = pino({ level: 'silent' })
  const supervisor = new Supervisor({ clock: new ManualClock(1000), logger })
  const metrics = [
    {
      name: 'roar_part_state',
      help: 'of each part',
      type: 'gauge' as const,
      labels: ['part', 'state'],
      read: () => [{ labels: { part: 'log', state: 'waiting' }, value: 1 }],
    },
  ]
  http = startHttp({
    host: '127.0.0.1',
    port: 0,
    logger,
    routes: operatorRoutes({
      metrics,
      supervisor,
      openapi: () => ({}),
      asyncapi: async () => ({}),
      now: () => 13_000,
    }),
  })
  const ask = async (path: string) => {
    const answer = await fetch(http!.url + path)
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  return { supervisor, ask, http }
}

test('taps and votes are ready each by what it needs, and the answer has the state of every part', async () => {
  const { supervisor, ask } = served()
  supervisor.register('ingest', { neededFor: ['taps'] }).working()
  const log = supervisor.register('log', { neededFor: ['votes'] })
  log.waiting('no broker answers')
  expect((await ask('/readyz/taps')).status).toBe(200)
  expect((await ask('/readyz/votes')).status).toBe(503)
  expect(await ask('/readyz')).toEqual({
    status: 503,
    body: {
      status: 'not ready',
      reason: 'log is waiting: no broker answers',
      parts: {
        ingest: { state: 'working' },
        log: { state: 'waiting', reason: 'no broker answers', sinceMs: 1000 },
      },
    },
  })
  log.working()
  expect(await ask('/readyz/votes')).toEqual({
    status: 200,
    body: { status: 'ready', parts: { ingest: { state: 'working' }, log: { state: 'working' } } },
  })
})

test('a process is not ready for what it never does', async () => {
  const { supervisor, ask } = served()
  supervisor.register('edge', { neededFor: ['packets'] }).working()
  expect((await ask('/readyz')).status).toBe(200)
  expect((await ask('/readyz/packets')).status).toBe(200)
  expect(await ask('/readyz/votes')).toMatchObject({ status: 404, body: { code: 'not_found' } })
})

test('a process that drains is ready for nothing, though all its parts work', async () => {
  const { supervisor, ask } = served()
  supervisor.register('edge', { neededFor: ['packets'] }).working()
  supervisor.drain()
  for (const path of ['/readyz', '/readyz/packets'])
    expect(await ask(path)).toMatchObject({ status: 503, body: { reason: 'the server is stopping' } })
})

test('a number with several labels is a series for each', async () => {
  const { http } = served()
  const text = await (await fetch(`${http.url}/metrics`)).text()
  expect(text).toContain('roar_part_state{part="log",state="waiting"} 1')
})

test('the page for people says what works, what waits for what and since when, and nothing in it is markup of others', async () => {
  const { supervisor, http } = served()
  supervisor.register('ingest', { neededFor: ['taps'] }).working()
  supervisor.register('log', { neededFor: ['votes'] }).waiting('no broker answers <script>')
  const answer = await fetch(`${http.url}/status`)
  const page = await answer.text()
  expect(answer.headers.get('content-type')).toBe('text/html;charset=utf-8')
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(page).toContain('<h1 class="state" data-state="not ready">Not ready</h1>')
  expect(page).toContain('no broker answers &lt;script&gt;, for 12 s')
  expect(page).not.toContain('<script')
  expect(page).toMatch(
    /taps<\/th><td class="state" data-state="ready">.*votes<\/th><td class="state" data-state="not ready">/,
  )
})
