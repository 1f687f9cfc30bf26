import { afterAll, beforeAll, expect, test } from 'bun:test'
import { RoarError } from '../../protocol/errors.ts'
import { namesIn, PARAMETERS } from '../../services/http/call/parameters.ts'
import type { CallSpec } from '../../services/http/call/spec.ts'
import { CALLS } from '../../services/openapi.ts'
import { startRoar } from '../embedded.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'

let roar: Awaited<ReturnType<typeof startRoar>>
beforeAll(async () => {
  roar = await startRoar('--auth-secret', SECRET)
  await ask('POST', '/v1/studio/shows', { body: { show: 'duel', title: 'Duel', rehearsal: true } })
  const choices = ['anna', 'ben'].map((choice) => ({ choice, title: choice }))
  const poll = { poll: 'mvp', question: 'Who?', choices }
  await ask('POST', '/v1/studio/shows/duel/polls', { body: poll })
  // Otherwise there is nothing to unpin.
  await ask('PUT', '/v1/studio/shows/duel/pin', { body: { text: 'Doors open at seven' } })
})
afterAll(() => roar.stop())

async function ask(method: string, path: string, { body, seen }: { body?: unknown; seen?: string } = {}) {
  const response = await fetch(roar.url + path, {
    method,
    headers: {
      authorization: `Bearer ${tokenOf('pat', { role: 'producer' })}`,
      ...(seen !== undefined && { 'if-match': seen }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const { status, headers } = response
  return { status, etag: headers.get('etag'), body: (await response.json()) as { [name: string]: unknown } }
}

/** Calls that answer with a changed show, poll or pack. */
const CHANGES = CALLS.map(({ spec }) => spec).filter(({ method, path, answers }) => {
  // A decision is for the poll as of the request, and says so itself. Calls about people are tested with people:
  // test/people/people.test.ts.
  const isStudio = path.startsWith('/v1/studio/') && !/\/(requests|people)\//.test(path)
  const entries = answers[200]?.schema as { entries?: Record<string, unknown> } | undefined
  return isStudio && method !== 'GET' && entries?.entries?.version !== undefined
})
const pathOf = ({ path }: CallSpec) =>
  namesIn(path).reduce((text, name) => {
    return text.replace(`{${name}}`, name === 'show' ? 'duel' : PARAMETERS[name].example)
  }, path)

test.each(CHANGES.map((spec) => [spec.id, spec] as const))(
  '%s does nothing for a producer who saw an older version, and answers with the newer one',
  async (_, spec) => {
    expect(spec.errors).toContain('stale')
    const body = spec.body && { body: spec.body.example }
    const seen = spec.path.includes('{pack}') ? '"0"' : '"99"'
    expect(await ask(spec.method, pathOf(spec), { ...body, seen })).toMatchObject({
      status: 412,
      body: { code: 'stale', current: { version: expect.any(Number) } },
    })
  },
)

test('a poll’s ETag is its version, and a change that names it is made', async () => {
  const mvp = '/v1/studio/shows/duel/polls/mvp'
  const { etag } = await ask('GET', mvp)
  const [one, two] = await Promise.all(
    ['One?', 'Two?'].map((question) => ask('PATCH', mvp, { body: { question }, seen: etag! })),
  )
  expect([one!.status, two!.status].toSorted()).toEqual([200, 412])
  const changed = await ask('GET', mvp)
  expect(changed.etag).toBe(`"${changed.body.version}"`)
  expect(changed.etag).not.toBe(etag)
  for (const seen of ['*', `W/${changed.etag}`, `"0", ${changed.etag}`])
    expect(await ask('PATCH', mvp, { body: { graceMs: 0 }, seen })).toMatchObject({ status: 200 })
})

/** A step, and what it needs before it. Each is sent twice, as if the first answer was lost. */
const POLL = { question: 'Who?', choices: ['anna', 'ben'].map((choice) => ({ choice, title: choice })) }
const again = (path: string) => `/v1/studio/shows/again${path}`
const STEPS: [string, string, string, unknown?][] = [
  ['a change of a show', 'PATCH', '', { title: 'Again and again', video: null }],
  ['a switch', 'PATCH', '/switches', { posts: 'off', stickers: { heart: 'off' } }],
  ['a word list', 'PUT', '/word-lists/de', { hold: ['Mist'] }],
  ['a pin', 'PUT', '/pin', { text: 'Doors open at eight' }],
  ['the end of a pin', 'DELETE', '/pin'],
  ['the start of a show', 'POST', '/start'],
  ['a change of a poll', 'PATCH', '/polls/mvp', { question: 'Who was it?', closes: null }],
  ['the opening of a poll', 'POST', '/polls/mvp/open', { forMs: 3_600_000 }],
  ['its close', 'POST', '/polls/mvp/close'],
  ['its reveal', 'POST', '/polls/mvp/reveal'],
  ['its seal', 'POST', '/polls/mvp/seal'],
  ['that its voters are forgotten', 'POST', '/polls/mvp/forget'],
  ['the end of a show', 'POST', '/end'],
  ['its archive', 'POST', '/archive'],
]

test('what was done is answered again, with the same document, whatever version was seen: a lost answer is no stale one', async () => {
  await ask('POST', '/v1/studio/shows', { body: { show: 'again', title: 'Again' } })
  await ask('POST', again('/polls'), { body: { poll: 'mvp', ...POLL } })
  for (const [what, method, path, body] of STEPS) {
    const document = again(path.startsWith('/polls') ? '/polls/mvp' : '')
    const seen = (await ask('GET', document)).etag!
    const first = await ask(method, again(path), { body, seen })
    expect([what, first.status]).toEqual([what, 200])
    expect([what, await ask(method, again(path), { body, seen })]).toEqual([what, first])
  }
  const pack = '/v1/studio/packs/again'
  await ask('POST', '/v1/studio/packs', { body: { pack: 'again', title: 'Again' } })
  for (const [method, body, seen] of [
    ['PUT', { title: 'Goal', emoji: '⚽' }, '"1"'],
    ['DELETE', undefined, '"2"'],
  ] as const) {
    const first = await ask(method, `${pack}/stickers/goal`, { body, seen })
    expect(first.status).toBe(200)
    expect(await ask(method, `${pack}/stickers/goal`, { body, seen })).toEqual(first)
  }
})

test('a wipe that was made is answered again to whoever made it, and another one wipes again', async () => {
  const show = '/v1/studio/shows/wiped'
  await ask('POST', '/v1/studio/shows', { body: { show: 'wiped', title: 'Wiped', rehearsal: true } })
  const { etag } = await ask('POST', `${show}/start`)
  const first = await ask('POST', `${show}/wipe`, { seen: etag! })
  expect(first.body).toMatchObject({ run: 2, state: 'scheduled' })
  // What the schedule did meanwhile is no change of a producer's.
  const entry = { at: Date.now(), who: 'schedule', action: 'start-show', poll: '' }
  await roar.things.store!.polls.record('wiped', entry)
  expect(await ask('POST', `${show}/wipe`, { seen: etag! })).toEqual(first)
  expect((await ask('POST', `${show}/wipe`, { seen: '"1"' })).status).toBe(412)
  expect((await ask('POST', `${show}/wipe`)).body).toMatchObject({ run: 3 })
})

test('a seal that was begun and failed goes on for who saw the poll before it, and not once somebody changed it since', async () => {
  const { polls } = roar.things.store!
  const { trail } = polls
  for (const poll of ['goes-on', 'is-changed']) {
    const path = `/v1/studio/shows/duel/polls/${poll}`
    await ask('POST', '/v1/studio/shows/duel/polls', { body: { poll, ...POLL } })
    for (const step of ['open', 'close']) await ask('POST', `${path}/${step}`)
    const seen = (await ask('GET', path)).etag!
    // What its certificate is made from cannot be read.
    polls.trail = async () => {
      polls.trail = trail
      throw new RoarError('store_unavailable', 'the store fails')
    }
    expect((await ask('POST', `${path}/seal`, { seen })).status).toBe(503)
    const begun = await ask('GET', path)
    expect(begun.body).toMatchObject({ state: 'closed', sealing: expect.any(Number) })
    if (poll === 'is-changed') {
      await ask('PATCH', path, { body: { countQuarantined: true } })
      for (const older of [seen, begun.etag!])
        expect((await ask('POST', `${path}/seal`, { seen: older })).body.code).toBe('stale')
    } else expect((await ask('POST', `${path}/seal`, { seen })).body).toMatchObject({ state: 'sealed' })
  }
})
