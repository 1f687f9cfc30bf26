import { afterEach, expect, spyOn, test } from 'bun:test'
import v8 from 'node:v8'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { until } from '../../test/until.ts'
import { Histogram } from '../measure/histogram.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import { type Fellows, type Measured, operatorRoutes } from './operator.ts'
import { type Http, startHttp } from './server.ts'

let http: Http | undefined
afterEach(() => http?.close())

function served(fellows?: Fellows, openapi = async (): Promise<unknown> => ({})) {
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
  const times = new Histogram()
  times.observe(3, { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' })
  const latency = {
    name: 'roar_append_seconds',
    help: 'of appends',
    type: 'histogram' as const,
    read: () => [{ labels: {}, ...times.read() }],
  }
  const bursts = { name: 'roar_bursts_total', help: 'of taps', type: 'counter' as const, read: () => 7 }
  const routes = operatorRoutes({
    metrics: [...metrics, latency, bursts],
    supervisor,
    openapi,
    asyncapi: async () => ({}),
    now: () => 13_000,
    fellows,
  })
  http = startHttp({ host: '127.0.0.1', port: 0, logger, routes })
  const ask = async (path: string) => {
    const answer = await fetch(http!.url + path)
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  return { supervisor, ask, http, routes }
}

test('what is measured of the process is set up and read without a walk over the heap, which takes seconds where millions of voters are in it', async () => {
  const walks = [spyOn(v8, 'getHeapSpaceStatistics'), spyOn(v8, 'getHeapStatistics')]
  const { http } = served()
  expect(await (await fetch(`${http.url}/metrics`)).text()).toContain('\nprocess_resident_memory_bytes ')
  for (const walk of walks) expect(walk).not.toHaveBeenCalled()
})

test.each(['/openapi.json', '/asyncapi.json'])(
  'a flood of requests for %s is told to come again: passing it on costs more than any other answer',
  async (path) => {
    const { http } = served()
    const statuses: number[] = []
    for (let nth = 0; nth < 15; nth++) {
      const answer = await fetch(http.url + path)
      statuses.push(answer.status)
      if (answer.status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      await answer.arrayBuffer()
    }
    expect(statuses).toEqual([...Array<number>(10).fill(200), ...Array<number>(5).fill(429)])
  },
)

test('while metrics are read everything else has its turns, one after each that takes its time', async () => {
  const slow = {
    name: 'roar_bursts_total',
    help: 'of taps',
    type: 'counter' as const,
    read() {
      for (const startedMs = performance.now(); performance.now() - startedMs < 5; );
      return 7
    },
  }
  const routes = operatorRoutes({
    metrics: Array.from({ length: 4 }, (_, i) => ({ ...slow, name: `roar_slow_${i}_total` })),
    supervisor: new Supervisor({ clock: new ManualClock(0), logger: pino({ level: 'silent' }) }),
    openapi: async () => ({}),
    asyncapi: async () => ({}),
    now: () => 0,
  })
  const answer = routes['/metrics']!.GET!(new Request('http://a/metrics') as never, undefined as never)
  let [turns, isOver] = [0, false]
  const text = Promise.resolve(answer).then((response) => {
    isOver = true
    return response!.text()
  })
  while (!isOver) {
    await new Promise<void>((resolve) => setImmediate(resolve))
    turns++
  }
  expect((await text).match(/^roar_slow_\d_total 7$/gm)).toHaveLength(4)
  expect(turns).toBeGreaterThanOrEqual(4)
})

test('a document is made once for all who request it while it is made', async () => {
  let times = 0
  const made = Promise.withResolvers<unknown>()
  const { http } = served(undefined, () => {
    times++
    return made.promise
  })
  const answers = Array.from({ length: 5 }, () => fetch(`${http.url}/openapi.json`))
  await until(() => http.server.pendingRequests === answers.length)
  made.resolve({ openapi: '3.1.0' })
  for (const answer of await Promise.all(answers)) expect(await answer.json()).toEqual({ openapi: '3.1.0' })
  expect(times).toBe(1)
})

test('a document whose making failed is made anew for the next request', async () => {
  let times = 0
  const { http } = served(undefined, async () => {
    if (times++ === 0) throw new Error('out of memory')
    return { openapi: '3.1.0' }
  })
  const statuses: number[] = []
  for (let nth = 0; nth < 3; nth++) statuses.push((await fetch(`${http.url}/openapi.json`)).status)
  expect([statuses, times]).toEqual([[500, 200, 200], 2])
})

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
  for (const part of ['store', 'edge']) supervisor.register(part, { neededFor: [] }).working()
  const answer = await fetch(`${http.url}/status`)
  const page = await answer.text()
  expect(answer.headers.get('content-type')).toBe('text/html;charset=utf-8')
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(page).toContain('<h1 class="state" data-state="not ready">Not ready</h1>')
  expect(page).toContain('no broker answers &lt;script&gt;, for 12 s')
  expect(page).not.toContain('<script')
  expect(page).toContain('working:</span> ingest, store, edge</p>')
  expect(page.match(/<th /g)).toHaveLength(3)
  expect(page).toMatch(
    /taps<\/th><td class="state" data-state="ready">.*votes<\/th><td class="state" data-state="not ready">/,
  )
})

test('the page for people refreshes itself for who asks for it, and for nobody else: a reader would lose the place', async () => {
  const { http } = served()
  const ask = async (query: string) => (await fetch(`${http.url}/status${query}`)).text()
  for (const query of ['', '?refresh', '?refresh=off']) {
    expect(await ask(query)).not.toContain('http-equiv="refresh"')
    expect(await ask(query)).toContain('<a href="status?refresh=on">refresh every 5 s</a>')
  }
  expect(await ask('?refresh=on')).toContain('<meta http-equiv="refresh" content="5">')
  expect(await ask('?refresh=on')).toContain('again every 5 s (<a href="status">stop</a>)')
})

test('who reads OpenMetrics has traces beside latencies, and who does not reads the same as before and after', async () => {
  const { http } = served()
  const ask = async (accept?: string) => {
    const answer = await fetch(`${http.url}/metrics`, accept === undefined ? {} : { headers: { accept } })
    return { type: answer.headers.get('content-type'), lines: (await answer.text()).split('\n') }
  }
  const before = await ask()
  const open = await ask('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2')
  const after = await ask('text/plain;version=0.0.4')
  expect(open.type).toStartWith('application/openmetrics-text; version=1.0.0')
  expect(open.lines).toContain('# TYPE roar_bursts counter')
  expect(open.lines).toContain('roar_bursts_total 7')
  expect(open.lines.find((line) => line.includes('le="0.005"'))).toMatch(
    /^roar_append_seconds_bucket\{le="0\.005"\} 1 # \{trace_id="4bf92f3577b34da6a3ce929d0e0e4736"\} 0\.003 \d+\.\d{3}$/,
  )
  expect(open.lines.slice(-2)).toEqual(['# EOF', ''])
  for (const { type, lines } of [before, after]) {
    expect(type).toStartWith('text/plain')
    expect(lines).toContain('# TYPE roar_bursts_total counter')
    expect(lines.some((line) => line.includes('trace_id'))).toBe(false)
  }
})

test('of processes that share a port each has its own series, with its own traces', async () => {
  let own: () => Promise<Measured>
  const other: Fellows = {
    worker: '2',
    join(measure) {
      own = measure
      return async () => []
    },
  }
  http = served(other).http
  await http.close()
  const { http: first } = served({
    worker: '1',
    join: (measure) => async () => [await measure(), JSON.parse(JSON.stringify(await own())) as Measured],
  })
  const accept = 'application/openmetrics-text'
  const lines = (await (await fetch(`${first.url}/metrics`, { headers: { accept } })).text()).split('\n')
  for (const worker of ['1', '2']) {
    const bucket = lines.filter((line) =>
      line.startsWith(`roar_append_seconds_bucket{le="0.005",worker="${worker}"} 1 # {trace_id="4bf9`),
    )
    expect(bucket).toHaveLength(1)
    expect(lines).toContain(`roar_append_seconds_count{worker="${worker}"} 1`)
    expect(lines).toContain(`roar_bursts_total{worker="${worker}"} 7`)
    expect(lines.some((line) => line.startsWith(`process_start_time_seconds{worker="${worker}"}`))).toBe(true)
  }
  expect(lines.filter((line) => line === '# TYPE roar_bursts counter')).toHaveLength(1)
})
