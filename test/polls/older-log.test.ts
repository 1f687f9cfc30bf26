import { expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../adapters/clock/clock.ts'
import { startRoarIn, temporaryFolder } from '../embedded.ts'
import { SECRET, tokenOf } from './voting.ts'

test('an empty log of ballots beside a store with an open poll: the start says so, and the poll takes no votes', async () => {
  using data = temporaryFolder()
  const flags = ['--auth-secret', SECRET]
  const first = await startRoarIn(data.path, systemClock, ...flags)
  const producer = { authorization: `Bearer ${tokenOf('boss', { role: 'producer' })}` }
  const calls = `${first.url}/v1/studio/shows/final/polls`
  const poll = {
    poll: 'mvp',
    question: 'Who?',
    choices: [
      { choice: 'anna', title: 'Anna' },
      { choice: 'ben', title: 'Ben' },
    ],
  }
  expect((await fetch(calls, { method: 'POST', headers: producer, body: JSON.stringify(poll) })).status).toBe(
    201,
  )
  expect((await fetch(`${calls}/mvp/open`, { method: 'POST', headers: producer })).status).toBe(200)
  expect(await vote(first.url, 'ann')).toBe(201)
  await first.drain()

  for (const file of ['log.db', 'log.db-wal', 'log.db-shm']) rmSync(join(data.path, file), { force: true })
  const second = await startRoarIn(data.path, systemClock, ...flags)
  const ready = await fetch(`${second.url}/readyz/votes`)
  expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('once ended at 1')])
  expect((await fetch(`${second.url}/readyz/taps`)).status).toBe(200)
  expect(await vote(second.url, 'ben')).toBe(503)
  await second.drain()
})

async function vote(url: string, viewer: string): Promise<number> {
  const headers = { authorization: `Bearer ${tokenOf(viewer)}` }
  const body = '{"choice":"anna"}'
  return (await fetch(`${url}/v1/shows/final/polls/mvp/votes`, { method: 'POST', headers, body })).status
}
