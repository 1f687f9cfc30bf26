import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../embedded.ts'
import { needs } from '../needs.ts'
import { SECRET, tokenOf, votingClient } from '../polls/voting.ts'
import { ROAR, spawnRoarBy } from '../roar-process.ts'
import { until } from '../until.ts'

const folder = temporaryFolder()
const gate = join(folder.path, 'gate')
const library = join(folder.path, 'held-disk.so')
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
  }, 120_000)

  /** From now on syncs of the log block; resolves once one does. Returns the function that releases them. */
  async function held(): Promise<() => void> {
    await until(() => existsSync(`${gate}.waiting`))
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
    writeFileSync(gate, '')
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
  }, 120_000)

  test('where it does not for long votes are refused and it says so, and nothing is sealed that may still be written', async () => {
    const { url } = roar!
    const client = votingClient(url)
    // So that the ballot waits, and not the count of those before.
    await client.counted('mvp', 2)
    writeFileSync(gate, '')
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
  }, 120_000)
})
