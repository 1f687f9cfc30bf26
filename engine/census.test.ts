import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ViewersReport } from '../protocol/viewers.ts'
import { Census } from './census.ts'

const HOLDS_MS = 6_000
const show = fc.constantFrom('final', 'derby')
const count = fc.integer({ min: 0, max: 1000 })
const report = fc.dictionary(show, fc.record({ viewers: count, segments: fc.dictionary(show, count) }))
const event = fc.oneof(
  fc.record({ source: fc.integer({ min: 1, max: 4 }), report, passedMs: fc.integer({ min: 0, max: 4_000 }) }),
  fc.record({ source: fc.integer({ min: 1, max: 4 }), passedMs: fc.integer({ min: 0, max: 4_000 }) }),
)

test('the sum is of each source’s newest word on each show, while it holds and the source has not gone', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const census = new Census<number>({ holdsMs: HOLDS_MS })
      const said: { source: number; at: number; report: ViewersReport | undefined }[] = []
      let now = 0
      for (const { passedMs, source, ...what } of events) {
        now += passedMs
        if ('report' in what) census.take(source, what.report, now)
        else census.forget(source)
        said.push({ source, at: now, report: 'report' in what ? what.report : undefined })
      }
      const expected = { final: 0, derby: 0 }
      for (const source of [1, 2, 3, 4]) {
        for (const show of ['final', 'derby'] as const) {
          const last = said.findLast(
            (word) =>
              word.source === source && (word.report === undefined || word.report[show] !== undefined),
          )
          if (last?.report !== undefined && now < last.at + HOLDS_MS)
            expected[show] += last.report[show]!.viewers
        }
      }
      const total = census.total(now)
      expect({
        final: total.get('final')?.viewers ?? 0,
        derby: total.get('derby')?.viewers ?? 0,
      }).toEqual(expected)
    }),
  )
})

test('a segment may have the name of what every object has', () => {
  const census = new Census<number>({ holdsMs: HOLDS_MS })
  for (const source of [1, 2]) census.take(source, { final: { viewers: 5, segments: { constructor: 2 } } }, 0)
  expect(census.total(0).get('final')).toEqual({ viewers: 10, segments: { constructor: 4 } })
})
