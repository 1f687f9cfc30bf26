import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { DELAYS_S } from '../protocol/delays.ts'
import { SLICE_DELAYED_MAX } from '../protocol/limits.ts'
import type { BurstRequest } from '../protocol/packets.ts'
import { packOf } from './burst.ts'
import { mergeSlices } from './merge-slices.ts'
import { type SliceBody, SliceBuilder, type SliceForm } from './slice-builder.ts'

const STICKERS = ['heart', 'six', 'wow']
const SEGMENTS = ['home', 'away']
const pack = packOf({
  stickers: STICKERS.map((sticker) => ({ sticker })),
  segments: SEGMENTS.map((segment) => ({ segment })),
})

test.each(['fold', 'events'] as const)('in the form %s an alias is counted as its sticker', (form) => {
  const shades = packOf({
    stickers: [{ sticker: 'six' }, { sticker: 'clap', aliases: ['clap-dark'] }],
    segments: [],
  })
  const builder = new SliceBuilder(shades, form)
  builder.add({ stickers: { 'clap-dark': 2, six: 1 } }, 1, '')
  builder.add({ stickers: { clap: 3 } }, 2, '')
  expect(countsOf([builder.take()!])).toEqual({ '/six': 1, '/clap': 5 })
})

export const anyBurst = fc
  .record({
    stickers: fc.dictionary(fc.constantFrom(...STICKERS), fc.integer({ min: 1, max: 100 }), {
      minKeys: 1,
      noNullPrototype: true,
    }),
    segment: fc.option(fc.constantFrom(...SEGMENTS), { nil: undefined }),
    sample: fc.option(fc.constantFrom(1, 0.5, 0.25, 1 / 3), { nil: undefined }),
    delayMs: fc.option(fc.oneof(fc.integer({ min: -10_000, max: 150_000 }), fc.double({ noNaN: true })), {
      nil: undefined,
    }),
  })
  .map(
    ({ stickers, segment, sample, delayMs }): BurstRequest => ({
      stickers,
      ...(segment === undefined ? {} : { segment }),
      ...(sample === undefined ? {} : { sample }),
      ...(delayMs === undefined ? {} : { delayMs }),
    }),
  )

const countsOf = (slices: SliceBody[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { segment, sticker, count } of slices) {
    for (let i = 0; i < count.length; i++) {
      const key = `${segment[i]}/${sticker[i]}`
      counts[key] = (counts[key] ?? 0) + count[i]!
    }
  }
  return counts
}

const expectedCounts = (bursts: BurstRequest[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { stickers, segment = '', sample = 1 } of bursts) {
    for (const [sticker, count] of Object.entries(stickers)) {
      const key = `${segment}/${sticker}`
      counts[key] = (counts[key] ?? 0) + count * Math.round(1 / sample)
    }
  }
  return counts
}

/** Reactions by place of the delay. */
const placesOf = (slices: SliceBody[]): number[] => {
  const places = DELAYS_S.map(() => 0)
  for (const { count, delay } of slices) for (const [i, n] of count.entries()) places[delay?.[i] ?? 0]! += n
  return places
}
const nearestPlace = ({ delayMs }: BurstRequest): number => {
  const seconds = Math.round(Math.min(Math.max(delayMs ?? 0, 0), 120_000) / 1000)
  return DELAYS_S.indexOf(DELAYS_S.toSorted((a, b) => Math.abs(a - seconds) - Math.abs(b - seconds))[0]!)
}

test('each reaction is at the place nearest to the delay that its client says, folded, as events, and merged', () => {
  fc.assert(
    fc.property(
      fc.array(anyBurst, { minLength: 1 }),
      fc.constantFrom<SliceForm>('fold', 'events'),
      (bursts, form) => {
        const wanted = DELAYS_S.map(() => 0)
        for (const burst of bursts)
          for (const count of Object.values(burst.stickers))
            wanted[nearestPlace(burst)]! += count * Math.round(1 / (burst.sample ?? 1))
        const slices = bursts.map((burst) => build([burst], form)!)
        const whole = build(bursts, form)!
        expect(placesOf([whole])).toEqual(wanted)
        expect(placesOf([slices.reduce(mergeSlices)])).toEqual(wanted)
        expect(whole.delay?.length ?? whole.count.length).toBe(whole.count.length)
        expect('delay' in whole).toBe(wanted.slice(1).some((n) => n > 0))
      },
    ),
  )
})

test('of viewers behind a slice holds a bound of entries: it is full there, and what is merged beyond is at their arrival', () => {
  const stickers = Array.from({ length: 512 }, (_, i) => `s${i}`)
  const wide = packOf({
    stickers: stickers.map((sticker) => ({ sticker })),
    segments: Array.from({ length: 20 }, (_, i) => ({ segment: `g${i}` })),
  })
  const builder = new SliceBuilder(wide, 'fold')
  const fill = (delayMs: number): SliceBody => {
    for (let i = 0; !builder.isFull && i < 20; i++)
      builder.add(
        { stickers: Object.fromEntries(stickers.map((s) => [s, 1])), segment: `g${i}`, delayMs },
        1,
        '',
      )
    return builder.take()!
  }
  const slices = [fill(4000), fill(8000)]
  for (const { count } of slices) expect(count.length).toBeLessThan(10_000 + 512)
  const merged = mergeSlices(slices[0]!, slices[1]!)
  expect(merged).not.toHaveProperty('delay')
  expect(countsOf([merged])).toEqual(countsOf(slices))
})

