import { afterAll, beforeAll, expect, test } from 'bun:test'
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

/** Calls that answer with a show, a poll or a pack as it is after they changed it. */
const CHANGES = CALLS.map(({ spec }) => spec).filter(({ method, path, answers }) => {
  // A decision is for the poll as it was when it was asked for, and says so itself.
  const isStudio = path.startsWith('/v1/studio/') && !path.includes('/requests/')
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
