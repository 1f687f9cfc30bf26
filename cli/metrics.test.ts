import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connectAsync } from 'mqtt'
import { version } from '../package.json'
import { startRoar, type TestRoar } from '../test/embedded.ts'
import { needs } from '../test/needs.ts'

let roar: TestRoar
let before = ''
beforeAll(async () => {
  roar = await startRoar()
  before = await scrape()
})
afterAll(() => roar.stop())

const scrape = async () => (await fetch(`${roar.url}/metrics`)).text()
const value = (text: string, series: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  )

test('a process says of which version and commit it is', () => {
  expect(before).toMatch(
    new RegExp(`^roar_build_info{version="${version}",commit="([0-9a-f]{12}|unknown)"} 1$`, 'm'),
  )
})

test('counters and histograms are there before the first event', () => {
  for (const series of [
    'roar_http_problems_total{code="poll_closed"}',
    'roar_edge_skipped_total',
    'roar_deliver_mood_age_seconds_count',
    'roar_ingest_append_failures_total',
  ])
    expect({ series, value: value(before, series) }).toEqual({ series, value: 0 })
})

test('what has a limit is beside it', () => {
  const limits = Array.from(before.matchAll(/^(\w+)_max /gm), ([, name]) => name!)
  expect(limits.toSorted()).toEqual([
    'roar_edge_connections',
    'roar_room_memberships',
    'roar_rooms',
    'roar_votes_voters',
    'roar_votes_waiting',
  ])
  for (const name of limits) expect(before).toMatch(new RegExp(`^${name}[ {]`, 'm'))
})

test('nothing that only Node has is exported by this runtime', () => {
  expect(before).not.toMatch(/nodejs_(heap_space|active|gc|version)|process_heap/)
  expect(before).toContain('nodejs_eventloop_lag_seconds')
})

test('a tap is seen as its answer, as a broadcast, and as the age of its packet, a viewer as what their connection took', async () => {
  const viewer = await connectAsync(`${roar.url.replace('http', 'ws')}/mqtt`)
  await viewer.endAsync()
  expect(value(await scrape(), 'roar_edge_connect_seconds_count')).toBe(1)
  await fetch(`${roar.url}/v1/shows/final/reactions`, { method: 'POST', body: '{"stickers":{"heart":1}}' })
  while (value(await scrape(), 'roar_deliver_mood_age_seconds_count') === 0) await Bun.sleep(50)
  expect(value(await scrape(), 'roar_edge_broadcast_seconds_count')).toBeGreaterThan(0)
  const tap = 'roar_http_request_duration_seconds_count{method="POST",route="/v1/shows/{show}/reactions"}'
  expect(value(await scrape(), tap)).toBe(1)
})

test.skipIf(!needs('promtool'))('promtool finds nothing to complain of', async () => {
  const check = Bun.spawn(['promtool', 'check', 'metrics'], {
    stdin: new Blob([await scrape()]),
    stderr: 'pipe',
  })
  expect(await new Response(check.stderr).text()).toBe('')
  expect(await check.exited).toBe(0)
})
