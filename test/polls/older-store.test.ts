import { Database } from 'bun:sqlite'
import { afterAll, expect, test } from 'bun:test'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../adapters/clock/clock.ts'
import { startRoarIn, temporaryFolder } from '../embedded.ts'
import { SECRET, tokenOf } from './voting.ts'

const data = temporaryFolder()
afterAll(() => data.remove())
const start = () => startRoarIn(data.path, systemClock, '--auth-secret', SECRET)

const STORE = ['roar.db', 'roar.db-wal', 'roar.db-shm']
const MVP = JSON.stringify({
  poll: 'mvp',
  question: 'Who?',
  choices: ['anna', 'ben'].map((choice) => ({ choice, title: choice })),
})

async function decide(url: string, path: string, body = '{}'): Promise<void> {
  const headers = { authorization: `Bearer ${tokenOf('boss', { role: 'producer' })}` }
  const response = await fetch(`${url}/v1/studio/shows/final/polls${path}`, { method: 'POST', headers, body })
  expect(response.ok).toBe(true)
}

test('a store that is older than the log, or another, beside its ballots: no start, so no poll is open again or counts ballots of another', async () => {
  const first = await start()
  await decide(first.url, '', MVP)
  await decide(first.url, '/mvp/open')
  const response = await fetch(`${first.url}/v1/shows/final/polls/mvp/votes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokenOf('ann')}` },
    body: '{"choice":"anna"}',
  })
  expect(response.status).toBe(201)
  await first.drain()

  using backup = temporaryFolder()
  cpSync(join(data.path, 'roar.db'), join(backup.path, 'roar.db'))
  const second = await start()
  await decide(second.url, '/mvp/close')
  await decide(second.url, '/mvp/seal')
  await second.drain()
  cpSync(join(data.path, 'roar.db'), join(backup.path, 'sealed.db'))

  for (const file of STORE) rmSync(join(data.path, file), { force: true })
  await expect(start()).rejects.toThrow('the store has no poll final/mvp')
  // Nothing was written into it, nor told by it: it may be another installation's, or a mistake in a setting.
  const wrong = new Database(join(data.path, 'roar.db'), { readonly: true })
  expect(wrong.query('SELECT count(*) AS shows FROM shows').get()).toEqual({ shows: 0 })
  wrong.close()
  for (const file of STORE) rmSync(join(data.path, file), { force: true })
  cpSync(join(backup.path, 'roar.db'), join(data.path, 'roar.db'))
  await expect(start()).rejects.toThrow('it is an older copy or another file')

  for (const file of STORE) rmSync(join(data.path, file), { force: true })
  cpSync(join(backup.path, 'sealed.db'), join(data.path, 'roar.db'))
  await (await start()).drain()
})

test('who says that the store is the right one goes on with it, and a folder without ballots begins anew', async () => {
  for (const file of STORE) rmSync(join(data.path, file), { force: true })
  rmSync(join(data.path, 'polls-seen.json'))
  await (await start()).drain()
  using empty = temporaryFolder()
  const first = await startRoarIn(empty.path, systemClock, '--auth-secret', SECRET)
  await decide(first.url, '', MVP)
  await first.drain()
  for (const file of STORE) rmSync(join(empty.path, file), { force: true })
  await (await startRoarIn(empty.path, systemClock, '--auth-secret', SECRET)).drain()
})
