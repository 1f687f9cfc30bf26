import { expect, test } from 'bun:test'
import { join } from 'node:path'
import fc from 'fast-check'
import * as v from 'valibot'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { openSqliteStore } from '../../adapters/sqlite/store-sqlite.ts'
import type { PeopleStore } from '../../adapters/store/people.ts'
import { type Least, mayCall } from '../../engine/people/roles.ts'
import { type Grant, hasOwner, ROLES } from '../../protocol/people.ts'
import { answer, call } from '../../services/http/call/call.ts'
import { routesOf } from '../../services/http/call/handler.ts'
import { named } from '../../services/http/call/schemas.ts'
import type { CallContext } from '../../services/http/call/spec.ts'
import { createApiKeys } from '../../services/people/api-keys.ts'
import { createOutside } from '../../services/people/outside.ts'
import { createPeople } from '../../services/people/people.ts'
import { createSessions } from '../../services/people/sessions.ts'
import { temporaryFolder } from '../embedded.ts'

/** More of them with SEEDS=n. */
const RUNS = 40 * Number(process.env.SEEDS ?? 1)
const NOW = 1_795_349_712_000
const IDLE_MS = 600_000
const MAX_MS = 3_000_000
const LEASTS: Least[] = [...ROLES, 'member']
const SHOWS = ['final', 'semi']

/** Calls that do nothing but be allowed: one for each least role, about a show and about none. */
const Ok = named('ExplorerOk', v.object({}))
const PROBES = LEASTS.flatMap((who) =>
  (['', '/shows/{show}'] as const).map((at) =>
    call({
      id: `probe-${who}${at}`,
      method: 'GET',
      path: `/v1/${who}${at}` as '/v1/shows/{show}',
      tag: 'Studio',
      summary: 'Nothing',
      who,
      answers: { 200: answer('Nothing', Ok, {}) },
    }).handle((_: CallContext) => ({ status: 200, body: {} })),
  ),
)

/** One process of the studio on the store. */
function studio(store: PeopleStore, clock: ManualClock) {
  const passwords = { hash: async () => 'hash' } as never
  const sessions = createSessions({
    store,
    clock,
    identity: {} as never,
    outside: createOutside({ publicUrl: '', trustProxy: false, ownUrl: () => '' }),
    times: { idleMs: IDLE_MS, maxMs: MAX_MS },
  })
  const directory = { get: (show: string) => ({ show: { show } }) } as never
  const routes = routesOf(PROBES, {
    identity: {} as never,
    bodies: {} as never,
    directory,
    members: sessions.members,
  })
  return {
    sessions,
    people: createPeople({ store, passwords, clock }),
    keys: createApiKeys({ store, clock }),
    /** Whether the process lets the call through. */
    async allows(headers: Record<string, string>, least: Least, show: string | undefined): Promise<boolean> {
      const request = Object.assign(new Request('http://studio', { headers }), { params: { show } })
      try {
        await routes[show === undefined ? `/v1/${least}` : `/v1/${least}/shows/:show`]!.GET!(
          request as never,
          {} as never,
        )
        return true
      } catch (cause) {
        expect(['unauthorized', 'forbidden']).toContain((cause as { code: string }).code)
        return false
      }
    },
  }
}

/** Who may what, by what was answered and nothing else. */
interface Model {
  /** Whoever took up an invitation has a password. */
  people: { id: string; roles: Grant[]; isThere: boolean; tookUp: boolean }[]
  given: {
    headers: Record<string, string>
    id: string
    person?: number
    grants?: Grant[]
    made: number
    used: number
    ended: boolean
  }[]
}

const grant: fc.Arbitrary<Grant> = fc
  .tuple(fc.constantFrom(...ROLES), fc.constantFrom(undefined, ...SHOWS))
  .map(([role, show]) => ({ role, ...(show !== undefined && { show }) }))
const roles = fc.array(grant, { minLength: 1, maxLength: 2 })
const number = fc.nat({ max: 20 })
const step = fc.record({
  what: fc.constantFrom('invite', 'sign-in', 'change', 'remove', 'end', 'end-all', 'key', 'wait', 'link'),
  at: fc.constantFrom(0, 1),
  whom: number,
  roles,
  ms: fc.constantFrom(1, 60_000, IDLE_MS / 2, IDLE_MS),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

test('whatever is done by two processes, neither lets a call through that was not allowed the moment before', async () => {
  using folder = temporaryFolder()
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), number, async (steps, seed) => {
      const file = join(folder.path, `${run++}.db`)
      const stores = [await openSqliteStore(file), await openSqliteStore(file)]
      const clock = new ManualClock(NOW)
      const studios = stores.map(({ people }) => studio(people, clock))
      const model: Model = { people: [], given: [] }
      await take(studios, model, clock, { what: 'invite', at: 0, whom: 0, roles: [{ role: 'owner' }], ms: 0 })
      for (const [i, one] of steps.entries()) {
        await take(studios, model, clock, one)
        await probe(studios, model, clock.now(), seed + i)
      }
      expect(hasOwner(await stores[0]!.people.all())).toBe(true)
      for (const store of stores) await store.close()
    }),
    { numRuns: RUNS },
  )
})

