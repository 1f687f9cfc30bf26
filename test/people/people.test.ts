import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Least, mayCall } from '../../engine/people/roles.ts'
import { type Grant, ROLES } from '../../protocol/people.ts'
import { PARAMETERS, type ParameterName } from '../../services/http/call/parameters.ts'
import { CALLS } from '../../services/openapi.ts'
import { startRoar, type TestRoar } from '../embedded.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'
import { invited, ownerOf, PASSWORD, type StudioClient, studioClient, tokenIn } from './studio-client.ts'

let roar: TestRoar
let owner: StudioClient
beforeAll(async () => {
  roar = await startRoar('--auth-secret', SECRET)
  owner = await ownerOf(roar)
  await owner.send('POST', '/shows', { show: 'semi', title: 'The semi-final' })
})
afterAll(() => roar.stop())

const trail = async () => (await owner.send('GET', '/audit')).body as { action: string; who: string }[]

test('an owner signs in, sees who they are, and is out after signing out', async () => {
  const client = studioClient(roar.url)
  const { status, body, set } = await client.signIn('OLGA@Stadium.example')
  expect(status).toBe(201)
  expect(body).toMatchObject({ name: 'Olga', email: 'olga@stadium.example', roles: [{ role: 'owner' }] })
  expect(set).toMatch(/^roar-session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/)
  expect((await client.send('GET', '/sessions/current')).body).toEqual(body)
  expect((await client.send('GET', '/sessions')).body[0]).toMatchObject({ session: body.session })
  const kept = client.cookie()
  const { set: taken } = await client.send('DELETE', '/sessions/current')
  expect(taken).toStartWith('roar-session=; Path=/; Max-Age=0')
  expect((await client.send('GET', '/sessions/current', undefined, { cookie: kept })).status).toBe(401)
  expect((await trail()).slice(0, 2)).toMatchObject([
    { action: 'end-session', who: 'olga@stadium.example of the studio' },
    { action: 'sign-in', who: 'olga@stadium.example of the studio' },
  ])
})

test('a new sign-in takes the place of the session that the browser had', async () => {
  const client = studioClient(roar.url)
  await client.signIn('olga@stadium.example')
  const first = client.cookie()
  await client.signIn('olga@stadium.example')
  expect(client.cookie()).not.toBe(first)
  expect((await client.send('GET', '/sessions/current')).status).toBe(200)
  expect((await client.send('GET', '/sessions/current', undefined, { cookie: first })).status).toBe(401)
})

test('a wrong password, somebody who is not here and somebody without a password are answered alike', async () => {
  await owner.send('POST', '/people', {
    email: 'new@stadium.example',
    name: 'New',
    roles: [{ role: 'owner' }],
  })
  const answers = []
  for (const email of ['olga@stadium.example', 'nobody@stadium.example', 'new@stadium.example'])
    answers.push(await studioClient(roar.url).signIn(email, 'five words that are wrong'))
  for (const { status, body } of answers) {
    expect([status, body.code, body.detail]).toEqual([
      401,
      'wrong_sign_in',
      'no account has this e-mail and password',
    ])
  }
})

