import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import type { DecisionRequest } from '../../protocol/decisions.ts'
import { cells } from '../../protocol/records/cells.ts'
import { temporaryFolder } from '../../test/embedded.ts'
import { openSqliteStore } from '../sqlite/store-sqlite.ts'
import type { Credential, StoredPerson } from '../store/people.ts'
import type { Store } from '../store/store.ts'
import type { StoredDelivery } from '../store/webhooks.ts'

const NOW = 1_795_349_712_000
const by = { person: 'ann', name: 'Ann', who: 'ann@stadium.example of the studio' }
const entry = (action: string) => ({ at: NOW, who: 'olga', action, poll: '' })
const personOf = (person: string): StoredPerson => ({
  ...{ person, email: `${person}@stadium.example`, name: person, roles: [{ role: 'owner' }] },
  ...{ made: NOW, version: 1 },
})
const keyOf = (id: string): Credential => ({
  ...{ kind: 'api-key', id, hash: `hash of ${id}`, person: '', name: id, grants: [{ role: 'producer' }] },
  ...{ made: NOW, used: NOW, ends: NOW + 1000 },
})
const deliveryOf = (delivery: string): StoredDelivery => ({
  ...{ delivery, webhook: 'good', event: 'poll.opened', state: 'waiting', at: NOW, tries: 0, due: NOW },
  body: '{}',
})
const requestOf = (poll: string, request = `of ${poll}`): DecisionRequest => ({
  ...{ request, show: 'final', poll, action: 'seal', reason: 'Together', by, at: NOW },
  ...{ expires: NOW + 1000, version: 1, seen: 'a hash' },
})
const suspectOf = (cohort: string) => ({
  ...{ show: 'final', poll: 'good', watch: 'one' },
  suspect: {
    ...{ cohort, kind: 'network' as const, ballots: 2, quarantined: 2, beyondLimit: 0, suspicion: 0.5 },
    ...{ signs: [], from: NOW, to: NOW },
  },
})

/** A store with two documents in each table, `bad` and `good`. */
async function withPairs(body: (world: { store: Store; db: Database; named: string[] }) => Promise<void>) {
  using folder = temporaryFolder()
  const file = join(folder.path, 'roar.db')
  const named: string[] = []
  const store = await openSqliteStore(file, { onUnreadable: (sentence) => named.push(sentence) })
  using db = new Database(file)
  const { polls, people, webhooks } = store
  for (const name of ['bad', 'good']) {
    const receiver = { webhook: name, url: `https://${name}.example/`, secret: 'whsec_c2VjcmV0', made: NOW }
    await webhooks.add({ ...receiver, events: ['poll.opened'] }, { max: 9, entry: entry('make-webhook') })
    await people.write({ person: personOf(name), adds: keyOf(name), entry: entry(`invite ${name}`) }, NOW)
    await store.savePack({ pack: name, title: name, stickers: [], version: 1 }, { replaces: 0 })
    await polls.saveSuspects([suspectOf(name)])
    await polls.saveRequest(requestOf(name), { replaces: undefined, entry: entry('ask') })
  }
  await webhooks.record([deliveryOf('bad'), deliveryOf('good')], 0)
  try {
    await body({ store, db, named })
  } finally {
    await store.close()
  }
}

/** All that is read row by row: what is left of each table. */
const READS: [table: string, where: string, read: (store: Store) => Promise<string[]>][] = [
  [
    'webhooks',
    "webhook_id = 'bad'",
    async ({ webhooks }) => (await webhooks.all()).map((each) => each.webhook),
  ],
  [
    'webhook_deliveries',
    "delivery_id = 'bad'",
    async ({ webhooks }) => (await webhooks.deliveries('good', 9)).map((each) => each.delivery),
  ],
  ['people', "person_id = 'bad'", async ({ people }) => (await people.all()).map((each) => each.person)],
  [
    'credentials',
    "credential_id = 'bad'",
    async ({ people }) => (await people.credentials('api-key')).map((each) => each.id),
  ],
  ['packs', "pack_id = 'bad'", async (store) => (await store.packs()).map((each) => each.pack)],
  [
    'suspects',
    "cohort = 'bad'",
    async ({ polls }) => (await polls.suspects('final', 'good')).map((each) => each.cohort),
  ],
  [
    'decision_requests',
    "poll_id = 'bad'",
    async ({ polls }) =>
      (await polls.requests('final')).filter(({ expires }) => expires > NOW).map((each) => each.poll),
  ],
]

