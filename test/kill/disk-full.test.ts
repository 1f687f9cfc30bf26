import { afterAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Problem } from '../../protocol/errors.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'
import { ROAR, saidIn, urlOf } from '../roar-process.ts'
import { smallDisk } from '../small-disk.ts'
import { until } from '../until.ts'

/** How long the disk is full. `DISK_FULL_MS=30000` is the long run. */
const DISK_FULL_MS = Number(process.env.DISK_FULL_MS ?? 1500)
const DISK_BYTES = 24 * 2 ** 20

const disk = smallDisk(DISK_BYTES)
let server: Bun.Subprocess | undefined
afterAll(async () => {
  server?.kill('SIGKILL')
  await server?.exited
  disk?.remove()
})

function started() {
  const flags = [
    '--port',
    '0',
    '--data',
    join(disk!.path, 'data'),
    '--auth-secret',
    SECRET,
    '--log-level',
    'warn',
  ]
  const roar = Bun.spawn([ROAR, 'up', ...flags], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  server = roar
  return roar
}

describe.skipIf(disk === undefined)('a disk that is full', () => {
  test('refuses votes and loses no tap, says so in a handful of lines, and is right again with room', async () => {
    const roar = started()
    const url = await urlOf(roar.stdout)
    const logged = new Response(roar.stderr).text()
    const producer = { authorization: `Bearer ${tokenOf('boss', { role: 'producer' })}` }
    const choices = ['anna', 'ben'].map((choice) => ({ choice, title: choice }))
    const calls = `${url}/v1/studio/shows/final/polls`
    const body = JSON.stringify({ poll: 'mvp', question: 'Who?', choices })
    expect((await fetch(calls, { method: 'POST', headers: producer, body })).status).toBe(201)
    expect((await fetch(`${calls}/mvp/open`, { method: 'POST', headers: producer })).status).toBe(200)

    let accepted = 0
    let stopped = false
    let voter = 0
    const tapping = (async () => {
      while (!stopped) {
        const tap = { method: 'POST', body: '{"stickers":{"heart":7}}' }
        expect((await fetch(`${url}/v1/shows/final/reactions`, tap)).status).toBe(202)
        accepted += 7
        await Bun.sleep(5)
      }
    })()
    const vote = async (name: number) => {
      const headers = { authorization: `Bearer ${tokenOf(`voter-${name}`)}` }
      const ballot = { method: 'POST', headers, body: '{"choice":"anna"}' }
      return (await fetch(`${url}/v1/shows/final/polls/mvp/votes`, ballot)).status
    }
    const total = async () => ((await (await fetch(`${url}/v1/shows/final/mood`)).json()) as MoodPacket).total
    const ready = async (purpose: string) => (await fetch(`${url}/readyz/${purpose}`)).status
    expect(await vote(voter++)).toBe(201)

    disk!.fill()
    while ((await vote(voter)) === 201) {
      voter++
      disk!.fill()
    }
    expect(await ready('votes')).toBe(503)
    expect(await ready('taps')).toBe(200)
    const create = (name: string) => {
      const body = JSON.stringify({ poll: name, question: 'Which?', choices })
      return fetch(calls, { method: 'POST', headers: producer, body })
    }
    // The store's file may have some free space inside.
    let polls = 0
    let noRoom = await create('more-0')
    while (noRoom.status === 201) {
      disk!.fill()
      noRoom = await create(`more-${++polls}`)
    }
    expect([noRoom.status, ((await noRoom.json()) as Problem).code]).toEqual([503, 'store_unavailable'])
    const untilMs = Date.now() + DISK_FULL_MS
    let refused = 0
    while (Date.now() < untilMs) {
      expect(await vote(voter)).toBe(503)
      refused++
      await Bun.sleep(50)
    }
    disk!.empty()
    while ((await ready('votes')) !== 200) await Bun.sleep(50)
    expect((await create(`more-${polls}`)).status).toBe(201)
    // The same voter as before: counted once.
    expect(await vote(voter)).toBe(201)
    stopped = true
    await tapping
    while ((await total()) < accepted) await Bun.sleep(50)
    expect(await total()).toBe(accepted)
    roar.kill('SIGTERM')
    expect(await roar.exited).toBe(0)
    const lines = (await logged).split('\n').filter(Boolean)
    expect(refused).toBeGreaterThan(10)
    expect(lines.length).toBeLessThan(20)
  })

  test('is waited for by a start, which goes on once there is room', async () => {
    disk!.fill()
    const roar = started()
    const waits = await saidIn(roar.stderr, /"msg":"(\S+ is waiting: [^"]*)"/)
    expect(waits).toContain('database or disk is full')
    disk!.empty()
    const url = await urlOf(roar.stdout)
    await until(async () => (await fetch(`${url}/readyz`)).ok)
    roar.kill('SIGTERM')
    expect(await roar.exited).toBe(0)
  })
})