describe('an invitation', () => {
  test('sets a password once, and after it the link is no good', async () => {
    const invite = { email: 'ines@stadium.example', name: 'Ines', roles: [{ role: 'analyst' }] }
    const { status, body } = await owner.send('POST', '/people', invite)
    expect([status, body.person.password]).toEqual([201, false])
    expect(body.link).toMatch(new RegExp(`^${roar.url}/studio/welcome#token=[\\w-]{43}$`))
    const welcome = { token: tokenIn(body.link), password: PASSWORD }
    const client = studioClient(roar.url)
    expect(
      (await client.send('POST', '/people/welcome', { ...welcome, password: 'short' })).body,
    ).toMatchObject({
      code: 'bad_password',
    })
    expect((await client.send('POST', '/people/welcome', welcome)).body).toMatchObject({ name: 'Ines' })
    expect((await client.send('GET', '/sessions/current')).body).toMatchObject({ name: 'Ines' })
    expect((await client.send('POST', '/people/welcome', welcome)).body).toMatchObject({
      code: 'unknown_link',
    })
    expect((await client.signIn(invite.email)).status).toBe(201)
    expect((await owner.send('POST', '/people', invite)).body).toMatchObject({ code: 'already_exists' })
  })

  test('that was made anew ends the one before, and its use ends every session of the person', async () => {
    const ivan = await invited(owner, roar.url, {
      email: 'ivan@stadium.example',
      roles: [{ role: 'analyst' }],
    })
    const first = await owner.send('POST', `/people/${ivan.person}/link`)
    const second = await owner.send('POST', `/people/${ivan.person}/link`)
    const use = (link: string) =>
      studioClient(roar.url).send('POST', '/people/welcome', {
        token: tokenIn(link),
        password: 'another five words of his',
      })
    expect((await use(first.body.link)).body).toMatchObject({ code: 'unknown_link' })
    expect((await ivan.send('GET', '/sessions/current')).status).toBe(200)
    expect((await use(second.body.link)).status).toBe(200)
    expect((await ivan.send('GET', '/sessions/current')).status).toBe(401)
    expect((await ivan.signIn('ivan@stadium.example')).status).toBe(401)
  })
})

test('an e-mail is the same in any case and in any form of its letters', async () => {
  const zoe = { email: 'Zo\u00eb@stadium.example', name: 'Zoë', roles: [{ role: 'analyst' }] }
  await owner.send('POST', '/people', zoe)
  const same = { ...zoe, email: 'ZOE\u0308@STADIUM.example' }
  expect((await owner.send('POST', '/people', same)).body).toMatchObject({ code: 'already_exists' })
})

describe('a role', () => {
  test('is good for what it is for, in its own show', async () => {
    const roles = [{ role: 'moderator', show: 'final' }]
    const moderator = await invited(owner, roar.url, { email: 'mo@stadium.example', roles })
    for (const [method, path, status] of [
      ['GET', '/shows/final', 200],
      ['DELETE', '/shows/final/posts/none', 200],
      ['GET', '/shows/semi', 403],
      ['DELETE', '/shows/semi/posts/none', 403],
      ['POST', '/shows/final/start', 403],
      ['GET', '/shows/final/export.json', 403],
      ['GET', '/people', 403],
      ['POST', '/keys', 403],
      ['GET', '/audit', 403],
    ] as const)
      expect([method, path, (await moderator.send(method, path)).status]).toEqual([method, path, status])
    const shows = (await moderator.send('GET', '/shows')).body as { show: string }[]
    expect(shows.map(({ show }) => show)).toEqual(['final'])
  })

  test('that was lowered or taken away holds at the next call', async () => {
    const pia = await invited(owner, roar.url, {
      email: 'pia@stadium.example',
      roles: [{ role: 'producer' }],
    })
    expect((await pia.send('PATCH', '/shows/final', { title: 'The final' })).status).toBe(200)
    await owner.send('PATCH', `/people/${pia.person}`, { roles: [{ role: 'analyst' }] })
    expect((await pia.send('PATCH', '/shows/final', { title: 'The other final' })).status).toBe(403)
    expect((await pia.send('GET', '/shows/final')).status).toBe(200)
    await owner.send('DELETE', `/people/${pia.person}`)
    expect((await pia.send('GET', '/shows/final')).status).toBe(401)
    expect((await owner.send('DELETE', `/people/${pia.person}`)).status).toBe(200)
  })

  test('of the last owner cannot be given away', async () => {
    const alone = await startRoar()
    const last = await ownerOf(alone)
    const { person } = (await last.send('GET', '/sessions/current')).body
    const given = { roles: [{ role: 'owner', show: 'final' }] }
    expect((await last.send('PATCH', `/people/${person}`, given)).body).toMatchObject({ code: 'last_owner' })
    expect((await last.send('DELETE', `/people/${person}`)).body).toMatchObject({ code: 'last_owner' })
    expect((await last.send('GET', '/people')).status).toBe(200)
    await alone.stop()
  })
})