test.each(READS)(
  'a row of %s that is unreadable is named, and the others are read',
  async (table, where, read) => {
    await withPairs(async ({ store, db, named }) => {
      expect((await read(store)).toSorted()).toEqual(['bad', 'good'])
      for (const damaged of ['', '{', 'null', '[]', '{}', '"\ud800"', '{"events":1}']) {
        named.length = 0
        db.run(`UPDATE ${table} SET document = ? WHERE ${where}`, [damaged])
        expect(await read(store)).toEqual(['good'])
        expect(named).toEqual([expect.stringContaining(`a document of the table ${table}, of `)])
      }
    })
  },
)

test('a delivery that is unreadable is not tried, and those behind it are', () =>
  withPairs(async ({ store: { webhooks }, db, named }) => {
    db.run("UPDATE webhook_deliveries SET document = 'x', due_at = due_at - 1 WHERE delivery_id = 'bad'")
    const claim = (now: number) => webhooks.claim('good', { now, until: now + 1 })
    expect(await claim(NOW)).toMatchObject({ delivery: 'good' })
    expect(named).toHaveLength(1)
    await webhooks.settle({ ...deliveryOf('good'), state: 'delivered', tries: 1 }, { due: NOW + 1 })
    expect(await claim(NOW + 10)).toBeUndefined()
    expect(await webhooks.backlog()).toEqual([])
    expect(await webhooks.retry('good', 'bad', { now: NOW, entry: entry('retry') })).toBeUndefined()
  }))

test('what a person or key that is unreadable may do is nothing, and others are invited and removed', () =>
  withPairs(async ({ store: { people }, db }) => {
    db.run("UPDATE credentials SET document = '{}' WHERE credential_id = 'bad'")
    expect(await people.credential('hash of bad')).toBeUndefined()
    db.run("UPDATE people SET document = '{}' WHERE person_id = 'bad'")
    expect(await people.person('bad')).toBeUndefined()
    expect(await people.personOf('bad@stadium.example')).toBeUndefined()
    expect(await people.write({ person: personOf('cleo'), entry: entry('invite') }, NOW)).toBe('done')
    const removes = { person: 'good', version: 1 }
    expect(await people.write({ removes, entry: entry('remove') }, NOW)).toBe('done')
  }))

test('where the only person is unreadable nobody becomes the first owner by a link from before', () =>
  withPairs(async ({ store: { people }, db }) => {
    const link: Credential = {
      ...{ kind: 'link', id: 'first', hash: 'hash of first', person: '', makes: 'first' },
      ...{ made: NOW, used: NOW, ends: NOW + 1000 },
    }
    expect(await people.write({ adds: link }, NOW)).toBe('done')
    db.run("DELETE FROM people WHERE person_id = 'good'")
    db.run("UPDATE people SET document = '{}' WHERE person_id = 'bad'")
    expect(await people.all()).toEqual([])
    expect(await people.write({ uses: link.hash, person: personOf('eve') }, NOW)).toBe('used')
    db.run('DELETE FROM people')
    expect(await people.write({ uses: link.hash, person: personOf('ann') }, NOW)).toBe('done')
  }))

test('what the log takes of a window, however far ahead, is read again', () =>
  withPairs(async ({ store }) => {
    const cell = { show: 'final', window: 9e15, segment: '', sticker: 'heart', count: 1, version: 9e15 }
    expect(cells.decode(cells.encode(cell).value)).toEqual(cell)
    const changes = { totals: [], history: [], shifts: [], cells: [cell], cellsFrom: 0, moods: [] }
    await store.saveCounts('final', changes, await store.takeTerm())
    expect((await store.counts('final')).cells).toEqual([cell])
  }))

test.each(['x', '{}', '{"entry":1,"at":1,"who":"eve","action":"a","poll":"","hash":"h"}'])(
  'a trail whose newest entry is %s goes on behind it, and every entry of it is there',
  (damaged) =>
    withPairs(async ({ store: { polls }, db }) => {
      db.run("UPDATE audit_trail SET document = ? WHERE show_id = '' AND entry = 4", [damaged])
      await polls.record('', entry('once'))
      await polls.record('', entry('once'))
      await polls.record('', entry('twice'))
      const trail = await polls.trail('', { limit: 9 })
      expect(trail.map(({ entry }) => entry)).toEqual([6, 5, 4, 3, 2, 1])
      expect(trail.map(({ action }) => action).slice(0, 2)).toEqual(['twice', 'once'])
    }),
)

test('a request that is unreadable does not keep its poll from another one', () =>
  withPairs(async ({ store: { polls }, db }) => {
    for (const state of ['waiting', 'decided']) {
      db.run("UPDATE decision_requests SET document = 'x', state = ? WHERE poll_id = 'bad'", [state])
      const [before] = (await polls.requests('final')).filter(({ poll }) => poll === 'bad')
      const again = requestOf('bad', `again ${state}`)
      expect(await polls.saveRequest(again, { replaces: before, entry: entry('ask') })).toBe(true)
      expect(await polls.requests('final')).toContainEqual(again)
    }
  }))
