import { afterAll, expect, test } from 'bun:test'
import { connect } from '../sdk/src/index.ts'
import { startRoar } from '../test/embedded.ts'
import { refusalOf, watchingNow } from './guard.ts'

const roar = await startRoar()
afterAll(() => roar.stop())

test('how many watch a show is what its edges say', async () => {
  expect(await watchingNow({ url: roar.url, show: 'final' })).toBe(0)
  const viewer = connect({ url: roar.url, show: 'final', topics: ['viewers'] })
  await new Promise<void>((counted) => viewer.on('viewers', ({ viewers }) => viewers > 0 && counted()))
  expect(await watchingNow({ url: roar.url, show: 'final' })).toBeGreaterThan(0)
  viewer.close()
})

test('a show that others watch elsewhere is not tapped into; a rehearsal, or one on this machine, is', async () => {
  const elsewhere = 'https://roar.example'
  const watched = async () => 12_431
  expect(await refusalOf(elsewhere, { show: 'final' }, watched)).toStartWith(
    '"final" at https://roar.example has 12,431 viewers',
  )
  expect(await refusalOf(elsewhere, { show: 'final' }, async () => 0)).toBeUndefined()
  expect(await refusalOf(elsewhere, { show: 'final', rehearsal: true }, watched)).toBeUndefined()
  for (const here of ['http://localhost:7766', 'http://127.0.0.1', 'http://[::1]:1'])
    expect(await refusalOf(here, { show: 'final' }, watched)).toBeUndefined()
})
