import { expect, test } from 'bun:test'
import { startRoar } from '../embedded.ts'
import { SECRET, tokenOf, votingClient } from '../polls/voting.ts'
import { type OtlpSpan, startCollector, wayTo } from './collector.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2'

const tap = (url: string, headers: Record<string, string> = {}, body = '{"stickers":{"heart":1}}') =>
  fetch(`${url}/v1/shows/final/reactions`, { method: 'POST', headers, body })

const notedIn = ({ attributes = [] }: OtlpSpan) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]))

/** Taps that are whole are answered by the lane, others by the server behind it. */
const CHUNKED = new Blob(['{"stickers":{"heart":1}}'])

test('a trace shows a slice from its tap to the packet that is published', async () => {
  await using collector = startCollector()
  const roar = await startRoar('--otlp-endpoint', collector.url, '--trace-sample', '0')
  expect((await tap(roar.url, { traceparent: TRACEPARENT, tracestate: 'vendor=1' })).status).toBe(202)
  const spans = await collector.trace(TRACE, (spans) => spans.some(({ name }) => name === 'publish mood'))
  expect(wayTo(spans, 'publish mood')).toEqual([
    'POST /v1/shows/{show}/reactions',
    'slice',
    'read reactions',
    'read counts',
    'publish mood',
  ])
  expect(wayTo(spans, 'append reactions').slice(0, 2)).toEqual(['POST /v1/shows/{show}/reactions', 'slice'])
  const request = spans.find(({ name }) => name.startsWith('POST'))!
  expect(request.parentSpanId).toBe('00f067aa0ba902b7')
  expect(notedIn(request)).toMatchObject({
    'http.request.method': 'POST',
    'http.route': '/v1/shows/{show}/reactions',
  })
  const told = await fetch(`${roar.url}/metrics`, { headers: { accept: OPENMETRICS } })
  const exemplars = (await told.text())
    .split('\n')
    .filter((line) => line.includes(`# {trace_id="${TRACE}"} `))
  const measured = new Set(exemplars.map((line) => line.split('_bucket{', 1)[0]))
  expect(measured).toContain('roar_log_append_seconds')
  expect(measured).toContain('roar_deliver_mood_age_seconds')
  await roar.stop()
})

test('a trace shows a post from its request to the packet of the feed', async () => {
  await using collector = startCollector()
  const settings = ['--otlp-endpoint', collector.url, '--trace-sample', '0', '--auth-secret', SECRET]
  const roar = await startRoar(...settings)
  const post = await fetch(`${roar.url}/v1/shows/final/posts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokenOf('one')}`, traceparent: TRACEPARENT },
    body: '{"sticker":"six"}',
  })
  expect(post.status).toBe(202)
  const spans = await collector.trace(TRACE, (spans) => spans.some(({ name }) => name === 'publish feed'))
  const request = 'POST /v1/shows/{show}/posts'
  expect(wayTo(spans, 'append posts')).toEqual([request, 'append posts'])
  expect(wayTo(spans, 'publish feed')).toEqual([request, 'publish feed'])
  await roar.stop()
})

