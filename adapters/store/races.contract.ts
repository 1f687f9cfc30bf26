import { expect } from 'bun:test'
import type { Poll } from '../../protocol/polls.ts'
import type { Store } from './store.ts'

type Promised = (
  title: string,
  run: (stores: { store: Store; reopen(): Promise<Store> }) => Promise<void>,
) => void

const WRITERS = 4
const CHANGES = 4
const entry = (who: string, poll = 'mvp') => ({ at: 1, who, action: 'change', poll })
const marks = Array.from({ length: WRITERS }, (_, writer) =>
  Array.from({ length: CHANGES }, (_, i) => `${writer}.${i}`),
)

/**
 * Writers who change one thing as often as they can, all at once: each appends its marks to what it read, and reads again after
 * losing a race.
 * @param add Reads, appends the mark and writes. @returns whether it was written
 */
const attack = (add: (mark: string) => Promise<boolean>) =>
  Promise.all(
    marks.map(async (own) => {
      for (const mark of own)
        while (!(await add(mark))) {
          // Somebody else was faster: each time one of them advances.
        }
    }),
  )

/** All marks written, from a text with spaces between them. */
const written = (text: string) => text.split(' ').filter(Boolean).toSorted()

/** What is promised for documents that several change at the same moment: no write is lost. */
export function racesContract(promise: Promised): void {
  promise(
    'of many who change one poll at the same moment nobody undoes what another did',
    async ({ store }) => {
      const poll = { show: 'final', poll: 'mvp', question: '', choices: [], version: 1 } as unknown as Poll
      const { polls } = store
      const making = marks.map(([mark]) => polls.save({ ...poll, question: mark! }, { replaces: 0 }))
      expect((await Promise.all(making)).filter(Boolean)).toHaveLength(1)
      await polls.save({ ...poll, version: 2 }, { replaces: 1 })
      await attack(async (mark) => {
        const before = (await polls.find('final', 'mvp'))!
        const after = { ...before, question: `${before.question} ${mark}`, version: before.version + 1 }
        return polls.save(after, { replaces: before.version, entry: entry(mark) })
      })
      const { question, version } = (await polls.find('final', 'mvp'))!
      expect(written(question)).toEqual(marks.flat().toSorted())
      expect(version).toBe(2 + WRITERS * CHANGES)
      const trail = await polls.trail('final', { limit: 99 })
      expect(trail.map(({ who }) => who).toSorted()).toEqual(marks.flat().toSorted())
    },
  )

  promise('nor of a show, or a pack', async ({ store }) => {
    const none = { stickers: [], segments: [], version: 1 }
    await store.saveShow({ ...none, show: 'final', title: '' }, { replaces: 0 })
    await attack(async (mark) => {
      const before = (await store.show('final'))!
      const after = { ...before, title: `${before.title} ${mark}`, version: before.version + 1 }
      return store.saveShow(after, { replaces: before.version, entry: entry(mark) })
    })
    expect(written((await store.show('final'))!.title)).toEqual(marks.flat().toSorted())
    await store.savePack({ pack: 'classic', title: '', stickers: [], version: 1 }, { replaces: 0 })
    await attack(async (mark) => {
      const [before] = await store.packs()
      const after = { ...before!, title: `${before!.title} ${mark}`, version: before!.version + 1 }
      return store.savePack(after, { replaces: before!.version, entry: entry(mark) })
    })
    expect(written((await store.packs())[0]!.title)).toEqual(marks.flat().toSorted())
  })

  promise('what is written beside a change that is taken back stays', async ({ store }) => {
    const poll = { show: 'final', poll: 'mvp', question: '', choices: [], version: 1 } as unknown as Poll
    const show = { show: 'final', title: '', stickers: [], segments: [], version: 1 }
    await store.polls.save(poll, { replaces: 0 })
    const taken = Array.from({ length: 20 }, async (_, i) => {
      const lost = store.saveShow(show, { replaces: 0, polls: [{ poll, replaces: 7 }] })
      await store.polls.saveTreeHead('final', `poll-${i}`, { size: 1, root: 'r' })
      expect(await lost).toBe(false)
    })
    await Promise.all(taken)
    for (const i of taken.keys())
      expect(await store.polls.treeHead('final', `poll-${i}`)).toEqual({ size: 1, root: 'r' })
    expect(await store.shows()).toEqual([])
  })
}