test('nobody and no key is given a show that is not there: whoever makes it later lets in nobody unasked', async () => {
  const [here, nowhere] = ['final', 'not-yet'].map((show) => [{ role: 'producer', show }])
  const invite = { email: 'nina@stadium.example', name: 'Nina' }
  const { body: nina } = await owner.send('POST', '/people', { ...invite, roles: here })
  const key = { name: 'Robot', scopes: ['producer'] }
  for (const answer of [
    await owner.send('POST', '/people', { ...invite, email: 'nora@stadium.example', roles: nowhere }),
    await owner.send('PATCH', `/people/${nina.person.person}`, { roles: [...here!, ...nowhere!] }),
    await owner.send('POST', '/api-keys', { ...key, shows: ['final', 'not-yet'] }),
  ])
    expect(answer).toMatchObject({ status: 404, body: { code: 'unknown_show' } })
  const { body: people } = await owner.send('GET', '/people')
  expect(JSON.stringify(people)).not.toContain('not-yet')
  expect((await owner.send('POST', '/api-keys', { ...key, shows: ['final', 'semi'] })).status).toBe(201)
})

describe('a change of somebody', () => {
  test('is made for who saw them as they are, answered again, and refused to who saw them as they were', async () => {
    const roles = [{ role: 'moderator' }]
    const lea = await invited(owner, roar.url, { email: 'lea@stadium.example', roles })
    const path = `/people/${lea.person}`
    const ask = async (method: string, seen: string, body?: unknown) => {
      const { status, body: answer, etag } = await owner.send(method, path, body, { 'if-match': seen })
      return { status, answer, etag }
    }
    const before = await owner.send('GET', path)
    expect(before.etag).toBe(`"${before.body.version}"`)
    const first = await ask('PATCH', before.etag!, { roles: [{ role: 'analyst' }] })
    expect(first).toMatchObject({ status: 200, etag: `"${before.body.version + 1}"` })
    expect(await ask('PATCH', before.etag!, { roles: [{ role: 'analyst' }] })).toEqual(first)
    for (const [method, body] of [
      ['PATCH', { roles: [{ role: 'owner' }] }],
      ['DELETE', undefined],
    ] as const) {
      const { status, answer } = await ask(method, before.etag!, body)
      expect([method, status, answer.code]).toEqual([method, 412, 'stale'])
      // As they may be seen: no password, no secret of a second factor.
      expect(answer.current).toEqual(first.answer)
    }
    expect((await owner.send('GET', path)).body.roles).toEqual([{ role: 'analyst' }])
    for (const seen of [`W/${first.etag}`, '*'])
      expect((await ask('PATCH', seen, { name: seen })).status).toBe(200)
    const seen = (await owner.send('GET', path)).etag!
    for (const _ of [1, 2]) expect((await ask('DELETE', seen)).status).toBe(200)
  })

  test('of two owners at once the second is told', async () => {
    const max = await invited(owner, roar.url, { email: 'max@stadium.example', roles: [{ role: 'analyst' }] })
    const path = `/people/${max.person}`
    const { etag } = await owner.send('GET', path)
    const both = await Promise.all(
      ['moderator', 'producer'].map((role) =>
        owner.send('PATCH', path, { roles: [{ role }] }, { 'if-match': etag! }),
      ),
    )
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 412])
  })
})

