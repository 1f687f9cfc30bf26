import { afterAll, expect, test } from 'bun:test'
import { SignJWT } from 'jose'
import { systemClock } from '../../adapters/clock/clock.ts'
import { startRoarIn, type TestRoar, temporaryFolder } from '../embedded.ts'
import { until } from '../until.ts'

const SECRET = 'a-secret-of-at-least-thirty-two-characters'
const folder = temporaryFolder()
const start = () => startRoarIn(folder.path, systemClock, '--window-ms', '50', '--auth-secret', SECRET)
let roar: Omit<TestRoar, 'stop'> = await start()
afterAll(async () => {
  await roar.drain()
  folder.remove()
})

const signed = (claims: Record<string, unknown>, subject: string) =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET))
const PRODUCER = await signed({ role: 'producer' }, 'pat')
const viewer = await signed({ name: 'Ada' }, 'ada')

const QUESTION = {
  question: 'Who?',
  choices: [
    { choice: 'anna', title: 'Anna' },
    { choice: 'ben', title: 'Ben' },
  ],
}
type Json = Record<string, unknown>
async function ask(method: string, path: string, body?: unknown, token = PRODUCER) {
  const headers = { authorization: `Bearer ${token}` }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(roar.url + path, { method, headers, ...sent })
  return { status: response.status, body: (await response.json()) as Json & Json[] }
}
const studio = (method: string, path: string, body?: unknown) => ask(method, `/v1/studio/shows${path}`, body)
const total = async (show: string) => (await ask('GET', `/v1/shows/${show}/mood`)).body.total
const mood = async (show: string) =>
  (await studio('GET', `/${show}/mood?from=${Date.now() - 600_000}&stepMs=1000`)).body.steps
const feed = async (show: string) => (await ask('GET', `/v1/shows/${show}/feed`)).body.posts as Json[]

const rooms: string[] = []

/** An evening: taps, a post, a poll with one vote, which is sealed. */
async function evening(show: string, poll: string): Promise<void> {
  await studio('POST', `/${show}/start`)
  const before = Number((await total(show)) ?? 0)
  for (let i = 0; i < 3; i++)
    expect(await ask('POST', `/v1/shows/${show}/reactions`, { stickers: { heart: 4 } })).toMatchObject({
      status: 202,
    })
  const posted = await ask('POST', `/v1/shows/${show}/posts`, { sticker: 'six' }, viewer)
  expect(posted.status).toBe(202)
  if (!(await studio('GET', `/${show}/polls`)).body.some((each) => each.poll === poll))
    await studio('POST', `/${show}/polls`, { ...QUESTION, poll, visibility: 'live' })
  await studio('POST', `/${show}/polls/${poll}/open`)
  const vote = () => ask('POST', `/v1/shows/${show}/polls/${poll}/votes`, { choice: 'anna' }, viewer)
  expect(await vote()).toMatchObject({ status: 201 })
  await until(async () => (await ask('GET', `/v1/shows/${show}/polls/${poll}`)).body.ballots === 1)
  for (const step of ['close', 'reveal', 'seal'])
    expect(await studio('POST', `/${show}/polls/${poll}/${step}`)).toMatchObject({ status: 200 })
  const room = await ask('POST', `/v1/shows/${show}/rooms`, undefined, viewer)
  expect(room.status).toBe(201)
  rooms.push(`/v1/shows/${show}/rooms/${room.body.room}`)
  expect(await ask('GET', rooms.at(-1)!, undefined, viewer)).toMatchObject({ status: 200 })
  await until(async () => (await total(show)) === before + 12)
  await until(async () => (await feed(show)).length > 0)
}

test('a rehearsal is wiped, also through a restart, and another show keeps all it has', async () => {
  await studio('POST', '', { show: 'night', title: 'The night', rehearsal: true })
  await studio('POST', '', { show: 'real', title: 'The real one' })
  await evening('real', 'mvp')
  await evening('night', 'mvp')
  const real = async () => ({
    total: await total('real'),
    mood: await mood('real'),
    poll: (await ask('GET', '/v1/shows/real/polls/mvp')).body,
    certificate: (await ask('GET', '/v1/shows/real/polls/mvp/certificate')).body,
  })
  const before = await real()
  expect(before).toMatchObject({ total: 12, poll: { ballots: 1, state: 'sealed' } })

  const wiped = await studio('POST', '/night/wipe')
  expect(wiped).toMatchObject({ status: 200, body: { state: 'scheduled', rehearsal: true, run: 2 } })
  const isGone = async () => {
    await until(async () => (await total('night')) === 0)
    expect(await mood('night')).toEqual([])
    expect(await feed('night')).toEqual([])
    expect((await ask('GET', '/v1/shows/night')).body).toMatchObject({ state: 'scheduled', polls: [] })
    expect(await ask('GET', '/v1/shows/night/polls/mvp')).toMatchObject({ status: 404 })
    expect(await ask('GET', '/v1/shows/night/polls/mvp/certificate')).toMatchObject({ status: 404 })
    expect(await ask('GET', rooms[1]!, undefined, viewer)).toMatchObject({ status: 404 })
    const polls = (await studio('GET', '/night/polls')).body
    expect(polls).toMatchObject([{ poll: 'mvp-r2', state: 'draft', question: 'Who?' }])
    expect((await studio('GET', '/night/export.json')).body.filter(({ kind }) => kind === 'mood')).toEqual([])
  }
  await until(async () => (await feed('night')).length === 0)
  await isGone()
  expect(await real()).toEqual(before)

  await roar.drain()
  roar = await start()
  // Votes are refused until the earlier ballots have been read.
  await until(async () => (await ask('GET', '/readyz/votes')).status === 200)
  await isGone()
  expect(await real()).toEqual(before)
  const [newest] = (await studio('GET', '/night/audit')).body
  expect(newest).toMatchObject({
    ...{ action: 'wipe-show', who: 'pat' },
    detail: { run: 2, polls: { mvp: 'mvp-r2' } },
  })

  // The same viewer votes again as if for the first time, and only this run counts.
  await evening('night', 'mvp-r2')
  expect(await total('night')).toBe(12)
  expect((await ask('GET', '/v1/shows/night/polls/mvp-r2')).body).toMatchObject({
    ballots: 1,
    counts: { anna: 1 },
  })
  expect(await studio('POST', '/night/polls', { ...QUESTION, poll: 'mvp' })).toMatchObject({
    status: 409,
    body: { code: 'already_exists' },
  })
})

test('a show that is no rehearsal cannot be wiped, nor become one', async () => {
  expect(await studio('POST', '/final/wipe')).toMatchObject({ status: 409, body: { code: 'not_rehearsal' } })
  expect(await studio('PATCH', '/final', { rehearsal: true })).toMatchObject({ status: 400 })
  expect(await studio('POST', '/nothing/wipe')).toMatchObject({ status: 404, body: { code: 'unknown_show' } })
  expect(await ask('POST', '/v1/studio/shows/final/wipe', undefined, viewer)).toMatchObject({ status: 403 })
})
