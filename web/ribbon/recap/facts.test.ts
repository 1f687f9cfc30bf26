import { expect, test } from 'bun:test'
import type { ShowDocument } from '../../../sdk/src/index.ts'
import { factsOf } from './facts.ts'
import { OwnEvening } from './own-evening.ts'

const T0 = 1_795_349_712_000
const document = {
  title: 'The final',
  stickers: [
    { sticker: 'heart', title: 'Heart' },
    { sticker: 'six', title: 'Six!' },
  ],
  segments: [
    { segment: 'home', title: 'Lanterns' },
    { segment: 'away', title: 'Kites', colour: '#123456' },
  ],
  sides: ['home', 'away'],
} as unknown as ShowDocument
const step = (i: number, n: number) => ({ at: T0 + i * 2000, n, counts: { heart: n }, sides: { home: n } })
const steps = [step(0, 5), step(3, 1), step(99, 4)]
const highlight = (i: number, lift: number, sticker = 'six') => ({ at: T0 + i, lift, sticker })
const factsWith = (taps: [string, number][], side?: string, highlights = [highlight(1, 3)]) =>
  factsOf(document, { steps, highlights }, { taps: new Map(taps), side, count: 10 })

test('every reaction is in the line once, and each of mine in my number', () => {
  const { all, mine, bars } = factsWith([
    ['heart', 2],
    ['gone', 7],
  ])
  expect([all, mine]).toEqual([10, 9])
  expect(bars.map(({ n }) => n)).toEqual([6, 0, 0, 0, 0, 0, 0, 0, 0, 4])
  expect(bars[0]!.sides).toEqual({ home: 6 })
})

test('the favourite is what I tapped most of what the show still has, the side is one that it sets against others', () => {
  expect(
    factsWith(
      [
        ['heart', 2],
        ['gone', 7],
        ['six', 3],
      ],
      'away',
    ),
  ).toMatchObject({ favourite: { sticker: 'six' }, side: { title: 'Kites', colour: '#123456' } })
  expect(factsWith([], 'other')).toMatchObject({ favourite: undefined, side: undefined })
})

test('the three loudest moments stand in their order', () => {
  const highlights = [
    highlight(1, 2),
    highlight(2, 9),
    highlight(3, 4, 'gone'),
    highlight(4, 3),
    highlight(5, 8),
  ]
  expect(factsWith([], undefined, highlights).moments.map(({ lift }) => lift)).toEqual([9, 3, 8])
})

test('a show in which nobody tapped has a recap, too', () => {
  const none = factsOf(
    document,
    { steps: [], highlights: [] },
    { taps: new Map(), side: undefined, count: 10 },
  )
  expect(none).toMatchObject({ all: 0, mine: 0, moments: [], bars: [] })
})

test('taps of another show, or what somebody else wrote on this device, are not mine', () => {
  const { addEventListener } = globalThis
  globalThis.addEventListener = (() => {}) as never
  for (const written of [
    undefined,
    'not JSON',
    'null',
    '{"show":"final","taps":7}',
    '{"show":"other","taps":[["heart",3]]}',
    '{"show":"final","taps":[["heart","3"],[1,2],null]}',
  ])
    expect([...new OwnEvening({ show: 'final', kept: () => written, keep: () => {} }).taps]).toEqual([])
  const kept = () => '{"show":"final","taps":[["heart",3]]}'
  expect([...new OwnEvening({ show: 'final', kept, keep: () => {} }).taps]).toEqual([['heart', 3]])
  globalThis.addEventListener = addEventListener
})
