import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MoodPacket } from '../../protocol/packets.ts'
import { temporaryFolder } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { PRODUCER, SECRET, tokenOf, votingClient } from '../polls/voting.ts'
import { ROAR, spawnRoarBy } from '../roar-process.ts'
import { until } from '../until.ts'

const folder = temporaryFolder()
const gate = join(folder.path, 'gate')
const library = join(folder.path, 'held-disk.so')
type Client = ReturnType<typeof votingClient>
let roar: Awaited<ReturnType<typeof spawnRoarBy>> | undefined
afterAll(async () => {
  roar?.process.kill('SIGKILL')
  await roar?.process.exited
  folder.remove()
})

const canHold = process.platform === 'linux' && needs('gcc')

describe.skipIf(!canHold)('a disk that does not answer', () => {
  beforeAll(async () => {
    const source = join(import.meta.dir, 'held-disk.c')
    await Bun.$`gcc -shared -fPIC -o ${library} ${source} -ldl`
    const held = ['env', `LD_PRELOAD=${library}`, `SYNC_GATE=${gate}`, ROAR, 'up']
    roar = await spawnRoarBy(held, '--data', join(folder.path, 'data'), '--auth-secret', SECRET)
    // At its start nobody waits.
    rmSync(`${gate}.first`, { force: true })
  }, HANG_MS)

  /** From now on syncs of a file block, or of all files. */
  const hold = (file: string) => {
    rmSync(`${gate}.waiting`, { force: true })
    writeFileSync(gate, file)
  }

  /** Resolves once one does. Returns the function that releases them. */
  async function held(file = 'log.db-wal'): Promise<() => void> {
    const waiting = () => (existsSync(`${gate}.waiting`) ? readFileSync(`${gate}.waiting`, 'utf8') : '')
    await until(waiting, (files) => files.includes(`/${file}\n`))
    rmSync(`${gate}.waiting`)
    return () => rmSync(gate)
  }

  test('while a ballot is on its way to it a tap is answered and its packet goes out; then there is a receipt', async () => {
    const { url } = roar!
    const client = votingClient(url)
    await client.create('mvp')
    await client.act('mvp', 'open')
    const events = (await fetch(`${url}/v1/shows/final/events`)).body!
    let receipts = 0
    const vote = async (viewer: string) => {
      const { status } = await client.vote('mvp', tokenOf(viewer), { choice: 'anna' })
      receipts++
      return status
    }
    expect(await vote('ann')).toBe(201)
    hold('log.db-wal')
    const voting = vote('ben')
    const letGo = await held()
    const tap = { method: 'POST', body: '{"stickers":{"heart":7}}' }
    expect((await fetch(`${url}/v1/shows/final/reactions`, tap)).status).toBe(202)
    let said = ''
    for await (const chunk of events) {
      said += new TextDecoder().decode(chunk)
      if (said.includes('"total":7')) break
    }
    expect(receipts).toBe(1)
    letGo()
    expect(await voting).toBe(201)
  })

  test('where it does not for long votes are refused and it says so, and nothing is sealed that may still be written', async () => {
    const { url } = roar!
    const client = votingClient(url)
    // So that the ballot waits, and not the count of those before.
    await client.counted('mvp', 2)
    hold('log.db-wal')
    const voting = client.vote('mvp', tokenOf('cid'), { choice: 'anna' })
    const letGo = await held()
    const { status, problem } = await voting
    expect([status, problem.code]).toEqual([503, 'log_unavailable'])
    expect((await fetch(`${url}/readyz/votes`)).status).toBe(503)
    expect((await fetch(`${url}/readyz/taps`)).status).toBe(200)
    await client.act('mvp', 'close')
    expect((await client.act('mvp', 'seal')).status).toBe(503)
    letGo()
    await until(async () => (await fetch(`${url}/readyz/votes`)).ok)
    expect((await client.act('mvp', 'seal')).status).toBe(200)
    // The refused one may have been written all the same.
    using log = new Database(join(folder.path, 'data/log.db'), { readonly: true })
    const { written } = log.query('SELECT COUNT(*) AS written FROM log_ballots').get() as { written: number }
    expect((await client.poll('mvp')).counts).toEqual({ anna: written, ben: 0, cleo: 0 })
  })

  const isRead = async (path: string) => (await fetch(`${roar!.url}/v1/shows/final/${path}`)).status
  const tap = async () => {
    const burst = { method: 'POST', body: '{"stickers":{"heart":1}}' }
    return (await fetch(`${roar!.url}/v1/shows/final/reactions`, burst)).status
  }

  test.each([
    ['roar.db-wal', 'a poll is made', 'one', (client: Client) => client.create('next')],
    [
      'roar.db-wal',
      'a show changes',
      'two',
      ({ request }: Client) => request('PATCH', '/v1/studio/shows/final', PRODUCER, { title: 'The final' }),
    ],
    ['roar.db', "a poll's voters are forgotten", 'three', (client: Client) => client.act('mvp', 'forget')],
  ])(
    'while %s is not on it, because %s, all others are answered; then that is',
    async (file, _, poll, change) => {
      const client = votingClient(roar!.url)
      await client.create(poll)
      await client.act(poll, 'open')
      expect((await client.vote(poll, tokenOf('ann'), { choice: 'anna' })).status).toBe(201)
      let isAnswered = false
      hold(file)
      const changing = change(client).finally(() => (isAnswered = true))
      const letGo = await held(file)
      expect(await tap()).toBe(202)
      expect((await client.vote(poll, tokenOf('ben'), { choice: 'ben' })).status).toBe(201)
      // From the same file.
      expect(await isRead('polls/mvp/certificate')).toBe(200)
      expect(await isRead('timeline?from=0&to=1000&stepMs=1000')).toBe(200)
      expect(isAnswered).toBe(false)
      letGo()
      expect((await changing).status).toBeOneOf([200, 201])
    },
  )

  test('while nothing is on it, for long, taps are answered and all else says so; then each tap is in the total', async () => {
    const { url } = roar!
    const client = votingClient(url)
    const total = async () => ((await (await fetch(`${url}/v1/shows/final/mood`)).json()) as MoodPacket).total
    const before = await until(total, (taps) => taps === 10)
    hold('*')
    const changing = client.create('last')
    const voting = client.vote('one', tokenOf('cid'), { choice: 'anna' })
    const letGo = await held()
    expect(await tap()).toBe(202)
    expect(await isRead('polls/mvp/certificate')).toBe(200)
    const refusals = [(await changing).status, (await voting).status]
    expect(refusals).toEqual([503, 503])
    await until(async () => (await fetch(`${url}/readyz`)).status === 503)
    expect((await fetch(`${url}/readyz/taps`)).status).toBe(200)
    expect(await tap()).toBe(202)
    letGo()
    await until(total, (taps) => taps === before + 2)
    await until(async () => (await fetch(`${url}/readyz`)).ok)
  })

  test('while it refuses what is to be on it, a change is refused and the studio is not ready, and packets go on', async () => {
    const { url } = roar!
    const client = votingClient(url)
    const total = async () => ((await (await fetch(`${url}/v1/shows/final/mood`)).json()) as MoodPacket).total
    const isReady = async (purpose: string) => (await fetch(`${url}/readyz/${purpose}`)).ok
    await until(() => isReady('studio'))
    const before = await total()
    writeFileSync(`${gate}.broken`, 'roar.db-wal')
    expect((await client.create('refused')).status).toBe(503)
    await until(async () => !(await isReady('studio')))
    expect(await tap()).toBe(202)
    await until(total, (taps) => taps === before + 1)
    expect(await isReady('packets')).toBe(true)
    rmSync(`${gate}.broken`)
    await until(() => isReady('studio'))
    expect((await client.create('refused')).status).toBe(201)
  })

  test('the thread that answers has waited for none of it, up to its end', async () => {
    roar!.process.kill('SIGTERM')
    expect(await roar!.process.exited).toBe(0)
    expect(existsSync(`${gate}.first`)).toBe(false)
  })
})
