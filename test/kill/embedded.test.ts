import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import type { MoodPacket } from '../../protocol/packets.ts'
import { temporaryFolder } from '../embedded.ts'
import { ROAR, spawnRoar } from '../roar-process.ts'
import { until } from '../until.ts'

const CALLERS = 8
let data: ReturnType<typeof temporaryFolder>
beforeAll(() => {
  data = temporaryFolder()
})
afterAll(() => data.remove())

const moodOf = async (url: string) => (await (await fetch(`${url}/v1/shows/final/mood`)).json()) as MoodPacket

/** Taps from several callers at once until the server is gone, and counts the accepted ones. */
function tapUntilGone(url: string): { accepted: () => number; gone: Promise<unknown> } {
  let accepted = 0
  const tap = async () => {
    for (;;) {
      try {
        const response = await fetch(`${url}/v1/shows/final/reactions`, {
          method: 'POST',
          body: '{"stickers":{"heart":3,"six":1},"segment":"home"}',
        })
        if (response.status === 202) accepted += 4
        else if (response.status !== 503) throw new Error(`an answer nobody expects: ${response.status}`)
        else return
      } catch (cause) {
        // The server is gone: a refused or cut connection is expected.
        if ((cause as { code?: string }).code === undefined) throw cause
        return
      }
    }
  }
  return { accepted: () => accepted, gone: Promise.all(Array.from({ length: CALLERS }, tap)) }
}

/** Resolves with the newest packet once that many reactions are counted. */
const untilCounted = (url: string, expected: number): Promise<MoodPacket> =>
  until(
    () => moodOf(url),
    ({ total }) => total >= expected,
  )

test('SIGTERM in the middle of taps loses nothing accepted', async () => {
  const first = await spawnRoar('--data', data.path)
  const before = (await moodOf(first.url)).total
  const taps = tapUntilGone(first.url)
  await untilCounted(first.url, before + 2000)
  first.process.kill('SIGTERM')
  expect(await first.process.exited).toBe(0)
  await taps.gone
  const second = await spawnRoar('--data', data.path)
  expect((await moodOf(second.url)).total).toBe(before + taps.accepted())
  second.process.kill('SIGTERM')
  await second.process.exited
})

test('a second SIGTERM stops at once what the first one waits for', async () => {
  const { process, url } = await spawnRoar('--data', data.path, '--fast-lane', 'off')
  const { hostname, port } = new URL(url)
  // The server waits for a body that has begun; a fast lane would buffer it until it is complete.
  const waiting = connect(Number(port), hostname)
  waiting.on('error', () => {})
  await new Promise<void>((resolve) => waiting.once('connect', resolve))
  waiting.write('POST /v1/shows/final/reactions HTTP/1.1\r\nHost: x\r\nContent-Length: 24\r\n\r\n{')
  const answer = () => fetch(`${url}/healthz`).then(({ status }) => status, String)
  // By the second answer the server has read what came before the first.
  expect([await answer(), await answer()]).toEqual([200, 200])
  process.kill('SIGTERM')
  await until(answer, (status) => status !== 200)
  process.kill('SIGTERM')
  expect(await process.exited).toBe(1)
  waiting.destroy()
})

test('kill -9 loses only what no packet had told yet, and counting goes on from there', async () => {
  for (let round = 0; round < 3; round++) {
    const first = await spawnRoar('--data', data.path)
    const before = (await moodOf(first.url)).total
    const taps = tapUntilGone(first.url)
    const seen = await untilCounted(first.url, before + 1000 * (round + 1))
    first.process.kill('SIGKILL')
    await first.process.exited
    await taps.gone
    const second = await spawnRoar('--data', data.path)
    const after = await moodOf(second.url)
    expect(after.total).toBeGreaterThanOrEqual(seen.total)
    // An answer can be lost, so more may be counted than the callers know: at most one burst each.
    expect(after.total).toBeLessThanOrEqual(before + taps.accepted() + 4 * CALLERS)
    expect(after.at).toBeGreaterThanOrEqual(seen.at)
    const more = await fetch(`${second.url}/v1/shows/final/reactions`, {
      method: 'POST',
      body: '{"stickers":{"wow":5}}',
    })
    expect(more.status).toBe(202)
    expect((await untilCounted(second.url, after.total + 5)).total).toBe(after.total + 5)
    second.process.kill('SIGTERM')
    expect(await second.process.exited).toBe(0)
  }
})

test('a second process is kept out of the same folder with a plain sentence', async () => {
  const first = await spawnRoar('--data', data.path)
  const second = Bun.spawn([ROAR, 'up', '--port', '0', '--data', data.path], {
    stdout: 'ignore',
    stderr: 'pipe',
  })
  expect(await second.exited).toBe(2)
  expect(await new Response(second.stderr).text()).toContain('is in use by another process')
  first.process.kill('SIGTERM')
  await first.process.exited
})
