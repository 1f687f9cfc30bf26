import { expect } from 'bun:test'
import type { SQL } from 'bun'
import type { CountsState } from '../../protocol/counts.ts'
import type { DecisionRequest } from '../../protocol/decisions.ts'
import type { Poll } from '../../protocol/polls.ts'
import type { Show } from '../../protocol/show.ts'
import type { Credential, StoredPerson } from './people.ts'
import type { LeafChunk, StoredSuspect } from './polls.ts'
import { READS } from './reads.ts'
import type { CountsPlace, CountsReached, Store } from './store.ts'
import type { StoredDelivery, StoredWebhook } from './webhooks.ts'

const NOW = 1_795_349_712_000
const entry = (action: string, poll = '') => ({ at: NOW, who: 'olga', action, poll, detail: { action } })
const show = (version: number, given: Partial<Show> = {}): Show =>
  ({ show: 'final', title: `Final ${version}`, stickers: [], segments: [], version, ...given }) as Show
const poll = (version: number, given: Partial<Poll> = {}) =>
  ({ show: 'final', poll: 'mvp', question: 'Who?', choices: [], version, ...given }) as unknown as Poll
const key = (kid: string, jwk = 'good') => ({ kid, from: NOW, jwk })
const certificate = { statement: { show: 'final', poll: 'mvp' } as never, kid: 'k', signature: 's' }
const leaves: LeafChunk[] = [0, 1].map((chunk) => ({
  ...{ chunk, from: chunk, to: chunk + 1, ballots: ['a'], places: [], root: new Uint8Array(32) },
  ...{ hashes: [new Uint8Array(32)], marks: [{ quarantined: false, markSalt: 's' }] },
}))
const suspects = ['a', 'b'].map(
  (cohort) =>
    ({ show: 'final', poll: 'mvp', watch: 'w', suspect: { cohort, quarantined: 2 } }) as StoredSuspect,
)
const asked = (request: string, given: Partial<DecisionRequest> = {}) =>
  ({ request, show: 'final', poll: 'mvp', action: 'seal', version: 3, ...given }) as DecisionRequest
const counts = (count: number): CountsState => ({
  totals: ['heart', 'six'].map((sticker) => ({ segment: 'home', sticker, count })),
  history: [{ at: 0, segment: 'home', sticker: 'heart', count }],
  shifts: [{ at: 0, segment: 'home', sticker: 'heart', count: 1 }],
  cells: [{ show: 'final', window: 750, segment: 'home', sticker: 'heart', count, version: 750 + count }],
  cellsFrom: count,
  moods: [{ segment: '', packet: { at: 750, ms: 250, n: count, total: count, top: [] } }],
})
/** A repeat leaves it unchanged. */
const placeAt = (before: CountsReached | undefined, next: number): CountsPlace => ({
  ...{ before, after: before?.next === next ? before : { topicId: 't', next } },
})
const person = (version: number): StoredPerson => ({
  ...{ person: 'ann', email: 'ann@stadium.example', name: `Ann ${version}`, made: NOW, version },
  roles: [{ role: 'owner' }],
})
const credential = (id: string, kind: 'session' | 'link' = 'session'): Credential =>
  ({
    ...{ kind, id, hash: `hash of ${id}`, person: 'ann', agent: 'a browser' },
    ...{ made: NOW, used: NOW, ends: NOW + 9000 },
  }) as Credential
const webhook = (id: string): StoredWebhook => ({
  ...{ webhook: id, url: `https://${id}.example/`, secret: 'whsec_c2VjcmV0', events: ['poll.opened'] },
  made: NOW,
})
const delivery = (id: string, given: Partial<StoredDelivery> = {}): StoredDelivery => ({
  ...{ delivery: id, webhook: 'one', event: 'poll.opened', state: 'waiting', at: NOW, tries: 0, due: NOW },
  body: '{}',
  ...given,
})

interface Write {
  /** As in `store.ts`. */
  call: string
  run(store: Store): Promise<unknown>
  /** Whether each repetition has an effect, which is harmless. Default: repeating has none. */
  addsAgain?: boolean
}

const write = (call: string, run: (store: Store) => Promise<unknown>): Write => ({ call, run })