async function take(
  studios: ReturnType<typeof studio>[],
  model: Model,
  clock: ManualClock,
  { what, at, whom, roles, ms }: Step,
) {
  const { sessions, people, keys } = studios[at]!
  const now = clock.now()
  const person = model.people[whom % Math.max(1, model.people.length)]
  const given = model.given[whom % Math.max(1, model.given.length)]
  const ofPerson = () =>
    model.given.filter((each) => each.person !== undefined && model.people[each.person] === person)
  /** Whether these roles of the person, in the place of what they have, take away the last owner, or the last one who can sign in. */
  const wouldLeaveNone = (without: Grant[]) =>
    [() => true, ({ tookUp }: { tookUp: boolean }) => tookUp].some((isOne) => {
      const before = model.people.filter((each) => each.isThere && isOne(each))
      const after = before.map((each) => (each === person ? { ...each, roles: without } : each))
      return hasOwner(before) && !hasOwner(after)
    })
  if (what === 'wait') clock.advance(ms)
  else if (what === 'invite') {
    const made = await people.invite({ email: `${model.people.length}@a.example`, name: 'A', roles }, 'x')
    model.people.push({ id: made.person.person, roles, isThere: true, tookUp: false })
  } else if (what === 'key') {
    const { key, secret } = await keys.make({ name: 'k', grants: roles, ends: now + MAX_MS }, 'x')
    const headers = { authorization: `Bearer ${secret}` }
    model.given.push({ headers, id: key.id, grants: roles, made: now, used: now, ended: false })
  } else if (given !== undefined && what === 'end') {
    if (given.person === undefined) await keys.end(given.id, 'x')
    else await people.end({ id: given.id }, 'x', {})
    given.ended = true
  } else if (person === undefined || !person.isThere) return
  else if (what === 'sign-in') {
    const stored = await people.found(person.id)
    const { secret, session } = await sessions.begin(stored, {
      agent: '',
      how: 'password',
      before: undefined,
    })
    const headers = { cookie: `roar-session=${secret}` }
    const owner = model.people.indexOf(person)
    model.given.push({ headers, id: session.id, person: owner, made: now, used: now, ended: false })
  } else if (what === 'change') {
    const done = await people
      .change(person.id, 'x', (before) => ({ person: { ...before, roles }, action: 'change' }))
      .then(
        () => true,
        (cause) => cause.code,
      )
    expect(done).toBe(wouldLeaveNone(roles) ? 'last_owner' : true)
    if (done === true) person.roles = roles
  } else if (what === 'remove') {
    const done = await people.remove(person.id, 'x').then(
      () => true,
      (cause) => cause.code,
    )
    expect(done).toBe(wouldLeaveNone([]) ? 'last_owner' : true)
    if (done !== true) return
    person.isThere = false
    for (const each of ofPerson()) each.ended = true
  } else if (what === 'end-all') {
    await people.end({ person: person.id, kind: 'session' }, 'x', {})
    for (const each of ofPerson()) each.ended = true
  } else if (what === 'link') {
    const { secret } = await people.link(person.id, 'x')
    await people.welcome(secret, { password: 'p' })
    person.tookUp = true
    for (const each of ofPerson()) each.ended = true
  }
}

/** Asks both processes for some of what was given out, and compares with what was answered. */
async function probe(
  studios: ReturnType<typeof studio>[],
  { people, given }: Model,
  now: number,
  seed: number,
) {
  for (const [i, each] of given.entries()) {
    const least = LEASTS[(seed + i) % LEASTS.length]!
    const show = [undefined, ...SHOWS][(seed + i) % 3]
    const isSession = each.person !== undefined
    const isOver = each.ended || now >= each.made + MAX_MS || (isSession && now >= each.used + IDLE_MS)
    const grants = isSession ? people[each.person!]!.roles : each.grants!
    const expected = !isOver && mayCall(grants, least, show)
    for (const { allows } of studios) expect(await allows(each.headers, least, show)).toBe(expected)
    // To the minute is how a session's use is written.
    if (!isOver && now - each.used >= 60_000) each.used = now
  }
}

test('what two processes do at the same moment leaves an owner, and no session of who was removed', async () => {
  using folder = temporaryFolder()
  // One connection: two of SQLite in one thread would wait for each other. PostgreSQL has the store's contract.
  const store = await openSqliteStore(join(folder.path, 'roar.db'))
  const clock = new ManualClock(NOW)
  const [one, two] = [studio(store.people, clock), studio(store.people, clock)]
  for (let round = 0; round < 20; round++) {
    const [ann, ben] = await Promise.all(
      ['ann', 'ben'].map((name) =>
        one.people.invite({ email: `${name}-${round}@a.example`, name, roles: [{ role: 'owner' }] }, 'x'),
      ),
    )
    const others = (await store.people.all()).filter(
      ({ person }) => ![ann, ben].some((each) => each!.person.person === person),
    )
    for (const { person } of others) await one.people.remove(person, 'x')
    const done = await Promise.allSettled([
      one.people.remove(ann!.person.person, 'x'),
      two.people.remove(ben!.person.person, 'x'),
      two.sessions.begin(ann!.person, { agent: '', how: 'password', before: undefined }),
    ])
    expect(done.slice(0, 2).filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const there = await store.people.all()
    expect(hasOwner(there)).toBe(true)
    const begun = done[2] as PromiseFulfilledResult<{ secret: string }>
    const isThere = there.some(({ person }) => person === ann!.person.person)
    const headers = { cookie: `roar-session=${begun.value.secret}` }
    for (const { allows } of [one, two]) expect(await allows(headers, 'member', undefined)).toBe(isThere)
  }
  await store.close()
})
