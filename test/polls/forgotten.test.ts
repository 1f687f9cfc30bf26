import { expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
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
}, 120_000)