test('of merged slices the entries of viewers behind are kept up to the bound, and one above it none', () => {
  const slice = (from: number, to: number): SliceBody => {
    const places = Array.from({ length: to - from }, (_, i) => from + i)
    return {
      ...{ from: 1, to: 1, segment: places.map(() => '') },
      ...{ sticker: places.map((i) => `s${i}`), count: places.map(() => 1), delay: places.map(() => 2) },
    }
  }
  const full = mergeSlices(slice(0, 9000), slice(9000, SLICE_DELAYED_MAX))
  expect(full.delay).toHaveLength(SLICE_DELAYED_MAX)
  expect(mergeSlices(full, slice(SLICE_DELAYED_MAX, SLICE_DELAYED_MAX + 1))).not.toHaveProperty('delay')
})

const build = (bursts: BurstRequest[], form: SliceForm): SliceBody | undefined => {
  const builder = new SliceBuilder(pack, form)
  for (const [i, burst] of bursts.entries()) builder.add(burst, 1000 + i, `v${i}`)
  return builder.take()
}

test('a slice holds every reaction of its bursts, folded or as events, and taking it empties the builder', () => {
  fc.assert(
    fc.property(
      fc.array(anyBurst, { minLength: 1 }),
      fc.constantFrom<SliceForm>('fold', 'events'),
      (bursts, form) => {
        const builder = new SliceBuilder(pack, form)
        let added = 0
        for (const burst of bursts) added += builder.add(burst, 5, '')
        expect(builder.reactions).toBe(added)
        expect(countsOf([builder.take()!])).toEqual(expectedCounts(bursts))
        expect(builder.take()).toBeUndefined()
        expect(builder.reactions).toBe(0)
      },
    ),
  )
})

test('a folded slice has an entry for each pair and place and no more, whatever the crowd does', () => {
  fc.assert(
    fc.property(fc.array(anyBurst, { minLength: 1, maxLength: 200 }), (bursts) => {
      const { count, segment, sticker, delay } = build(bursts, 'fold')!
      expect(count.length).toBeLessThanOrEqual(STICKERS.length * (SEGMENTS.length + 1) * DELAYS_S.length)
      expect(new Set(count.map((_, i) => `${segment[i]}/${sticker[i]}/${delay?.[i]}`)).size).toBe(
        count.length,
      )
    }),
  )
})

test('events keep each sticker of each burst with its time and its viewer', () => {
  const slice = build(
    [{ stickers: { heart: 2, six: 1 } }, { stickers: { heart: 1 }, segment: 'away' }],
    'events',
  )!
  expect(slice).toEqual({
    from: 1000,
    to: 1001,
    segment: ['', '', 'away'],
    sticker: ['heart', 'six', 'heart'],
    count: [2, 1, 1],
    time: [1000, 1000, 1001],
    viewer: ['v0', 'v0', 'v1'],
  })
})

test('a slice says its smallest sample, and the next one starts anew', () => {
  const builder = new SliceBuilder(pack, 'fold')
  builder.add({ stickers: { heart: 1 }, sample: 0.5 }, 1, '')
  builder.add({ stickers: { heart: 1 }, sample: 0.25 }, 2, '')
  expect(builder.take()).toMatchObject({ sample: 0.25, count: [6] })
  builder.add({ stickers: { heart: 1 } }, 3, '')
  const next = builder.take()
  expect(next).toMatchObject({ count: [1] })
  expect(next).not.toHaveProperty('sample')
})

test('merging slices loses no reaction, in any order and grouping, and stays bounded', () => {
  const anySlice = fc
    .tuple(fc.array(anyBurst, { minLength: 1, maxLength: 5 }), fc.constantFrom<SliceForm>('fold', 'events'))
    .map(([bursts, form]) => build(bursts, form)!)
  fc.assert(
    fc.property(anySlice, anySlice, anySlice, (a, b, c) => {
      const merged = mergeSlices(mergeSlices(a, b), c)
      expect(countsOf([merged])).toEqual(countsOf([a, b, c]))
      expect(countsOf([mergeSlices(c, mergeSlices(b, a))])).toEqual(countsOf([merged]))
      expect(merged.count.length).toBeLessThanOrEqual(
        STICKERS.length * (SEGMENTS.length + 1) * DELAYS_S.length,
      )
      expect(merged.from).toBe(Math.min(a.from, b.from, c.from))
      expect(merged.to).toBe(Math.max(a.to, b.to, c.to))
      expect(merged.sample ?? 1).toBe(Math.min(a.sample ?? 1, b.sample ?? 1, c.sample ?? 1))
    }),
  )
})

