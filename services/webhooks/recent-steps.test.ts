import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import type { HistoryRange } from '../../adapters/store/store.ts'
import { readHistory } from '../shows/history.ts'
import { RecentSteps } from './recent-steps.ts'

const AT = 1_795_349_712_000
const SPAN_MS = 900_000

/** A store, what is read of it, and a crowd that taps at second `at` for the first time or again. */
async function world() {
  const store = new MemoryStore()
  const term = await store.takeTerm()
  const asked: HistoryRange[] = []
  const history: MemoryStore['history'] = (show, range) => {
    asked.push(range)
    return store.history(show, range)
  }
  return {
    asked,
    recent: new RecentSteps(history),
    whole: async (seen: { from: number; to: number }) =>
      (await readHistory(store, 'final', { ...seen, stepMs: 1000 })).steps,
    tap: (at: number, count: number) =>
      store.saveCounts(
        'final',
        {
          ...{ totals: [], shifts: [], cells: [], cellsFrom: 0, moods: [] },
          history: [{ at: AT + at * 1000, segment: '', sticker: 'six', count }],
        },
        term,
      ),
  }
}
const seenAt = (second: number) => ({ from: AT + second * 1000 - SPAN_MS, to: AT + second * 1000 })

test('what is asked for each second is read once, and half a minute each time', async () => {
  const { recent, asked, tap } = await world()
  for (let second = 0; second < 30; second++) {
    await tap(second, second + 1)
    await recent.read('final', seenAt(second))
  }
  const spans = asked.map(({ from, to }) => to - from)
  expect(spans[0]).toBe(SPAN_MS)
  expect(Math.max(...spans.slice(1))).toBe(31_000)
})

test('whatever is written within half a minute is found, what is written later within another, and nothing twice', async () => {
  const step = fc.record({
    taps: fc.array(fc.tuple(fc.integer({ min: 0, max: 28 }), fc.integer({ min: 1, max: 9 })), {
      maxLength: 3,
    }),
    forward: fc.constantFrom(0, 1, 1, 1, 2, 40, 1000, -3),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (script) => {
      const { recent, tap, whole } = await world()
      let second = 2000
      for (const { taps, forward } of script) {
        for (const [ago, count] of taps) await tap(second - ago, count)
        second += forward
        expect(await recent.read('final', seenAt(second))).toEqual(await whole(seenAt(second)))
      }
      await tap(second - 500, 77)
      for (let later = 0; later < 30; later++) await recent.read('final', seenAt(second + later))
      expect(await recent.read('final', seenAt(second + 30))).toEqual(await whole(seenAt(second + 30)))
    }),
    { numRuns: 40 },
  )
})

test('a show that nobody asks for any more is read whole when somebody does again', async () => {
  const { recent, asked } = await world()
  await recent.read('final', seenAt(0))
  recent.keepOnly(new Set(['other']))
  await recent.read('final', seenAt(1))
  expect(asked.map(({ from, to }) => to - from)).toEqual([SPAN_MS, SPAN_MS])
})
