import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { startRoar } from '../embedded.ts'
import { SECRET, tokenOf, votingClient } from '../polls/voting.ts'
import { until } from '../until.ts'

test('while the store cannot be written a server is ready for taps and not for producers, before one of them asks', async () => {
  const roar = await startRoar()
  const isReady = async (path: string) => (await fetch(`${roar.url}${path}`)).status === 200
  try {
    while (!(await isReady('/readyz/studio'))) await Bun.sleep(20)
    const blocker = new Database(join(roar.data, 'roar.db'))
    // The server may be writing.
    await until(() => {
      try {
        blocker.run('BEGIN IMMEDIATE')
        return true
      } catch {
        return false
      }
    })
    while (await isReady('/readyz/studio')) await Bun.sleep(20)
    expect(await (await fetch(`${roar.url}/readyz/studio`)).text()).toContain('studio is waiting: the store')
    expect(await isReady('/readyz/taps')).toBe(true)
    blocker.run('ROLLBACK')
    blocker.close()
    while (!(await isReady('/readyz/studio'))) await Bun.sleep(20)
  } finally {
    await roar.stop()
  }
})

test('while ballots cannot be written a server is ready for taps and not for votes, then for both', async () => {
  const roar = await startRoar('--auth-secret', SECRET)
  const isReady = async (path: string) => (await fetch(`${roar.url}${path}`)).status === 200
  const client = votingClient(roar.url)
  try {
    await client.create('mvp', {})
    await client.act('mvp', 'open')
    // Another process that holds the file's write lock looks to a commit like a full or broken disk.
    const blocker = new Database(join(roar.data, 'log.db'))
    blocker.run('BEGIN IMMEDIATE')
    expect((await client.vote('mvp', tokenOf('ann'), { choice: 'anna' })).status).toBe(503)
    expect(await isReady('/readyz/taps')).toBe(true)
    expect(await isReady('/readyz/votes')).toBe(false)
    expect(await isReady('/readyz')).toBe(false)
    blocker.run('ROLLBACK')
    blocker.close()
    while (!(await isReady('/readyz/votes'))) await Bun.sleep(20)
    expect((await client.vote('mvp', tokenOf('ann'), { choice: 'anna' })).status).toBe(201)
    expect(await isReady('/readyz')).toBe(true)
  } finally {
    await roar.stop()
  }
})
