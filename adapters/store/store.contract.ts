import { describe, expect, test } from 'bun:test'
import type { CountsState } from '../../protocol/counts.ts'
import type { Store } from './store.ts'

const show = (version: number) => ({
  show: 'final',
  title: `The final, version ${version}`,
  stickers: [{ sticker: 'heart', title: 'Heart', emoji: '❤️' }],
  segments: [],
  version,
})
const none: CountsState = { totals: [], history: [], cells: [], cellsFrom: 0, moods: [] }
const cell = (window: number, count: number) => ({
  show: 'final',
  window,
  segment: 'home',
  sticker: 'heart',
  count,
  version: window + count,
})

/** Writes under a term of its own. */
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
      await store.saveShow(show(1))
      await store.saveShow(show(2))
      expect(await (await reopen()).shows()).toEqual([show(2)])
    })

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
        cells: [cell(750, 2)],
        cellsFrom: 1,
        moods: [{ segment: '', packet }],
      })
      await save(store, {
        totals: [{ segment: 'home', sticker: 'heart', count: 4_999_999_999 }],
        history: [{ at: 0, segment: 'home', sticker: 'heart', count: 9 }],
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
      expect(counts.cells).toEqual([cell(750, 9)])
      expect(counts.moods).toEqual([{ segment: '', packet: { ...packet, n: 9 } }])
      expect(await store.counts('other')).toEqual(none)
    })

    promise('cells and steps that can not change any more are not handed out again', async ({ store }) => {
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

    promise(
      'of several writers one holds the term, and the others are told so and write nothing',
      async ({ store, reopen }) => {
        const first = await store.takeTerm()
        const total = (count: number) => ({ ...none, totals: [{ segment: '', sticker: 'six', count }] })
        expect(await store.saveCounts('final', total(1), first)).toBe(true)
        const other = await reopen()
        const second = await other.takeTerm()
        expect(second).toBeGreaterThan(first)
        expect(await store.saveCounts('final', total(99), first)).toBe(false)
        expect(await other.saveCounts('final', total(2), second)).toBe(true)
        expect((await store.counts('final')).totals).toEqual(total(2).totals)
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
    })
  })
}
