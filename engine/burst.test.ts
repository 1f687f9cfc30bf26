import { expect, test } from 'bun:test'
import { RoarError } from '../protocol/errors.ts'
import { checkBurst, packOf } from './burst.ts'

const pack = packOf({
  stickers: [{ sticker: 'heart' }, { sticker: 'six' }],
  segments: [{ segment: 'home' }, { segment: 'away' }],
})

const codeOf = (body: unknown, sampleMin = 1): string => {
  try {
    checkBurst(body, pack, sampleMin)
    return 'accepted'
  } catch (error) {
    if (error instanceof RoarError) return error.code
    throw error
  }
}

test('a good burst is taken as it is, and fields of newer clients are ignored', () => {
  for (const body of [
    { stickers: { heart: 1 } },
    { stickers: { heart: 100, six: 1 }, segment: 'home' },
    { stickers: { six: 2 }, sample: 1, later: { fields: true } },
  ]) {
    expect(checkBurst(body, pack, 1)).toBe(body)
  }
})

test.each([
  [null, 'bad_request'],
  [[], 'bad_request'],
  ['heart', 'bad_request'],
  [7, 'bad_request'],
  [{}, 'bad_request'],
  [{ stickers: null }, 'bad_request'],
  [{ stickers: [] }, 'bad_request'],
  [{ stickers: ['heart'] }, 'bad_request'],
  [{ stickers: {} }, 'bad_request'],
  [{ stickers: { heart: 0 } }, 'bad_count'],
  [{ stickers: { heart: -1 } }, 'bad_count'],
  [{ stickers: { heart: 1.5 } }, 'bad_count'],
  [{ stickers: { heart: 101 } }, 'bad_count'],
  [{ stickers: { heart: 1e9 } }, 'bad_count'],
  [{ stickers: { heart: '1' } }, 'bad_count'],
  [{ stickers: { heart: null } }, 'bad_count'],
  [{ stickers: { heart: 1, duck: 1 } }, 'unknown_sticker'],
  [JSON.parse('{"stickers":{"__proto__":1}}'), 'unknown_sticker'],
  [{ stickers: { toString: 1 } }, 'unknown_sticker'],
  [{ stickers: { heart: 1 }, segment: 'moon' }, 'unknown_segment'],
  [{ stickers: { heart: 1 }, segment: '' }, 'unknown_segment'],
  [{ stickers: { heart: 1 }, segment: 3 }, 'bad_request'],
  [{ stickers: { heart: 1 }, sample: '1' }, 'bad_request'],
  [{ stickers: { heart: 1 }, sample: 0 }, 'bad_sample'],
  [{ stickers: { heart: 1 }, sample: -0.5 }, 'bad_sample'],
  [{ stickers: { heart: 1 }, sample: 2 }, 'bad_sample'],
  [{ stickers: { heart: 1 }, sample: 0.5 }, 'bad_sample'],
])('the burst %j is refused whole with %s', (body, code) => {
  expect(codeOf(body)).toBe(code)
})

test('a client is believed the sample that was asked for, and no smaller one and no fraction of one', () => {
  expect(codeOf({ stickers: { heart: 1 }, sample: 0.25 }, 0.25)).toBe('accepted')
  expect(codeOf({ stickers: { heart: 1 }, sample: 1 / 3 }, 0.25)).toBe('accepted')
  expect(codeOf({ stickers: { heart: 1 }, sample: 0.125 }, 0.25)).toBe('bad_sample')
  expect(codeOf({ stickers: { heart: 1 }, sample: 0.3 }, 0.25)).toBe('bad_sample')
})

test('a show has as many stickers and segments as a slice holds, and not one more', () => {
  const ids = <Name extends string>(name: Name, count: number) =>
    Array.from({ length: count }, (_, i) => ({ [name]: `x${i}` }) as Record<Name, string>)
  const pack = (stickers: number, segments: number) => () =>
    packOf({ stickers: ids('sticker', stickers), segments: ids('segment', segments) })
  expect(pack(512, 64)).not.toThrow()
  expect(pack(513, 64)).toThrow(RangeError)
  expect(pack(512, 65)).toThrow(RangeError)
})
