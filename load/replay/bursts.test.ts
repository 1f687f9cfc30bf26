import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import type { PollLine, TapsLine } from '../../protocol/recording.ts'
import { seededRandom } from '../random.ts'
import { ballotsOf } from './ballots.ts'
import { burstsOf } from './bursts.ts'

const line = fc.record({
  line: fc.constant('taps' as const),
  at: fc.integer({ min: 0, max: 20_000 }),
  ms: fc.integer({ min: 1, max: 5_000 }),
  segment: fc.constantFrom('', 'home'),
  sticker: fc.constantFrom('six', 'heart'),
  count: fc.integer({ min: 1, max: 300 }),
})

test('every tap of a recording is in a burst, in its step, and bursts come in the order of their time', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 30 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 100 }),
      fc.nat(),
      (lines, speed, burst, seed) => {
        const taps: TapsLine[] = lines.toSorted((a, b) => a.at - b.at)
        const bursts = [...burstsOf(taps, { speed, burst, random: seededRandom(seed) })]
        const due = bursts.map(({ dueMs }) => dueMs)
        expect(due).toEqual(due.toSorted((a, b) => a - b))
        const sum = (of: (segment: string, sticker: string) => number) =>
          ['', 'home'].flatMap((segment) => ['six', 'heart'].map((sticker) => of(segment, sticker)))
        expect(
          sum((segment, sticker) =>
            bursts
              .filter((each) => each.segment === segment)
              .reduce((taps, each) => taps + (each.stickers[sticker] ?? 0), 0),
          ),
        ).toEqual(
          sum((segment, sticker) =>
            taps
              .filter((each) => each.segment === segment && each.sticker === sticker)
              .reduce((taps, { count }) => taps + count, 0),
          ),
        )
        for (const { taps, dueMs } of bursts) {
          expect(taps).toBeLessThanOrEqual(burst)
          expect(lines.some(({ at, ms }) => dueMs >= at / speed && dueMs <= (at + ms) / speed)).toBe(true)
        }
      },
    ),
    { numRuns: 50 },
  )
})

test.each([
  ['one', 1],
  ['several', 2],
  ['points', 7],
] as const)('ballots of a poll for %s give its recorded result', (kind, max) => {
  const choices = ['a', 'b'].map((choice) => ({ choice, title: choice }))
  const poll: PollLine = { line: 'poll', at: 0, closes: 9, poll: 'p', question: 'Who?', choices, kind, max }
  const votes = [
    { line: 'votes' as const, poll: 'p', segment: '', choice: 'a', count: 23 },
    { line: 'votes' as const, poll: 'p', segment: 'home', choice: 'b', count: 7 },
  ]
  const result = { a: 0, b: 0 }
  for (const { body } of ballotsOf(poll, votes, seededRandom(3))) {
    if ('choice' in body) result[body.choice as 'a']++
    else if ('choices' in body) for (const choice of body.choices) result[choice as 'a']++
    else for (const [choice, points] of Object.entries(body.points)) result[choice as 'a'] += points
  }
  expect(result).toEqual({ a: 23, b: 7 })
})
