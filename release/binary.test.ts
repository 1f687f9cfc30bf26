import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { pageFiles } from '../cli/page-files.ts'
import type { MoodPacket } from '../protocol/packets.ts'
import { temporaryFolder } from '../test/embedded.ts'
import { buildBinary } from './binary.ts'

const folder = temporaryFolder()
const roar = join(folder.path, 'roar')
beforeAll(() => buildBinary({ outfile: roar, commit: 'a1b2c3d' }), 120_000)
afterAll(() => folder.remove())

const run = (...argv: string[]) =>
  Bun.spawnSync([roar, ...argv], { cwd: folder.path, env: {}, stdout: 'pipe', stderr: 'pipe' })

test('the same tree gives the same files of the pages, name by name', async () => {
  const [one, two] = [await pageFiles(), await pageFiles()]
  expect(Object.keys(one).sort()).toEqual(Object.keys(two).sort())
  for (const [path, { bytes }] of Object.entries(one)) expect(bytes).toEqual(two[path]!.bytes)
})

test('one file says its version and needs nothing beside it', () => {
  expect(run('version').stdout.toString()).toContain('a1b2c3d')
  // The client of Kafka brings a file of its own: it gets as far as the network.
  const topics = run('topics', '--log', 'kafka://127.0.0.1:1', '--check')
  expect([topics.stdout, topics.stderr].join('')).toContain('connect ECONNREFUSED 127.0.0.1:1')
}, 60_000)

test('it serves the page, counts a tap and stops clean', async () => {
  const server = Bun.spawn([roar, 'up', '--port', '0', '--data', join(folder.path, 'data')], {
    cwd: folder.path,
    env: {},
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  let url: string | undefined
  for await (const chunk of server.stdout) {
    said += new TextDecoder().decode(chunk)
    url = /http:\/\/\S+/.exec(said)?.[0]
    if (url !== undefined) break
  }
  const page = await (await fetch(url!)).text()
  const script = /src="([^"]+\.js)"/.exec(page)![1]!
  expect((await fetch(new URL(script, url))).status).toBe(200)
  const tap = { method: 'POST', body: '{"stickers":{"heart":3}}' }
  expect((await fetch(`${url}/v1/shows/final/reactions`, tap)).status).toBe(202)
  const mood = async () => (await (await fetch(`${url}/v1/shows/final/mood`)).json()) as MoodPacket
  while ((await mood()).total < 3);
  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
}, 60_000)