/** Every call that writes, in an order in which each has an effect. */
const WRITES: Write[] = [
  { ...write('takeTerm', (store) => store.takeTerm()), addsAgain: true },
  { ...write('probe', (store) => store.probe()), addsAgain: true },
  write('saveShow', (store) => store.saveShow(show(1), { replaces: 0, entry: entry('create-show') })),
  write('savePack', ({ savePack }) =>
    savePack(
      { pack: 'classic', title: 'Classic', stickers: [], version: 1 },
      {
        ...{ replaces: 0, entry: entry('create-pack') },
      },
    ),
  ),
  write('polls.saveVoterKey', ({ polls }) => polls.saveVoterKey('final', 'mvp', new Uint8Array(32))),
  write('polls.save', ({ polls }) => polls.save(poll(1), { replaces: 0, entry: entry('create', 'mvp') })),
  write('polls.save', ({ polls }) => polls.save(poll(2), { replaces: 1, entry: entry('open', 'mvp') })),
  write('polls.record', ({ polls }) => polls.record('final', entry('look'))),
  write('polls.saveSigningKey', ({ polls }) => polls.saveSigningKey(key('k'), entry('rotate-key'))),
  write('polls.replaceSigningKey', ({ polls }) =>
    polls.replaceSigningKey(key('k'), key('k', 'revoked'), entry('revoke-key')),
  ),
  write('polls.saveBallotsEnd', ({ polls }) =>
    polls.saveBallotsEnd({ next: 7, last: 'seven' }, { next: 0, last: '' }),
  ),
  write('polls.saveTreeHead', ({ polls }) => polls.saveTreeHead('final', 'mvp', { size: 7, root: 'r' })),
  write('polls.saveSuspects', ({ polls }) => polls.saveSuspects(suspects)),
  write('polls.saveRequest', ({ polls }) =>
    polls.saveRequest(asked('r1'), { replaces: undefined, entry: entry('ask') }),
  ),
  write('polls.saveRequest', ({ polls }) =>
    polls.saveRequest(asked('r2'), { replaces: asked('r1'), entry: entry('ask-anew') }),
  ),
  write('polls.decideRequest', ({ polls }) =>
    polls.decideRequest(
      asked('r2', { decided: { approved: true, by: { person: 'p', name: 'P', who: 'p' }, at: 2 } }),
      entry('approve'),
    ),
  ),
  write('polls.saveLeaves', ({ polls }) => polls.saveLeaves('final', 'mvp', leaves)),
  write('polls.save', ({ polls }) =>
    polls.save(poll(3), { replaces: 2, entry: entry('seal', 'mvp'), certificate }),
  ),
  write('saveShow', (store) =>
    store.saveShow(show(2), {
      ...{ replaces: 1, entry: entry('wipe-show') },
      polls: [
        { poll: poll(4, { wiped: 9 } as Partial<Poll>), replaces: 3 },
        { poll: poll(1, { poll: 'mvp-r2' }), replaces: 0 },
      ],
    }),
  ),
  write('polls.forgetVoterKey', ({ polls }) => polls.forgetVoterKey('final', 'mvp')),
  ...[3, 9].map((count) =>
    write('saveCounts', async (store) =>
      store.saveCounts(
        'final',
        counts(count),
        await store.term(),
        placeAt(await store.countsReached(), count),
      ),
    ),
  ),
  write('beginRun', async (store) => store.beginRun({ show: 'final', run: 2 }, await store.term())),
  write('people.write', ({ people }) =>
    people.write({ person: person(1), adds: credential('l', 'link'), entry: entry('invite') }, NOW),
  ),
  write('people.write', ({ people }) =>
    people.write(
      { uses: 'hash of l', person: person(2), adds: credential('s'), entry: entry('welcome') },
      NOW,
    ),
  ),
  write('people.write', ({ people }) => people.write({ adds: credential('t') }, NOW)),
  write('people.write', ({ people }) =>
    people.write({ ends: { id: 't' }, entry: entry('end-session') }, NOW),
  ),
  write('people.use', ({ people }) => people.use('hash of s', NOW + 1)),
  write('people.present', ({ people }) =>
    people.present({ show: 'final', who: 'ann', tab: 't', name: 'Ann', screen: 'desk', at: NOW }, NOW - 1),
  ),
  write('webhooks.add', ({ webhooks }) =>
    webhooks.add(webhook('one'), { max: 9, entry: entry('make-webhook') }),
  ),
  write('webhooks.record', ({ webhooks }) => webhooks.record([delivery('a'), delivery('b')], NOW)),
  {
    ...write('webhooks.claim', ({ webhooks }) => webhooks.claim('one', { now: NOW, until: NOW + 60 })),
    addsAgain: true,
  },
  write('webhooks.settle', ({ webhooks }) =>
    webhooks.settle(delivery('b', { state: 'delivered', tries: 1 }), { due: NOW }),
  ),
  write('webhooks.retry', ({ webhooks }) =>
    webhooks.retry('one', 'b', { now: NOW, entry: entry('retry-delivery') }),
  ),
  write('webhooks.remove', ({ webhooks }) => webhooks.remove('one', entry('end-webhook'))),
]

