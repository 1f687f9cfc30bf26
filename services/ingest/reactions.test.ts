import { expect, test } from 'bun:test'
import fc from 'fast-check'
import * as v from 'valibot'
import { checkBurst, packOf } from '../../engine/burst.ts'
import { type ErrorCode, RoarError } from '../../protocol/errors.ts'
import { Burst } from './reactions.ts'

const PACK = packOf({
  stickers: [{ sticker: 'heart' }, { sticker: 'six' }],
  segments: [{ segment: 'home' }],
})
/** What only the show knows, and the schema cannot. */
const OF_THE_SHOW: ErrorCode[] = ['unknown_sticker', 'unknown_segment', 'bad_sample']

function codeOf(body: unknown): ErrorCode | undefined {
  try {
    checkBurst(body, PACK, 1 / 64)
    return undefined
  } catch (cause) {
    return (cause as RoarError).code
  }
}

const good = <T>(arbitrary: fc.Arbitrary<T>) => ({ weight: 8, arbitrary })
const strange = fc.constantFrom('home', 'duck', '', 'Heart', 'heart\n', '__proto__', 'a'.repeat(33))
const odd = fc.oneof(fc.jsonValue(), strange, fc.constantFrom(0, 101, 0.5, 1e9, Number.NaN, Number.MAX_VALUE))
const count = fc.oneof(good(fc.integer({ min: 1, max: 100 })), odd)
const sticker = fc.oneof(good(fc.constantFrom('heart', 'six')), strange)
const stickers = fc.oneof(good(fc.dictionary(sticker, count, { maxKeys: 3 })), odd)
const segment = fc.oneof(good(fc.constant('home')), odd)
const sample = fc.oneof(good(fc.constantFrom(1, 1 / 2, 1 / 64, 1 / 3)), odd)
const delayMs = fc.oneof(good(fc.constantFrom(0, 8400, -1, 1e12)), odd)
const body = fc.oneof(
  good(fc.record({ stickers, segment, sample, delayMs, more: odd }, { requiredKeys: ['stickers'] })),
  odd,
)

test('the check of taps, written by hand for speed, accepts what the schema of the call says, and nothing else', () => {
  const seen = { accepted: 0, refused: 0, ofTheShow: 0 }
  fc.assert(
    fc.property(body, (made) => {
      // As it comes: through JSON, where a number may be none any more.
      const burst: unknown = JSON.parse(JSON.stringify(made) ?? 'null')
      const code = codeOf(burst)
      const fits = v.is(Burst, burst)
      if (code === undefined) {
        seen.accepted++
        expect(fits).toBe(true)
      } else if (OF_THE_SHOW.includes(code)) seen.ofTheShow++
      else {
        seen.refused++
        expect(fits).toBe(false)
      }
    }),
    { numRuns: 5000 },
  )
  // A property that never sees one of them says nothing.
  expect(Object.values(seen).every((times) => times > 100)).toBe(true)
})

test('a burst that the show refuses for what it knows is refused by the schema for nothing else', () => {
  expect(codeOf({ stickers: { duck: 1 } })).toBe('unknown_sticker')
  expect(v.is(Burst, { stickers: { duck: 1 } })).toBe(true)
  expect(() => checkBurst({ stickers: { heart: 1 }, sample: 1 / 3 }, PACK, 1)).toThrow(RoarError)
})
