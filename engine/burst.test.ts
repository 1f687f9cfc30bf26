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
    { stickers: { six: 2 }, delayMs: -1e9 },
    // As JSON writes what a player says that has no time: NaN.
    { stickers: { six: 2 }, delayMs: null },
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
  [{ stickers: { heart: 1 }, delayMs: '8400' }, 'bad_request'],
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

test('an alias is its sticker, and the two together have the taps of one', () => {
  const shades = packOf({
    stickers: [{ sticker: 'clap', aliases: ['clap-dark', 'clap-light'] }, { sticker: 'six' }],
    segments: [],
  })
  const code = (stickers: Record<string, number>) => {
    try {
      checkBurst({ stickers }, shades, 1)
      return 'accepted'
    } catch (error) {
      return (error as RoarError).code
    }
  }
  expect(shades.columns).toEqual(['clap', 'six'])
  expect(shades.stickers.get('clap-dark')).toBe(0)
  expect(code({ clap: 50, 'clap-dark': 50, six: 100 })).toBe('accepted')
  expect(code({ clap: 50, 'clap-dark': 51 })).toBe('bad_count')
  expect(code({ 'clap-light': 100, 'clap-dark': 1 })).toBe('bad_count')
})

test('an alias follows its sticker out and in again, and one that is a sticker of its own is that', () => {
  const show = {
    stickers: [{ sticker: 'clap', aliases: ['clap-dark', 'wow'] }, { sticker: 'wow' }],
    segments: [],
    removed: ['clap-dark', 'gone'],
  }
  const on = packOf(show)
  expect([on.stickers.get('clap-dark'), on.stickers.get('wow')]).toEqual([0, 1])
  expect([...on.silent]).toEqual(['gone'])
  const off = packOf({ ...show, switches: { stickers: { clap: 'off' } } })
  expect(off.columns).toEqual(['wow'])
  expect(off.stickers.has('clap-dark')).toBe(false)
  expect([...off.silent].sort()).toEqual(['clap', 'clap-dark', 'gone'])
  const without = packOf({ ...show, switches: { stickers: { wow: 'off' } } })
  expect([without.stickers.has('wow'), [...without.silent].sort()]).toEqual([false, ['gone', 'wow']])
})

test('who sends what is none is told what it should have been', () => {
  const told = (body: unknown) => {
    try {
      checkBurst(body, pack, 0.25)
      return ''
    } catch (cause) {
      return (cause as Error).message
    }
  }
  for (const stickers of [null, [], 'heart', 7]) expect(told({ stickers })).toBe('stickers is not an object')
  expect(told({ stickers: {} })).toBe('stickers is empty')
  expect(told({ stickers: { heart: 1 }, sample: 0.3 })).toBe('sample is not 1/n with a whole n from 1 to 4')
})

test('taps of stickers that a show has no more are not added up, also where others have aliases', () => {
  const folding = packOf({
    stickers: [{ sticker: 'clap', aliases: ['clap-dark'] }],
    segments: [],
    removed: ['gone', 'old'],
  })
  const body = { stickers: { clap: 1, gone: 100, old: 100 } }
  expect(checkBurst(body, folding, 1)).toBe(body)
})