function callsOf({ polls, people, webhooks, ...calls }: Store): string[] {
  const parts = Object.entries({ polls, people, webhooks })
  return [
    ...Object.keys(calls),
    ...parts.flatMap(([part, calls]) => Object.keys(calls).map((name) => `${part}.${name}`)),
  ]
}

/** A disturbance of a write, and its consequences. */
export interface Disturbance {
  /** Its name, for messages. */
  name: string
  /** Starts it. @returns a function that ends it, and says whether it had an effect */
  begin(): (() => boolean) | Promise<() => boolean>
  /** Whether the store can recover on its own, so that no caller notices. */
  isBrief: boolean
}

/**
 * Runs every write with each of some disturbances, from the same state: it happens once or not at all, its caller gets
 * `store_unavailable` or the truth, and repeating it succeeds and adds nothing.
 * @param options.sql Reads the same tables, undisturbed. @param options.disturb Disturbances of a write; the first one without
 * effect ends its kind.
 */
export async function everyWriteDisturbed({
  store,
  sql,
  tables,
  disturb,
}: {
  store: Store
  sql: SQL
  tables: string[]
  disturb: () => Iterable<Disturbance[]>
}): Promise<number> {
  expect([...new Set(WRITES.map(({ call }) => call)), ...READS, 'close'].toSorted()).toEqual(
    callsOf(store).toSorted(),
  )
  const state = (): Promise<State> => stateOf(sql, tables)
  let disturbed = 0
  for (const [index, { call, run, addsAgain = false }] of WRITES.entries()) {
    const before = await state()
    const answer = await run(store)
    const after = await state()
    for (const kind of disturb()) {
      for (const { name, begin, isBrief } of kind) {
        await restore(sql, before)
        const where = `${call} (${index}), ${name}`
        const end = await begin()
        const said = await run(store).then(
          (value) => ({ value }),
          (cause) => ({ code: cause.code, message: cause.message }),
        )
        const happened = end()
        if (!happened) break
        disturbed++
        const left = await state()
        if (addsAgain) {
          if (isBrief) expect(said).toHaveProperty('value')
          else if (!('value' in said))
            expect({ where, code: said.code }).toEqual({ where, code: 'store_unavailable' })
          continue
        }
        const isDone = Bun.deepEquals(left, after)
        if (isBrief || 'value' in said) expect({ where, said }).toEqual({ where, said: { value: answer } })
        else expect({ where, code: said.code }).toEqual({ where, code: 'store_unavailable' })
        if ('value' in said) expect({ where, left }).toEqual({ where, left: after })
        else if (!isDone) expect({ where, left }).toEqual({ where, left: before })
        await run(store)
        expect({ where: `${where}, again`, left: await state() }).toEqual({
          where: `${where}, again`,
          left: after,
        })
      }
    }
    await restore(sql, after)
  }
  return disturbed
}

type State = Record<string, Record<string, unknown>[]>

async function stateOf(sql: SQL, tables: string[]): Promise<State> {
  const read = async (table: string) => {
    const rows: Record<string, unknown>[] = await sql`SELECT * FROM ${sql(table)}`
    const sorted = rows
      .map((row) => ({ ...row }))
      .toSorted((a, b) => compare(JSON.stringify(a), JSON.stringify(b)))
    return [table, sorted] as const
  }
  return Object.fromEntries(await Promise.all(tables.map(read)))
}

const compare = (a: string, b: string) => (a < b ? -1 : 1)

const restore = (sql: SQL, state: State): Promise<void> =>
  sql.begin(async (transaction) => {
    for (const [table, rows] of Object.entries(state)) {
      await transaction`DELETE FROM ${transaction(table)}`
      if (rows.length > 0) await transaction`INSERT INTO ${transaction(table)} ${transaction(rows)}`
    }
  })