test('in the form events two slices of one builder have each its own events', () => {
  const builder = new SliceBuilder(pack, 'events')
  builder.add({ stickers: { heart: 2 }, segment: 'home' }, 1000, 'ann')
  const first = builder.take()!
  builder.add({ stickers: { six: 1 } }, 1100, 'ben')
  builder.add({ stickers: { wow: 4 }, sample: 0.5 }, 1200, '')
  expect(first).toEqual({
    ...{ from: 1000, to: 1000, segment: ['home'], sticker: ['heart'], count: [2] },
    ...{ time: [1000], viewer: ['ann'] },
  })
  expect(builder.take()!).toEqual({
    ...{ from: 1100, to: 1200, segment: ['', ''], sticker: ['six', 'wow'], count: [1, 8] },
    ...{ time: [1100, 1200], viewer: ['ben', ''], sample: 0.5 },
  })
  expect(builder.take()).toBeUndefined()
})

test('a slice says when its first and its last burst came, and its smallest sample; the next one starts anew', () => {
  const builder = new SliceBuilder(pack, 'fold')
  expect(builder.add({ stickers: { heart: 2, six: 1 }, sample: 0.25 }, 1000, '')).toBe(12)
  expect(builder.add({ stickers: { heart: 1 }, sample: 0.5 }, 1100, '')).toBe(2)
  expect(builder.reactions).toBe(14)
  expect(builder.take()).toMatchObject({ from: 1000, to: 1100, sample: 0.25 })
  expect(builder.add({ stickers: { heart: 1 } }, 1200, '')).toBe(1)
  expect(builder.take()).toEqual({ from: 1200, to: 1200, segment: [''], sticker: ['heart'], count: [1] })
})

test('a slice of events is full at what a record holds, a folded one never', () => {
  for (const [form, full] of [
    ['events', true],
    ['fold', false],
  ] as const) {
    const builder = new SliceBuilder(pack, form)
    const add = () => builder.add({ stickers: { heart: 1 } }, 1000, '')
    for (let i = 0; i < 19_999; i++) add()
    expect(builder.isFull).toBe(false)
    add()
    expect(builder.isFull).toBe(full)
    builder.take()
    expect(builder.isFull).toBe(false)
  }
})

test('merged slices keep the smallest sample, and have none where neither has', () => {
  const body = (sample?: number): SliceBody => ({
    ...{ from: 1, to: 2, segment: [''], sticker: ['heart'], count: [1] },
    ...(sample === undefined ? {} : { sample }),
  })
  expect(mergeSlices(body(), body())).toEqual({ ...body(), count: [2] })
  expect(mergeSlices(body(0.5), body()).sample).toBe(0.5)
  expect(mergeSlices(body(), body(0.25)).sample).toBe(0.25)
  expect(mergeSlices(body(0.5), body(0.25)).sample).toBe(0.25)
})

test('a slice says no delays after one that did, where nobody is behind any more', () => {
  const builder = new SliceBuilder(pack, 'fold')
  builder.add({ stickers: { heart: 1 }, delayMs: 4000 }, 1000, '')
  expect(builder.take()).toHaveProperty('delay')
  builder.add({ stickers: { heart: 1 } }, 1100, '')
  expect(builder.take()).not.toHaveProperty('delay')
})

test('a burst of stickers that are silent now leaves a slice as it is: its times, its sample, its delays', () => {
  const builder = new SliceBuilder(pack, 'fold')
  const silent = { stickers: { gone: 3 }, sample: 0.25, delayMs: 4000 }
  expect(builder.add(silent, 900, '')).toBe(0)
  expect(builder.take()).toBeUndefined()
  builder.add({ stickers: { heart: 1 } }, 1000, '')
  expect(builder.add(silent, 1100, '')).toBe(0)
  expect(builder.take()).toEqual({ from: 1000, to: 1000, segment: [''], sticker: ['heart'], count: [1] })
})

test('a folded slice is full by the entries of viewers behind: not by taps of one entry, nor by viewers who are not', () => {
  const stickers = Array.from({ length: 200 }, (_, i) => `s${i}`)
  const segments = Array.from({ length: SLICE_DELAYED_MAX / 200 }, (_, i) => `g${i}`)
  const wide = packOf({
    stickers: stickers.map((sticker) => ({ sticker })),
    segments: segments.map((segment) => ({ segment })),
  })
  const builder = new SliceBuilder(wide, 'fold')
  const behindMs = 1000 * DELAYS_S[1]!
  const tap = (sticker: string, segment: string, delayMs: number) =>
    builder.add({ stickers: { [sticker]: 1 }, segment, delayMs }, 1, '')
  // The second slice starts as empty as the first.
  for (let slice = 0; slice < 2; slice++) {
    for (const segment of segments)
      for (const sticker of stickers)
        for (const delayMs of segment === 'g0' && sticker === 's0' ? [0] : [behindMs, behindMs, 0])
          tap(sticker, segment, delayMs)
    expect(builder.isFull).toBe(false)
    tap('s0', 'g0', behindMs)
    expect(builder.isFull).toBe(true)
    expect(builder.take()!.count).toHaveLength(2 * SLICE_DELAYED_MAX)
    expect(builder.isFull).toBe(false)
  }
})
