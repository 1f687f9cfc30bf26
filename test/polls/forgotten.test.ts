import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../until.ts'
import { startVoting, tokenOf } from './voting.ts'

test('the voters of a forgotten poll take no memory, now or after any start; those of others are known', async () => {
  let roar = await startVoting()
  for (const poll of ['mvp', 'side']) {
    await roar.create(poll)
    await roar.act(poll, 'open')
  }
  const cast = (i: number, poll: string) => roar.vote(poll, tokenOf(`v${i}`), { choice: 'anna' })
  await Promise.all(Array.from({ length: 30 }, (_, i) => cast(i, 'mvp')))
  await Promise.all(Array.from({ length: 5 }, (_, i) => cast(i, 'side')))
  const known = () => roar.things.votes!.box.voters
  for (const action of ['close', 'seal']) await roar.act('mvp', action)
  expect(known()).toBe(35)
  expect((await roar.act('mvp', 'forget')).status).toBe(200)
  expect(known()).toBe(5)
  for (const fromLog of [false, true]) {
    await roar.stop()
    if (fromLog) rmSync(join(roar.data.path, 'voters'))
    roar = await startVoting({ data: roar.data })
    expect([fromLog, known()]).toEqual([fromLog, 5])
    expect((await cast(1, 'side')).status).toBe(200)
  }
  await roar.stop()
  roar.data.remove()
})

test('a process that was killed between the word that voters are forgotten and the deed: the next one does it, and only then are the ballots published', async () => {
  let roar = await startVoting()
  await roar.create('mvp')
  await roar.act('mvp', 'open')
  expect((await roar.vote('mvp', tokenOf('ann'), { choice: 'anna' })).status).toBe(201)
  const file = join(roar.data.path, 'roar.db')
  const inStore = <Result>(work: (store: Database) => Result): Result => {
    const store = new Database(file)
    const result = work(store)
    store.close()
    return result
  }
  const keys = (store: Database) => store.query('SELECT * FROM voter_keys').all() as Record<string, string>[]
  for (const action of ['close', 'seal']) await roar.act('mvp', action)
  const [key] = inStore(keys)
  expect((await roar.act('mvp', 'forget')).status).toBe(200)
  await roar.stop()
  // What the store has where nobody came to delete it.
  inStore((store) =>
    store.run('INSERT INTO voter_keys (show_id, poll_id, voter_key) VALUES (?, ?, ?)', [
      ...[key!.show_id!, key!.poll_id!, key!.voter_key!],
    ]),
  )
  roar = await startVoting({ data: roar.data })
  await until(async () => (await roar.request('GET', '/v1/shows/final/polls/mvp/ballots')).status === 200)
  expect(inStore(keys)).toEqual([])
  await roar.stop()
  expect(readFileSync(file).includes(key!.voter_key!)).toBe(false)
  roar.data.remove()
})