describe('oneself', () => {
  test('one may rename and give a new password, which ends the other sessions', async () => {
    const email = 'sam@stadium.example'
    const sam = await invited(owner, roar.url, { email, roles: [{ role: 'analyst' }] })
    const elsewhere = studioClient(roar.url)
    await elsewhere.signIn(email)
    const own = `/people/${sam.person}`
    expect((await sam.send('PATCH', own, { name: 'Samira' })).body).toMatchObject({ name: 'Samira' })
    const next = 'five words that are new'
    expect((await sam.send('PATCH', own, { password: next })).body).toMatchObject({ code: 'wrong_sign_in' })
    expect((await sam.send('PATCH', own, { password: next, current: PASSWORD })).status).toBe(200)
    expect((await sam.send('GET', own)).status).toBe(200)
    expect((await elsewhere.send('GET', own)).status).toBe(401)
    expect((await elsewhere.signIn(email)).status).toBe(401)
    expect((await elsewhere.signIn(email, next)).status).toBe(201)
  })

  test('one may not raise, and nobody else’s name, password or sessions are one’s own', async () => {
    const tom = await invited(owner, roar.url, { email: 'tom@stadium.example', roles: [{ role: 'analyst' }] })
    const { person: other } = (await owner.send('GET', '/sessions/current')).body
    for (const [method, path, body] of [
      ['PATCH', `/people/${tom.person}`, { roles: [{ role: 'owner' }] }],
      ['PATCH', `/people/${tom.person}`, { email: 'other@stadium.example' }],
      ['PATCH', `/people/${other}`, { name: 'Tom' }],
      ['GET', `/people/${other}`, undefined],
      ['GET', `/sessions?person=${other}`, undefined],
    ] as const)
      expect([path, (await tom.send(method, path, body)).status]).toEqual([path, 403])
    const { session } = (await owner.send('GET', '/sessions/current')).body
    expect((await tom.send('DELETE', `/sessions/${session}`)).status).toBe(403)
    expect((await owner.send('PATCH', `/people/${tom.person}`, { password: PASSWORD })).status).toBe(403)
  })
})

describe('another site’s page', () => {
  test('changes nothing with the cookie of who looks at it', async () => {
    const cookie = owner.cookie()
    const evil = 'https://evil.example'
    const host = new URL(roar.url).host
    for (const [headers, status] of [
      [{ 'sec-fetch-site': 'cross-site' }, 403],
      [{ 'sec-fetch-site': 'same-site' }, 403],
      [{ 'sec-fetch-site': 'none' }, 403],
      [{ 'sec-fetch-site': 'cross-site', origin: roar.url }, 403],
      [{ origin: evil }, 403],
      [{ origin: 'null' }, 403],
      [{ origin: `http://${host}.evil.example` }, 403],
      [{}, 403],
      [{ origin: roar.url }, 200],
      [{ 'sec-fetch-site': 'same-origin' }, 200],
    ] as const) {
      const response = await fetch(`${roar.url}/v1/studio/shows/final`, {
        method: 'PATCH',
        headers: { cookie, ...headers },
        body: '{"title":"The final"}',
      })
      expect([headers, response.status]).toEqual([headers, status])
    }
  })

  test('signs nobody in, and uses no link', async () => {
    const evil = studioClient(roar.url, 'cross-site')
    expect((await evil.signIn('olga@stadium.example')).status).toBe(403)
    expect((await evil.send('POST', '/people/welcome', { token: 'x', password: PASSWORD })).status).toBe(403)
  })

  test('reads no answer that a cookie got', async () => {
    const response = await fetch(`${roar.url}/v1/studio/people`, { headers: { cookie: owner.cookie() } })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  })
})

test('a token is a producer as it was: of all shows, or of its own alone', async () => {
  const ask = async (claims: object, path: string) =>
    (
      await studioClient(roar.url).send('GET', path, undefined, {
        authorization: `Bearer ${tokenOf('pat', claims)}`,
      })
    ).status
  expect(await ask({ role: 'producer' }, '/shows/final')).toBe(200)
  expect(await ask({ role: 'producer' }, '/people')).toBe(403)
  expect(await ask({ role: 'producer', show: 'final' }, '/shows/semi')).toBe(403)
  expect(await ask({ role: 'producer' }, '/sessions/current')).toBe(200)
  expect(await ask({}, '/sessions/current')).toBe(403)
})

