import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import type { CountsState } from '../../protocol/counts.ts'
import type { DecisionRequest } from '../../protocol/decisions.ts'
import { peopleContract } from './people.contract.ts'
import { type LeafChunk, SUSPECTS_MAX } from './polls.ts'
import { racesContract } from './races.contract.ts'
import type { CountsReached, Store } from './store.ts'
import { webhooksContract } from './webhooks.contract.ts'

const show = (version: number) => ({
  show: 'final',
  title: `The final, version ${version}`,
  stickers: [{ sticker: 'heart', title: 'Heart', emoji: '❤️' }],
  segments: [],
  version,
})
const none: CountsState = { totals: [], history: [], shifts: [], cells: [], cellsFrom: 0, moods: [] }
const cell = (window: number, count: number) => ({
  show: 'final',
  window,
  segment: 'home',
  sticker: 'heart',
  count,
  version: window + count,
})

/** Saves under a new term. */
const save = async (store: Store, changes: CountsState) =>
  expect(await store.saveCounts('final', changes, await store.takeTerm())).toBe(true)

/** The promises of `store.ts`. `open` returns an empty store; `reopen` the same one, as after a restart. */
export function storeContract(
  name: string,
  fixture: (use: { after: (cleanUp: () => Promise<void> | void) => void }) => Promise<{
    store: Store
    reopen(): Promise<Store>
  }>,
): void {
  describe(`the store ${name}`, () => {
    const promise = (
      title: string,
      run: (stores: { store: Store; reopen(): Promise<Store> }) => Promise<void>,
    ) =>
      test(title, async () => {
        const cleanUps: (() => Promise<void> | void)[] = []
        try {
          await run(await fixture({ after: (cleanUp) => cleanUps.push(cleanUp) }))
        } finally {
          for (const cleanUp of cleanUps.reverse()) await cleanUp()
        }
      })

    promise('a show is read as it was last written, through a restart', async ({ store, reopen }) => {
      expect(await store.shows()).toEqual([])
      await store.saveShow(show(1), { replaces: 0 })
      await store.saveShow(show(2), { replaces: 1 })
      expect(await (await reopen()).shows()).toEqual([show(2)])
    })

    promise('of two changes to one version of a show one is kept, with its entry', async ({ store }) => {
      const entry = (action: string) => ({ at: 1, who: 'boss', action, poll: '' })
      const another = { ...show(1), title: 'Another' }
      expect(await store.saveShow(show(1), { replaces: 0, entry: entry('create-show') })).toBe(true)
      expect(await store.saveShow(another, { replaces: 0, entry: entry('lost') })).toBe(false)
      expect(await store.saveShow(show(2), { replaces: 1, entry: entry('change-show') })).toBe(true)
      expect(await store.saveShow(show(2), { replaces: 1, entry: entry('late') })).toBe(false)
      expect(await store.saveShow(show(9), { replaces: 1, entry: entry('late') })).toBe(false)
      expect(await store.show('final')).toEqual(show(2))
      expect(await store.show('nowhere')).toBeUndefined()
      expect((await store.polls.trail('final', { limit: 9 })).map(({ action }) => action)).toEqual([
        'change-show',
        'create-show',
      ])
    })

    promise(
      'packs are read as they were last written, and of two changes one is kept',
      async ({ store, reopen }) => {
        const pack = (version: number) => ({
          pack: 'classic',
          title: 'Classic',
          stickers: show(1).stickers,
          version,
        })
        expect(await store.packs()).toEqual([])
        const did = (action: string) => ({ at: 1, who: 'boss', action, poll: '' })
        expect(await store.savePack(pack(1), { replaces: 0 })).toBe(true)
        expect(await store.savePack(pack(1), { replaces: 0, entry: did('lost') })).toBe(false)
        expect(await store.savePack(pack(2), { replaces: 1, entry: did('put-sticker') })).toBe(true)
        expect(await store.savePack(pack(9), { replaces: 1, entry: did('late') })).toBe(false)
        const after = await reopen()
        expect(await after.packs()).toEqual([pack(2)])
        expect((await after.polls.trail('', { limit: 9 })).map(({ action }) => action)).toEqual([
          'put-sticker',
        ])
      },
    )

    const poll = (version: number) => ({
      show: 'final',
      poll: 'mvp',
      question: 'Who?',
      choices: [],
      kind: 'one' as const,
      max: 1,
      change: false,
      visibility: 'live' as const,
      graceMs: 0,
      countLate: true,
      countQuarantined: false,
      version,
    })
    const entry = (action: string) => ({ at: 1, who: 'boss', action, poll: 'mvp' })

    promise(
      'a poll is read as it was last written, and every step is in the trail, newest first',
      async ({ store: { polls }, reopen }) => {
        expect(await polls.all()).toEqual([])
        const created = { ...entry('create'), detail: { max: 1 } }
        expect(await polls.save(poll(1), { replaces: 0, entry: created })).toBe(true)
        expect(await polls.save(poll(2), { replaces: 1, entry: entry('open') })).toBe(true)
        await polls.record('', entry('rotate-key'))
        const after = (await reopen()).polls
        expect(await after.all()).toEqual([poll(2)])
        expect(await after.find('final', 'mvp')).toEqual(poll(2))
        expect(await after.find('final', 'other')).toBeUndefined()
        expect(await after.trail('final', { limit: 9 })).toMatchObject([
          { entry: 2, ...entry('open') },
          { entry: 1, ...entry('create'), detail: { max: 1 } },
        ])
        expect(await after.trail('final', { limit: 1 })).toMatchObject([{ entry: 2 }])
        expect(await after.trail('final', { before: 2, limit: 9 })).toMatchObject([{ entry: 1 }])
        expect(await after.trail('final', { before: 1, limit: 9 })).toEqual([])
      },
    )

    promise(
      'each entry of a trail is bound to the one before, and another show has a trail of its own',
      async ({ store: { polls }, reopen }) => {
        const hash = (text: string) => createHash('sha256').update(text).digest('base64url')
        await polls.record('final', { ...entry('open'), detail: { b: 1, a: 2 } })
        await polls.record('semi', entry('open'))
        await (await reopen()).polls.record('final', entry('close'))
        const [second, first] = await polls.trail('final', { limit: 9 })
        const opened = '{"action":"open","at":1,"detail":{"a":2,"b":1},"poll":"mvp","who":"boss"}'
        expect(first!.hash).toBe(hash(`roar-trail-v1\n\nfinal\n1\n${opened}`))
        const closed = '{"action":"close","at":1,"poll":"mvp","who":"boss"}'
        expect(second!.hash).toBe(hash(`roar-trail-v1\n${first!.hash}\nfinal\n2\n${closed}`))
        expect((await polls.trail('semi', { limit: 9 })).map(({ entry }) => entry)).toEqual([1])
      },
    )

    promise('the key of voters is kept until it is forgotten', async ({ store: { polls }, reopen }) => {
      const key = crypto.getRandomValues(new Uint8Array(32))
      expect(await polls.voterKey('final', 'mvp')).toBeUndefined()
      await polls.saveVoterKey('final', 'mvp', key)
      await polls.saveVoterKey('final', 'mvp', new Uint8Array(32))
      expect(await (await reopen()).polls.voterKey('final', 'mvp')).toEqual(key)
      await polls.forgetVoterKey('final', 'mvp')
      expect(await (await reopen()).polls.voterKey('final', 'mvp')).toBeUndefined()
    })

    promise('of two who revoke one signing key the first stands', async ({ store: { polls }, reopen }) => {
      const key = (jwk: string) => ({ kid: 'a', from: 0, jwk })
      await polls.saveSigningKey(key('good'))
      const by = (who: string) => ({ at: 1, who, action: 'revoke-key', poll: '', detail: 'a' })
      expect(await polls.replaceSigningKey(key('good'), key('revoked at 1'), by('ann'))).toBe(true)
      expect(await polls.replaceSigningKey(key('good'), key('revoked at 2'), by('ben'))).toBe(false)
      const again = await reopen()
      expect(await again.polls.signingKeys()).toEqual([key('revoked at 1')])
      expect((await again.polls.trail('', { limit: 9 })).map(({ who }) => who)).toEqual(['ann'])
    })

    promise('of two signing keys for one time the first stays', async ({ store: { polls }, reopen }) => {
      const key = (kid: string, from: number) => ({ kid, from, jwk: `{"kid":"${kid}"}` })
      expect(await polls.signingKeys()).toEqual([])
      await polls.saveSigningKey(key('b', 1_795_349_712_000))
      const by = (who: string) => ({ at: 1, who, action: 'rotate-key', poll: '', detail: who })
      await polls.saveSigningKey(key('a', 0), by('ann'))
      await polls.saveSigningKey(key('c', 0), by('ben'))
      expect((await polls.trail('', { limit: 9 })).map(({ who }) => who)).toEqual(['ann'])
      expect(await (await reopen()).polls.signingKeys()).toEqual([key('a', 0), key('b', 1_795_349_712_000)])
    })

    promise(
      'a certificate is written once, with the seal; its leaves before it, and again where a seal was tried again',
      async ({ store: { polls }, reopen }) => {
        const leaf = (chunk: number, from: number, to: number): LeafChunk => ({
          chunk,
          from,
          to,
          ballots: [`a${chunk}`, `b${chunk}`],
          places: [
            { partition: 0, offset: 2 * chunk },
            { partition: 3, offset: 2 ** 40 },
          ],
          hashes: [new Uint8Array(32).fill(chunk), new Uint8Array(32).fill(9)],
          marks: [
            { quarantined: true, markSalt: `s${chunk}` },
            { quarantined: false, markSalt: '' },
          ],
          root: new Uint8Array(32).fill(chunk + 1),
        })
        const certificate = { statement: { show: 'final', poll: 'mvp' } as never, kid: 'k', signature: 's' }
        const leaves = [leaf(0, 10, 20), leaf(1, 20, 30)]
        await polls.saveLeaves('final', 'mvp', [leaf(0, 1, 2)])
        await polls.saveLeaves('final', 'mvp', leaves)
        // A studio that has read less, and was overtaken.
        const { ballots, places, hashes, marks, ...rest } = leaf(1, 20, 25)
        const one = <T>([first]: T[]): T[] => [first!]
        await polls.saveLeaves('final', 'mvp', [
          { ...rest, ballots: one(ballots), places: one(places), hashes: one(hashes), marks: one(marks) },
        ])
        expect(await polls.certificate('final', 'mvp')).toBeUndefined()
        await polls.save(poll(1), { replaces: 0, entry: entry('seal'), certificate })
        const other = { ...certificate, kid: 'other' }
        const again = polls.save(poll(2), { replaces: 1, entry: entry('seal'), certificate: other })
        expect(
          await again.then(
            () => 'written',
            () => 'refused',
          ),
        ).toBe('refused')
        const after = (await reopen()).polls
        expect(await after.certificate('final', 'mvp')).toEqual(certificate)
        expect(await after.all()).toEqual([poll(1)])
        expect(await after.leafIndex('final', 'mvp')).toEqual(
          leaves.map(({ from, to, root }) => ({ from, to, root })),
        )
        expect(await after.leaves('final', 'mvp', 1)).toEqual(leaves[1]!)
        expect(await after.leaves('final', 'mvp', 2)).toBeUndefined()
        expect(await after.leafIndex('final', 'other')).toEqual([])
      },
    )

    promise(
      'the index of a poll of hundreds of thousands of ballots is whole',
      async ({ store: { polls } }) => {
        const hash = new Uint8Array(32)
        const only = {
          ballots: ['a'],
          places: [],
          hashes: [hash],
          marks: [{ quarantined: false, markSalt: 's' }],
        }
        const leaves = Array.from({ length: 2500 }, (_, chunk) => ({
          ...{ chunk, from: chunk, to: chunk + 1, root: hash },
          ...only,
        }))
        await polls.saveLeaves('final', 'mvp', leaves)
        const index = await polls.leafIndex('final', 'mvp')
        expect(index.map(({ from }) => from)).toEqual(leaves.map(({ from }) => from))
      },
    )

    promise(
      'a show and the polls that are wiped with it are written together, or not at all',
      async ({ store, reopen }) => {
        const certificate = { statement: { show: 'final', poll: 'mvp' } as never, kid: 'k', signature: 's' }
        const { polls } = store
        await polls.saveVoterKey('final', 'mvp', new Uint8Array(32))
        await polls.saveTreeHead('final', 'mvp', { size: 2, root: 'r' })
        const suspect = {
          ...{ cohort: 'a', kind: 'block' as const, ballots: 9, quarantined: 9, beyondLimit: 9 },
          ...{ suspicion: 0, signs: [], from: 1, to: 2 },
        }
        await polls.saveSuspects([{ show: 'final', poll: 'mvp', watch: 'w', suspect }])
        await polls.save(poll(1), { replaces: 0, entry: entry('seal'), certificate })
        await store.saveShow(show(2), { replaces: 0 })
        const wipe = (replaces: number, ofPoll: number) =>
          store.saveShow(show(3), {
            ...{ replaces, entry: entry('wipe-show') },
            polls: [
              { poll: { ...poll(1), poll: 'mvp-r2' }, replaces: 0 },
              { poll: { ...poll(2), wiped: 9 }, replaces: ofPoll },
            ],
          })
        expect(await wipe(1, 1)).toBe(false)
        // Somebody has changed one of its polls meanwhile.
        expect(await wipe(2, 2)).toBe(false)
        expect(await store.show('final')).toEqual(show(2))
        expect(await polls.all()).toEqual([poll(1)])
        expect(await polls.certificate('final', 'mvp')).toEqual(certificate)
        expect(await wipe(2, 1)).toBe(true)
        const after = (await reopen()).polls
        expect(await after.all()).toEqual([
          { ...poll(2), wiped: 9 },
          { ...poll(1), poll: 'mvp-r2' },
        ])
        expect(await after.certificate('final', 'mvp')).toBeUndefined()
        expect(await after.treeHead('final', 'mvp')).toBeUndefined()
        expect(await after.voterKey('final', 'mvp')).toBeUndefined()
        expect(await after.suspects('final', 'mvp')).toEqual([])
      },
    )

    promise(
      'what was seen of suspicious places is kept, of each watch the most, and of a poll as many places as there is room for',
      async ({ store, reopen }) => {
        const seen = (cohort: string, watch: string, quarantined: number) => ({
          ...{ show: 'final', poll: 'mvp', watch },
          suspect: {
            ...{ cohort, kind: 'network' as const, ballots: quarantined + 20, quarantined, beyondLimit: 0 },
            ...{ suspicion: 0.9, from: 1, to: 2 },
            signs: [{ sign: 'volume' as const, bits: 2.5, here: 90, usual: 4 }],
          },
        })
        await store.polls.saveSuspects([seen('a', 'w1', 5), seen('a', 'w2', 7)])
        await store.polls.saveSuspects([seen('a', 'w1', 9), seen('a', 'w2', 3), seen('b', 'w1', 1)])
        const kept = [seen('a', 'w1', 9), seen('a', 'w2', 7), seen('b', 'w1', 1)]
        const after = await reopen()
        expect(await after.polls.suspects('final', 'mvp')).toEqual(kept.map(({ suspect }) => suspect))
        expect(await after.polls.suspects('final', 'other')).toEqual([])
        await after.polls.saveSuspects(Array.from({ length: SUSPECTS_MAX }, (_, i) => seen(`c${i}`, 'w1', 8)))
        const full = await after.polls.suspects('final', 'mvp')
        expect(full).toHaveLength(SUSPECTS_MAX)
        expect(full[0]).toEqual(seen('a', 'w1', 9).suspect)
        expect(full.at(-1)!.quarantined).toBe(8)
      },
    )

    promise(
      'what was asked for is decided once, and what is asked anew takes its place',
      async ({ store: { polls }, reopen }) => {
        const by = { person: 'p1', name: 'Ann', who: 'ann of the studio' }
        const asked = (request: string, poll = 'mvp'): DecisionRequest => ({
          ...{ request, show: 'final', poll, action: 'seal', reason: 'It is over', by },
          ...{ at: 1, expires: 2, version: 3, seen: 'as it was' },
        })
        const decided = (request: string, approved: boolean): DecisionRequest => ({
          ...asked(request),
          decided: { approved, by: { ...by, person: 'p2' }, at: 2 },
        })
        const ask = (request: DecisionRequest, replaces?: DecisionRequest) =>
          polls.saveRequest(request, { replaces, entry: entry('ask') })
        expect(await ask(asked('r1'))).toBe(true)
        expect(await ask(asked('s1', ''))).toBe(true)
        expect(await ask(asked('lost'))).toBe(false)
        expect(await ask(asked('r2'), asked('r1'))).toBe(true)
        expect(await ask(asked('lost'), asked('r1'))).toBe(false)
        expect(await polls.requests('final')).toEqual([asked('s1', ''), asked('r2')])
        expect(await polls.decideRequest(decided('r1', true), entry('lost'))).toBe(false)
        expect(await polls.decideRequest(decided('r2', true), entry('approve'))).toBe(true)
        expect(await polls.decideRequest(decided('r2', false), entry('lost'))).toBe(false)
        // A caller who saw it waiting must not replace what was approved meanwhile.
        expect(await ask(asked('lost'), asked('r2'))).toBe(false)
        const after = (await reopen()).polls
        expect(await after.requests('final')).toEqual([asked('s1', ''), decided('r2', true)])
        expect(await after.requests('other')).toEqual([])
        expect((await after.trail('final', { limit: 9 })).map(({ action }) => action)).toEqual([
          'approve',
          'ask',
          'ask',
          'ask',
        ])
      },
    )

    promise('how far the log of ballots reached is known after a restart', async ({ store, reopen }) => {
      expect(await store.polls.ballotsEnd()).toEqual({ next: 0, last: '' })
      const reach = (next: number, last: string) => ({ next, last })
      expect(await store.polls.saveBallotsEnd(reach(7, 'seven'), reach(0, ''))).toBe(true)
      expect(await store.polls.saveBallotsEnd(reach(12, 'twelve'), reach(7, 'seven'))).toBe(true)
      // Another ingest, which recorded its end earlier and saw less.
      expect(await store.polls.saveBallotsEnd(reach(9, 'nine'), reach(7, 'seven'))).toBe(false)
      expect(await (await reopen()).polls.ballotsEnd()).toEqual({ next: 12, last: 'twelve' })
    })

    promise(
      'the largest tree that a head was signed of stays, through a restart',
      async ({ store, reopen }) => {
        expect(await store.polls.treeHead('final', 'mvp')).toBeUndefined()
        for (const [size, root] of [
          [0, 'r0'],
          [7, 'r7'],
          [3, 'r3'],
          [7, 'other'],
        ] as const)
          await store.polls.saveTreeHead('final', 'mvp', { size, root })
        expect(await store.polls.treeHead('final', 'other')).toBeUndefined()
        expect(await (await reopen()).polls.treeHead('final', 'mvp')).toEqual({ size: 7, root: 'r7' })
      },
    )

    peopleContract(promise)
    webhooksContract(promise)

    racesContract(promise)

    promise('a show nobody counted has nothing', async ({ store }) => {
      expect(await store.counts('final')).toEqual(none)
    })

    promise('counts are what was last written, through a restart', async ({ store, reopen }) => {
      const packet = { at: 750, ms: 250, n: 3, total: 5_000_000_000, top: [] }
      await save(store, {
        totals: [
          { segment: '', sticker: 'six', count: 1 },
          { segment: 'home', sticker: 'heart', count: 4_999_999_990 },
        ],
        history: [{ at: 0, segment: 'home', sticker: 'heart', count: 2 }],
        shifts: [{ at: 0, segment: 'home', sticker: 'heart', count: -2 }],
        cells: [cell(750, 2)],
        cellsFrom: 1,
        moods: [{ segment: '', packet }],
      })
      await save(store, {
        totals: [{ segment: 'home', sticker: 'heart', count: 4_999_999_999 }],
        history: [{ at: 0, segment: 'home', sticker: 'heart', count: 9 }],
        shifts: [{ at: 0, segment: 'home', sticker: 'heart', count: -9 }],
        cells: [cell(750, 9)],
        cellsFrom: 1,
        moods: [{ segment: '', packet: { ...packet, n: 9 } }],
      })
      const counts = await (await reopen()).counts('final')
      expect(counts.totals.toSorted((a, b) => a.count - b.count)).toEqual([
        { segment: '', sticker: 'six', count: 1 },
        { segment: 'home', sticker: 'heart', count: 4_999_999_999 },
      ])
      expect(counts.history).toEqual([{ at: 0, segment: 'home', sticker: 'heart', count: 9 }])
      expect(counts.shifts).toEqual([{ at: 0, segment: 'home', sticker: 'heart', count: -9 }])
      expect(counts.cells).toEqual([cell(750, 9)])
      expect(counts.moods).toEqual([{ segment: '', packet: { ...packet, n: 9 } }])
      expect(await store.counts('other')).toEqual(none)
    })

    promise('what hours of an outage have left is written at once', async ({ store }) => {
      const rows = Array.from({ length: 30_000 }, (_, i) => ({
        segment: `s${i % 64}`,
        sticker: `t${i}`,
        count: 1,
      }))
      await save(store, {
        ...none,
        totals: rows,
        cells: rows.map((row, i) => ({ ...row, show: 'final', window: 250 * (i % 64), version: i })),
      })
      const counts = await store.counts('final')
      expect([counts.totals.length, counts.cells.length]).toEqual([rows.length, rows.length])
    })

    promise('cells and steps that cannot change any more are not handed out again', async ({ store }) => {
      const history = [0, 1000, 2000].map((at) => ({ at, segment: '', sticker: 'six', count: 1 }))
      await save(store, {
        ...none,
        history,
        cells: [cell(0, 1), cell(1250, 1), cell(2000, 1)],
        cellsFrom: 0,
      })
      await save(store, { ...none, cellsFrom: 1250 })
      const counts = await store.counts('final')
      expect(counts.cells.map(({ window }) => window).toSorted()).toEqual([1250, 2000])
      expect(counts.history.map(({ at }) => at).toSorted()).toEqual([1000, 2000])
    })

    promise('what programme time adds is handed out as long as a viewer can be behind', async ({ store }) => {
      const shifts = [128_000, 130_000, 250_000].map((at) => ({ at, segment: '', sticker: 'six', count: 1 }))
      await save(store, { ...none, shifts, cellsFrom: 250_000 })
      const { shifts: held } = await store.counts('final')
      expect(held.map(({ at }) => at).toSorted((a, b) => a - b)).toEqual([130_000, 250_000])
    })

    promise(
      'of several writers one holds the term, and the others are told so and write nothing',
      async ({ store, reopen }) => {
        const first = await store.takeTerm()
        expect(await store.term()).toBe(first)
        const total = (count: number) => ({ ...none, totals: [{ segment: '', sticker: 'six', count }] })
        expect(await store.saveCounts('final', total(1), first)).toBe(true)
        const other = await reopen()
        const second = await other.takeTerm()
        expect(second).toBeGreaterThan(first)
        expect(await store.term()).toBe(second)
        expect(await store.saveCounts('final', total(99), first)).toBe(false)
        expect(await other.saveCounts('final', total(2), second)).toBe(true)
        expect((await store.counts('final')).totals).toEqual(total(2).totals)
      },
    )

    promise(
      'a write of counts says what it follows and what it leaves, and is none where the store is not as it was left',
      async ({ store, reopen }) => {
        const term = await store.takeTerm()
        const total = (count: number) => ({ ...none, totals: [{ segment: '', sticker: 'six', count }] })
        const [first, second, other] = [7, 9, 9].map((next, i) => ({ topicId: i === 2 ? 'b' : 'a', next }))
        const write = (count: number, before?: CountsReached, after = before) =>
          store.saveCounts('final', total(count), term, { before, after })
        expect(await store.countsReached()).toBeUndefined()
        expect(await write(9, first, second)).toBe(false)
        expect(await write(1)).toBe(true)
        expect(await write(2, undefined, first)).toBe(true)
        expect(await write(3, first)).toBe(true)
        expect(await write(9, undefined, second)).toBe(false)
        expect(await write(9, second)).toBe(false)
        expect(await (await reopen()).countsReached()).toEqual(first)
        expect((await store.counts('final')).totals).toEqual(total(3).totals)
        expect(await write(4, first, second)).toBe(true)
        expect(await write(9, other)).toBe(false)
        expect(await store.countsReached()).toEqual(second)
        // Omitting it changes nothing.
        expect(await store.saveCounts('final', total(5), term)).toBe(true)
        expect(await store.countsReached()).toEqual(second)
      },
    )

    promise(
      'a run that begins deletes what was counted in those before it, under the term, and nothing of another show',
      async ({ store, reopen }) => {
        const term = await store.takeTerm()
        const packet = (at: number, total: number) => ({ at, ms: 250, n: 1, total, top: [] })
        const counted = (at: number): CountsState => ({
          totals: [{ segment: '', sticker: 'six', count: 3 }],
          history: [{ at: 1000, segment: '', sticker: 'six', count: 3 }],
          shifts: [{ at: 1000, segment: '', sticker: 'six', count: -1 }],
          cells: [cell(1000, 3)],
          cellsFrom: 500,
          moods: [{ segment: '', packet: packet(at, 3) }],
        })
        const others = ['final-2', 'finale', 'final~3']
        for (const name of ['final', 'final~2', ...others]) await store.saveCounts(name, counted(1000), term)
        await store.saveCounts(
          'final~2',
          { ...none, moods: [{ segment: 'home', packet: packet(1250, 1) }] },
          term,
        )
        const range = { from: 0, to: 9000, stepMs: 1000 }
        expect(await store.beginRun({ show: 'final', run: 3 }, term - 1)).toBe(false)
        expect((await store.counts('final')).totals).toHaveLength(1)
        for (let times = 0; times < 2; times++) {
          expect(await store.beginRun({ show: 'final', run: 3 }, term)).toBe(true)
          const stored = await reopen()
          for (const name of ['final', 'final~2']) {
            expect(await stored.counts(name)).toEqual(none)
            expect(await stored.history(name, range)).toEqual([])
          }
          // What screens show of the old run is followed by something newer: existing counts, or zero.
          const { moods, ...rest } = await stored.counts('final~3')
          expect(moods.toSorted((a, b) => (a.segment < b.segment ? -1 : 1))).toEqual([
            { segment: '', packet: packet(1500, 3) },
            { segment: 'home', packet: { ...packet(1500, 0), n: 0 } },
          ])
          expect({ ...rest, moods: counted(1000).moods }).toEqual(counted(1000))
          for (const name of ['final-2', 'finale']) expect(await stored.counts(name)).toEqual(counted(1000))
        }
        expect(await store.beginRun({ show: 'finale' }, term)).toBe(true)
        expect(await store.counts('finale')).toEqual(counted(1000))
      },
    )

    promise('history is summed over steps, of one segment or of all', async ({ store }) => {
      await save(store, {
        ...none,
        history: [
          { at: 1000, segment: 'home', sticker: 'six', count: 1 },
          { at: 2000, segment: 'home', sticker: 'six', count: 10 },
          { at: 3000, segment: 'away', sticker: 'six', count: 100 },
          { at: 3000, segment: 'away', sticker: 'heart', count: 7 },
          { at: 4000, segment: 'away', sticker: 'six', count: 1000 },
        ],
      })
      const range = { from: 1000, to: 4000, stepMs: 2000 }
      expect(await store.history('final', range)).toEqual([
        { at: 0, segment: '', sticker: 'six', count: 1 },
        { at: 2000, segment: '', sticker: 'heart', count: 7 },
        { at: 2000, segment: '', sticker: 'six', count: 110 },
      ])
      expect(await store.history('final', { ...range, segment: 'home' })).toEqual([
        { at: 0, segment: 'home', sticker: 'six', count: 1 },
        { at: 2000, segment: 'home', sticker: 'six', count: 10 },
      ])
      expect(await store.history('final', { ...range, bySegment: true })).toEqual([
        { at: 0, segment: 'home', sticker: 'six', count: 1 },
        { at: 2000, segment: 'away', sticker: 'heart', count: 7 },
        { at: 2000, segment: 'away', sticker: 'six', count: 100 },
        { at: 2000, segment: 'home', sticker: 'six', count: 10 },
      ])
    })

    promise('history by programme time has the same sum, at what was on the screens', async ({ store }) => {
      const count = (at: number, count: number) => ({ at, segment: 'home', sticker: 'six', count })
      await save(store, {
        ...none,
        history: [count(8000, 5), count(9000, 7)],
        shifts: [count(2000, 4), count(8000, -5), count(3000, 1)],
      })
      const range = { from: 0, to: 10_000, stepMs: 1000 }
      expect(await store.history('final', range)).toMatchObject([{ count: 5 }, { count: 7 }])
      expect(await store.history('final', { ...range, clock: 'programme', segment: 'home' })).toEqual([
        count(2000, 4),
        count(3000, 1),
        count(9000, 7),
      ])
    })
  })
}