test('a trace shows a vote from its request to durable, to the tally, to the certificate', async () => {
  await using collector = startCollector()
  const roar = await startRoar(
    '--otlp-endpoint',
    collector.url,
    '--trace-sample',
    '0',
    '--auth-secret',
    SECRET,
  )
  const { create, act } = votingClient(roar.url)
  expect((await create('mvp')).status).toBe(201)
  await act('mvp', 'open')
  const vote = await fetch(`${roar.url}/v1/shows/final/polls/mvp/votes`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokenOf('one')}`,
      traceparent: TRACEPARENT,
      'x-request-id': 'mine-1',
    },
    body: '{"choice":"anna"}',
  })
  expect(vote.status).toBe(201)
  expect(vote.headers.get('x-request-id')).toBe('mine-1')
  await collector.trace(TRACE, (spans) => spans.some(({ name }) => name === 'read tallies'))
  await act('mvp', 'close')
  expect((await act('mvp', 'seal')).status).toBe(200)
  const spans = await collector.trace(TRACE, (spans) => spans.some(({ name }) => name === 'certify'))
  const request = 'POST /v1/shows/{show}/polls/{poll}/votes'
  expect(wayTo(spans, 'append ballots')).toEqual([request, 'append ballots'])
  expect(wayTo(spans, 'read tallies')).toEqual([request, 'read ballots', 'tally', 'read tallies'])
  expect(wayTo(spans, 'certify')).toEqual([request, 'certify'])
  expect(notedIn(spans.find(({ name }) => name === request)!)).toMatchObject({
    'http.request.method': 'POST',
    'http.route': '/v1/shows/{show}/polls/{poll}/votes',
    'http.response.status_code': 201,
    'http.request.header.x-request-id': 'mine-1',
  })
  await roar.stop()
})

test('what is no traceparent, or asks for no trace, begins none, and is never repeated', async () => {
  await using collector = startCollector()
  const roar = await startRoar('--otlp-endpoint', collector.url, '--trace-sample', '0')
  const hostile = [
    `00-${TRACE}-00f067aa0ba902b7-00`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-00f067aa0ba902b7-01`,
    `00-${TRACE}-00f067aa0ba902b7-01-more`,
    `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`,
    `${TRACEPARENT}, ${TRACEPARENT}`,
    '<script>alert(1)</script>',
    'x'.repeat(4000),
    '',
  ]
  for (const traceparent of hostile)
    for (const body of ['{"stickers":{"heart":1}}', CHUNKED.stream()]) {
      const answer = await fetch(`${roar.url}/v1/shows/final/reactions`, {
        method: 'POST',
        headers: { traceparent, tracestate: traceparent },
        body,
      })
      expect([traceparent, answer.status]).toEqual([traceparent, 202])
      expect([...answer.headers.keys()].filter((name) => name.startsWith('trace'))).toEqual([])
    }
  // One that is good comes last, and alone.
  await tap(roar.url, { traceparent: TRACEPARENT, tracestate: 'x'.repeat(4000) })
  await collector.trace(TRACE, (spans) => spans.some(({ name }) => name === 'publish mood'))
  await roar.stop()
  expect(collector.spans.filter(({ name }) => name.startsWith('POST'))).toHaveLength(1)
})

test('taps of one slice are one piece of work, linked to so many of them at most', async () => {
  await using collector = startCollector()
  const roar = await startRoar(
    '--otlp-endpoint',
    collector.url,
    '--trace-sample',
    '1',
    '--slice-ms',
    '5000',
    '--window-ms',
    '5000',
  )
  for (let i = 0; i < 50; i++) await tap(roar.url)
  // The drain sends the slice, whatever is left of its time.
  await roar.stop()
  const [slice, ...others] = collector.spans.filter(({ name }) => name === 'slice')
  expect(slice!.links!.length + others.reduce((sum, { links }) => sum + links!.length, 0)).toBeGreaterThan(0)
  for (const { links } of [slice!, ...others]) expect(links!.length).toBeLessThanOrEqual(31)
  expect(collector.spans.filter(({ name }) => name.startsWith('POST'))).toHaveLength(50)
})

test.each(['hang', 'refuse', 'lie'] as const)(
  'a collector that answers as %s costs spans, and no tap, no vote and no drain',
  async (manner) => {
    await using collector = startCollector(manner)
    const roar = await startRoar('--otlp-endpoint', collector.url, '--trace-sample', '1')
    for (let i = 0; i < 20; i++) expect((await tap(roar.url)).status).toBe(202)
    await collector.heard()
    expect((await tap(roar.url)).status).toBe(202)
    expect(await roar.drain()).toBe(true)
  },
)

test('one that is not there costs spans alone, and it is counted', async () => {
  const roar = await startRoar('--otlp-endpoint', 'http://127.0.0.1:9', '--trace-sample', '1')
  expect((await tap(roar.url)).status).toBe(202)
  const metrics = await (await fetch(`${roar.url}/metrics`)).text()
  expect(metrics).toContain('roar_tracing_spans_total{outcome="dropped"} 0')
  expect(metrics).toContain('roar_tracing_limited_total 0')
  await roar.stop()
})

test('without a collector nothing of OpenTelemetry is loaded, and there are no metrics of it', async () => {
  const script = `
    await import('./cli/roles/roles.ts')
    const { openTracing } = await import('./cli/tracing.ts')
    const config = { 'otlp-endpoint': '', 'trace-sample': 1 }
    await openTracing(config, { role: 'up', env: { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' } })
    console.log(Object.keys(require.cache).join('\\n'))`
  const { stdout } = Bun.spawnSync([process.execPath, '-e', script], { cwd: `${import.meta.dir}/../..` })
  expect(stdout.toString()).toContain('cli/roles/up.ts')
  expect(stdout.toString()).not.toContain('@opentelemetry')
})
