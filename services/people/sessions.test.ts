import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import type { StoredPerson } from '../../adapters/store/people.ts'
import { createOutside } from './outside.ts'
import { createSessions } from './sessions.ts'

const NOW = 1_795_349_712_000
const ANN: StoredPerson = {
  ...{ person: 'ann', email: 'ann@a.example', name: 'Ann', made: NOW, version: 1 },
  roles: [{ role: 'analyst' }],
}

async function signedIn() {
  const clock = new ManualClock(NOW)
  const store = new MemoryStore()
  await store.people.write({ person: ANN }, NOW)
  const sessions = createSessions({
    store: store.people,
    identity: {} as never,
    outside: createOutside({ publicUrl: '', trustProxy: false, ownUrl: () => '' }),
    clock,
    times: { idleMs: 600_000, maxMs: 3_600_000 },
  })
  const begin = (before?: string) => sessions.begin(ANN, { agent: '', how: 'password', before })
  const { secret } = await begin()
  const ask = async (of = secret) => {
    const request = new Request('http://studio', { headers: { cookie: `roar-session=${of}` } })
    return sessions.members.memberOf(request).then(
      ({ name }) => name,
      ({ code }) => code as string,
    )
  }
  return { clock, store: store.people, sessions, begin, ask }
}

test('a session ends after a time without a call, and each call begins that time anew', async () => {
  const { clock, ask } = await signedIn()
  clock.advance(599_999)
  expect(await ask()).toBe('Ann')
  clock.advance(599_999)
  expect(await ask()).toBe('Ann')
  clock.advance(600_000)
  expect(await ask()).toBe('unauthorized')
})

test('a session ends after its longest time, however much it is used', async () => {
  const { clock, sessions, ask } = await signedIn()
  for (let i = 0; i < 7; i++) {
    expect(await ask()).toBe('Ann')
    clock.advance(500_000)
  }
  clock.advance(100_000)
  expect(await ask()).toBe('unauthorized')
  expect(await sessions.list('ann')).toEqual([])
})

test('a use is written once a minute and not with each call', async () => {
  const { clock, store, ask } = await signedIn()
  const used = async () => (await store.credentials('session'))[0]!.used - NOW
  clock.advance(59_999)
  await ask()
  expect(await used()).toBe(0)
  clock.advance(1)
  await ask()
  expect(await used()).toBe(60_000)
})

test('of more than twenty sessions the one that was used longest ago ends', async () => {
  const { clock, sessions, begin, ask } = await signedIn()
  for (let i = 0; i < 19; i++) {
    clock.advance(1)
    await begin()
  }
  clock.advance(60_000)
  expect(await ask()).toBe('Ann')
  await begin()
  expect(await sessions.list('ann')).toHaveLength(20)
  expect(await ask()).toBe('Ann')
})

test('another’s cookie ends nothing of theirs when somebody signs in with it', async () => {
  const { store, sessions, begin } = await signedIn()
  const link = { id: 'link', hash: 'of a link', person: 'ann', made: NOW, used: NOW, ends: NOW + 1000 }
  await store.write({ adds: { kind: 'link', ...link } }, NOW)
  await begin('no session')
  expect(await sessions.list('ann')).toHaveLength(2)
  expect(await store.credentials('link')).toHaveLength(1)
})
