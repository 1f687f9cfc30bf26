import { expect } from 'bun:test'
import { type Credential, type StoredPerson, WINDOWS_MAX } from './people.ts'
import type { Store } from './store.ts'

const NOW = 1_795_349_712_000
const OWNER = [{ role: 'owner' as const }]
const person = (name: string, given: Partial<StoredPerson> = {}): StoredPerson => ({
  person: name,
  email: `${name}@stadium.example`,
  name,
  roles: [{ role: 'analyst' }],
  made: NOW,
  version: 1,
  ...given,
})
const session = (id: string, whose: string, given: Partial<Credential> = {}): Credential =>
  ({
    ...{ kind: 'session', id, hash: `hash of ${id}`, person: whose, agent: 'a browser' },
    ...{ made: NOW, used: NOW, ends: NOW + 1000 },
    ...given,
  }) as Credential
const link = (id: string, makes?: 'first' | 'further'): Credential =>
  session(id, '', { kind: 'link', ...(makes && { makes }) } as Partial<Credential>)
const entry = (action: string) => ({ at: NOW, who: 'olga', action, poll: '' })

type Promised = (
  title: string,
  run: (stores: { store: Store; reopen(): Promise<Store> }) => Promise<void>,
) => void

/** The promises of `people.ts`. */
export function peopleContract(promise: Promised): void {
  promise('who is there is told to the others, until they say so no more', async ({ store: { people } }) => {
    const here = (name: string, screen: string, at: number, tab = 't', show = 'final') =>
      people.present({ show, who: `${name} of the studio`, tab, name, screen, at }, at - 10)
    expect(await here('ann', 'desk', 1)).toEqual([])
    expect(await here('ben', 'prepare', 2)).toEqual([{ name: 'ann', screen: 'desk' }])
    await here('ann', 'integrity', 3)
    await here('ann', 'integrity', 3, 'other')
    await here('cleo', 'desk', 3, 't', 'semi')
    expect(await here('ben', 'prepare', 4)).toEqual([{ name: 'ann', screen: 'integrity' }])
    expect(await here('ann', 'desk', 14)).toEqual([{ name: 'ben', screen: 'prepare' }])
    expect(await here('ann', 'desk', 15)).toEqual([])
    for (let i = 0; i < 2 * WINDOWS_MAX; i++) await here('ann', `s${i}`, 20 + i, `t${i}`)
    expect(
      await people.present({ ...{ show: 'final', who: 'x', tab: 't' }, name: 'x', screen: 'x', at: 40 }, 0),
    ).toHaveLength(WINDOWS_MAX)
  })
  promise('people are read as they were last written, through a restart', async ({ store, reopen }) => {
    const { people } = store
    expect(await people.write({ person: person('ben'), entry: entry('invite') }, NOW)).toBe('done')
    expect(await people.write({ person: person('ann') }, NOW)).toBe('done')
    expect(await people.write({ person: person('ben', { version: 2, name: 'Benjamin' }) }, NOW)).toBe('done')
    const after = (await reopen()).people
    expect((await after.all()).map(({ name }) => name)).toEqual(['ann', 'Benjamin'])
    expect(await after.personOf('ben@stadium.example')).toMatchObject({ name: 'Benjamin', version: 2 })
    expect(await after.person('nobody')).toBeUndefined()
    expect(await store.polls.trail('', { limit: 9 })).toMatchObject([{ action: 'invite' }])
  })

  promise(
    'what comes from an older version, or takes another’s e-mail, changes nothing',
    async ({ store }) => {
      const { people } = store
      await people.write({ person: person('ann') }, NOW)
      await people.write({ person: person('ben') }, NOW)
      const late = { person: person('ann', { version: 1 }), entry: entry('lost') }
      expect(await people.write(late, NOW)).toBe('stale')
      expect(await people.write({ person: person('ann', { version: 3 }) }, NOW)).toBe('stale')
      expect(await people.write({ removes: { person: 'ann', version: 2 } }, NOW)).toBe('stale')
      const taken = person('ann', { version: 2, email: 'BEN@stadium.example' })
      expect(await people.write({ person: taken, adds: session('s', 'ann') }, NOW)).toBe('taken')
      expect(await people.credential('hash of s')).toBeUndefined()
      expect(await store.polls.trail('', { limit: 9 })).toEqual([])
    },
  )

  promise('of two people with one e-mail at the same moment one is there', async ({ store: { people } }) => {
    const both = ['ann', 'ben'].map((name) =>
      people.write({ person: person(name, { email: 'one@stadium.example' }) }, NOW),
    )
    expect((await Promise.all(both)).toSorted()).toEqual(['done', 'taken'])
  })

  promise('what is done at the same moment is in the trail one after the other', async ({ store }) => {
    const names = Array.from({ length: 12 }, (_, i) => `person-${i}`)
    await Promise.all([
      ...names.map((name) => store.people.write({ person: person(name), entry: entry(name) }, NOW)),
      ...names.map((name) => store.polls.record('', entry(`look at ${name}`))),
    ])
    const trail = await store.polls.trail('', { limit: 99 })
    expect(trail.map(({ entry }) => entry)).toEqual(Array.from({ length: 24 }, (_, i) => 24 - i))
  })

  promise('a session is found by its hash with its person, until it is ended', async ({ store, reopen }) => {
    const { people } = store
    await people.write({ person: person('ann'), adds: session('one', 'ann') }, NOW)
    await people.write({ adds: session('two', 'ann') }, NOW)
    await people.use('hash of one', NOW + 70)
    await people.use('hash of one', NOW + 60)
    const found = await (await reopen()).people.credential('hash of one')
    expect(found).toEqual({ credential: session('one', 'ann', { used: NOW + 70 }), person: person('ann') })
    await people.write({ ends: { id: 'one' } }, NOW)
    expect(await people.credential('hash of one')).toBeUndefined()
    await people.write({ adds: session('three', 'ann') }, NOW)
    await people.write({ ends: { person: 'ann', kind: 'session', except: 'two' } }, NOW)
    expect((await people.credentials('session', 'ann')).map(({ id }) => id)).toEqual(['two'])
    await people.write({ ends: { person: 'ann', kind: 'link' } }, NOW)
    expect(await people.credentials('session')).toHaveLength(1)
    await people.write({ removes: { person: 'ann', version: 1 } }, NOW)
    expect(await people.credentials('session')).toEqual([])
  })

  promise('what is over is deleted with the next change', async ({ store: { people } }) => {
    await people.write({ person: person('ann'), adds: session('one', 'ann') }, NOW)
    await people.write({ adds: session('two', 'ann', { ends: NOW + 5000 }) }, NOW + 1000)
    expect((await people.credentials('session')).map(({ id }) => id)).toEqual(['two'])
  })

  promise('a link is used once, also by two at the same moment', async ({ store: { people } }) => {
    await people.write({ person: person('ann'), adds: link('one') }, NOW)
    const use = (version: number) => ({ uses: 'hash of one', person: person('ann', { version }) })
    const both = await Promise.all([people.write(use(2), NOW), people.write(use(2), NOW)])
    expect(both.toSorted()).toEqual(['done', 'used'])
    expect((await people.person('ann'))?.version).toBe(2)
    await people.write({ adds: link('late') }, NOW)
    expect(await people.write({ uses: 'hash of late' }, NOW + 1000)).toBe('used')
  })

  promise('of two links for the first owner one makes somebody', async ({ store: { people } }) => {
    for (const id of ['one', 'two']) await people.write({ adds: link(id, 'first') }, NOW)
    const both = ['one', 'two'].map((id) =>
      people.write({ uses: `hash of ${id}`, person: person(id, { roles: OWNER }) }, NOW),
    )
    expect((await Promise.all(both)).toSorted()).toEqual(['done', 'used'])
    await people.write({ adds: link('further', 'further') }, NOW)
    const more = { uses: 'hash of further', person: person('more', { roles: OWNER }) }
    expect(await people.write(more, NOW)).toBe('done')
  })

  promise(
    'no change leaves an installation without an owner, also not two at the same moment',
    async ({ store }) => {
      const { people } = store
      for (const name of ['ann', 'ben']) await people.write({ person: person(name, { roles: OWNER }) }, NOW)
      const lower = (name: string) => people.write({ person: person(name, { version: 2 }) }, NOW)
      expect((await Promise.all([lower('ann'), lower('ben')])).toSorted()).toEqual(['done', 'last-owner'])
      const [owner] = (await people.all()).filter(({ roles }) => roles[0]!.role === 'owner')
      const removes = { person: owner!.person, version: owner!.version }
      expect(await people.write({ removes }, NOW)).toBe('last-owner')
      const ofOneShow = { ...owner!, version: 2, roles: [{ role: 'owner' as const, show: 'final' }] }
      expect(await people.write({ person: ofOneShow }, NOW)).toBe('last-owner')
    },
  )

  promise(
    'an invitation that nobody took up is no owner who could sign in, and one who was vouched for is',
    async ({ store: { people } }) => {
      const ann = person('ann', { roles: OWNER, password: '$argon2id$' })
      await people.write({ person: ann }, NOW)
      await people.write({ person: person('ben', { roles: OWNER }) }, NOW)
      const lower = { person: { ...ann, version: 2, roles: [{ role: 'analyst' as const }] } }
      expect(await people.write(lower, NOW)).toBe('last-owner')
      expect(await people.write({ removes: { person: 'ann', version: 1 } }, NOW)).toBe('last-owner')
      const subject = { issuer: 'https://login.example', sub: 'ben' }
      await people.write({ person: person('ben', { roles: OWNER, version: 2, subject }) }, NOW)
      expect(await people.write(lower, NOW)).toBe('done')
    },
  )
}
