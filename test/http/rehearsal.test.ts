import { afterAll, beforeAll, expect, test } from 'bun:test'
import { wipeShow } from '../../engine/shows/wipe.ts'
import { control } from '../../protocol/records/control.ts'
import type { Rehearsal } from '../../services/studio/rehearsals.ts'
import { startRoar, type TestRoar } from '../embedded.ts'
import { ownerOf } from '../people/studio-client.ts'
import { until } from '../until.ts'

let roar: TestRoar
let owner: Awaited<ReturnType<typeof ownerOf>>
beforeAll(async () => {
  roar = await startRoar('--window-ms', '50')
  owner = await ownerOf(roar)
})
afterAll(() => roar.stop())

const make = (show: string) => owner.send('POST', '/shows', { show, title: show, rehearsal: true })
const rehearsal = async (show: string) =>
  ((await owner.send('GET', `/shows/${show}/rehearsal`)).body as unknown as { newest: Rehearsal }).newest
const untilOver = (show: string): Promise<Rehearsal> =>
  until(
    () => rehearsal(show),
    ({ state }) => state !== 'running',
  )
const total = async (show: string) =>
  ((await (await fetch(`${roar.url}/v1/shows/${show}/mood`)).json()) as { total?: number }).total

test('a producer has a rehearsal played by a press, sees how it goes, and plays another show again', async () => {
  await make('night')
  expect((await owner.send('GET', '/shows/night/rehearsal')).body).toEqual({} as never)
  expect((await owner.send('POST', '/shows/night/rehearsal/stop')).body).toMatchObject({ code: 'not_found' })
  const begun = await owner.send('POST', '/shows/night/rehearsal', { speed: 20 })
  expect(begun).toMatchObject({ status: 200, body: { state: 'running', speed: 20, lengthMs: 1500 } })
  expect((await owner.send('POST', '/shows/night/rehearsal', {})).body).toMatchObject({ code: 'wrong_state' })
  const over = await untilOver('night')
  expect(over).toMatchObject({
    ...{ state: 'done', faults: [], elapsedMs: 1500 },
    taps: { sent: 1500, accepted: 1500, counted: 1500 },
    votes: { sent: 100, accepted: 100, counted: 100 },
    posts: { sent: 13, accepted: 13 },
  })
  expect(await total('night')).toBe(1500)
  const trail = (await owner.send('GET', '/shows/night/audit')).body as unknown as { action: string }[]
  expect(trail.map(({ action }) => action)).toEqual(['close', 'open', 'create', 'start-show', 'create-show'])

  await make('again')
  await owner.send('POST', '/shows/again/rehearsal', { from: 'night', speed: 20 })
  const played = await untilOver('again')
  expect(played).toMatchObject({ title: 'night', state: 'done', faults: [] })
  expect([played.taps.counted, played.votes.counted]).toEqual([1500, 100])
})

test('a rehearsal stops when it is told to, and a wipe stops it first', async () => {
  await make('stopped')
  await owner.send('POST', '/shows/stopped/rehearsal', {})
  await until(
    () => rehearsal('stopped'),
    ({ taps }) => taps.counted > 0,
  )
  const { body } = await owner.send('POST', '/shows/stopped/rehearsal/stop')
  const stopped = body as unknown as Rehearsal
  expect(stopped).toMatchObject({ state: 'stopped', faults: [] })
  expect(stopped.taps.counted).toBe(stopped.taps.accepted)
  expect(stopped.elapsedMs).toBeLessThan(stopped.lengthMs)
  await owner.send('POST', '/shows/stopped/rehearsal', {})
  expect((await owner.send('POST', '/shows/stopped/wipe')).body).toMatchObject({ run: 2 })
  expect((await rehearsal('stopped')).state).toBe('stopped')
  // What was wiped does not count any more.
  await until(async () => (await total('stopped')) === 0)
})

test('what is played stops where another studio wipes the show', async () => {
  await make('elsewhere')
  const { store, log } = roar.things
  /** As the studio of another process does it: nothing in this process is told. */
  async function wipe() {
    const show = (await store!.show('elsewhere'))!
    const wiped = wipeShow(show, Date.now())
    await store!.saveShow(wiped, { replaces: show.version })
    await log!.append('control', [control.encode(wiped)])
  }
  await owner.send('POST', '/shows/elsewhere/rehearsal', {})
  await until(
    () => rehearsal('elsewhere'),
    ({ taps }) => taps.counted > 0,
  )
  await wipe()
  const stopped = await untilOver('elsewhere')
  const notes = ['The show was wiped while it was played.']
  expect(stopped).toMatchObject({ state: 'stopped', faults: [], notes })
  expect(stopped.elapsedMs).toBeLessThan(stopped.lengthMs)
})

test('after a wipe it is played again although a producer has reworded the draft: the wiped poll’s id is given no second time', async () => {
  await make('reworded')
  await owner.send('POST', '/shows/reworded/rehearsal', { speed: 20 })
  await untilOver('reworded')
  await owner.send('POST', '/shows/reworded/wipe')
  const question = 'Who was the best?'
  expect(await owner.send('PATCH', '/shows/reworded/polls/mvp-r2', { question })).toMatchObject({
    status: 200,
  })
  await owner.send('POST', '/shows/reworded/rehearsal', { speed: 20 })
  expect(await untilOver('reworded')).toMatchObject({ state: 'done', faults: [], votes: { counted: 100 } })
  const polls = (await owner.send('GET', '/shows/reworded/polls')).body as unknown as { poll: string }[]
  expect(polls.map(({ poll }) => poll)).toEqual(['mvp-r2', 'mvp-2'])
})

test('nothing is played into a show that is no rehearsal, nor of one that is not there', async () => {
  expect((await owner.send('POST', '/shows/final/rehearsal', {})).body.code).toBe('not_rehearsal')
  await make('other')
  const body = { from: 'nothing' }
  expect((await owner.send('POST', '/shows/other/rehearsal', body)).body.code).toBe('unknown_show')
  expect((await owner.send('POST', '/shows/other/rehearsal', { speed: 21 })).body.code).toBe('bad_request')
  await owner.send('POST', '/shows/other/end')
  expect((await owner.send('POST', '/shows/other/rehearsal', {})).body.code).toBe('wrong_state')
})