test('neither a password nor a secret is in what the store keeps, in an answer or in the trail', async () => {
  const { body } = await owner.send('POST', '/people', {
    email: 'uma@stadium.example',
    name: 'Uma',
    roles: [{ role: 'analyst' }],
  })
  const secrets = [tokenIn(body.link), owner.cookie().split('=')[1]!, PASSWORD, '$argon2id$']
  const said = JSON.stringify([
    (await owner.send('GET', '/people')).body,
    (await owner.send('GET', '/sessions')).body,
    await trail(),
  ])
  for (const secret of secrets) expect(said).not.toContain(secret)
  const kept = JSON.stringify(await roar.things.store!.people.credentials('session'))
  for (const secret of secrets) expect(kept).not.toContain(secret)
})

describe('each call of the studio', () => {
  const specs = CALLS.map(({ spec }) => spec).filter(({ path }) => path.startsWith('/v1/studio'))

  test('asks who calls, but for those by which somebody signs in', () => {
    const open = specs.filter(({ who }) => who === 'anybody').map(({ id }) => id)
    expect(open.toSorted()).toEqual(['comeBack', 'getWaysToSignIn', 'goToProvider', 'signIn', 'welcome'])
    const viewers = specs.filter(({ who }) => who === 'viewer' || who === 'maybe-viewer')
    expect(viewers).toEqual([])
  })

  test.each<Grant>(ROLES.flatMap((role) => [{ role }, { role, show: 'final' }, { role, show: 'semi' }]))(
    'refuses whose role is not enough for it: %j',
    async (grant) => {
      const email = `${grant.role}-${grant.show ?? 'all'}@roles.example`
      const member = await invited(owner, roar.url, { email, roles: [grant] })
      const refused = specs.filter(({ who, path }) => {
        const show = path.includes('{show}') ? 'final' : undefined
        return who !== 'anybody' && !mayCall([grant], who as Least, show)
      })
      for (const { id, method, path } of refused) {
        const filled = path
          .slice('/v1/studio'.length)
          .replaceAll(/\{(\w+)\}/g, (_, name: ParameterName) => PARAMETERS[name].example)
        const { status, body } = await member.send(method, filled, method === 'GET' ? undefined : {})
        expect([id, status, body.code]).toEqual([id, 403, 'forbidden'])
      }
      expect(refused.length === 0).toBe(grant.role === 'owner' && grant.show === undefined)
    },
  )
})

test('a name of 32 characters as people count them is kept whole, and a longer one is refused and cuts nobody’s', async () => {
  const roles = [{ role: 'analyst' }]
  for (const [i, whole] of [
    'x'.repeat(32),
    'ကြော်'.repeat(16),
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿'.repeat(9),
    `  ${'é'.repeat(32)}  `,
  ].entries()) {
    const { status, body } = await owner.send('POST', '/people', {
      ...{ email: `whole${i}@stadium.example`, name: whole, roles },
    })
    expect([status, body.person?.name]).toEqual([201, whole.normalize('NFC').trim()])
  }
  for (const name of ['x'.repeat(33), 'é'.repeat(33), '👍🏽'.repeat(33), 'x'.repeat(3000)]) {
    const { status, body } = await owner.send('POST', '/people', {
      ...{ email: 'long@stadium.example', name, roles },
    })
    expect([status, body.code, body.detail]).toEqual([
      400,
      'bad_request',
      expect.stringContaining('longer than 32 characters'),
    ])
  }
  const me = (await owner.send('GET', '/people')).body.find(({ name }: { name: string }) => name === 'Olga')
  expect((await owner.send('PATCH', `/people/${me.person}`, { name: 'x'.repeat(33) })).status).toBe(400)
  expect((await owner.send('GET', '/sessions/current')).body.name).toBe('Olga')
})
