import { expect, test } from 'bun:test'
import type { Show } from '../../protocol/show.ts'
import type { MoodStep } from '../highlights.ts'
import { crossingsOf, highlightEvents, LOOK_BACK_MS, SETTLED_MS, seenAt, thresholdEvents } from './moments.ts'

const NOW = 1_795_349_712_000
const SHOW: Show = { show: 'final', title: 'The final', stickers: [], segments: [], created: NOW, version: 1 }
/** A second each, from `NOW` on; 0 is absent, as in a store. */
const stepsOf = (counts: number[]): MoodStep[] =>
  counts.flatMap((count, i) => (count === 0 ? [] : [{ at: NOW + i * 1000, counts: { six: count } }]))
const crossed = (counts: number[], { perSecond = 100, forS = 3, from = 0 } = {}) =>
  crossingsOf(stepsOf(counts), { perSecond, forS }, { from: NOW + from, to: NOW + counts.length * 1000 }).map(
    (at) => (at - NOW) / 1000,
  )

test('a threshold is crossed once it was exceeded for long enough, and not by a second less', () => {
  expect(crossed([0, 0, 0, 101, 101, 101, 0])).toEqual([6])
  expect(crossed([0, 0, 0, 101, 101, 100, 101, 101])).toEqual([])
  expect(crossed([0, 0, 0, 500, 500, 0, 500, 500, 500])).toEqual([9])
  expect(crossed([0, 101], { forS: 1 })).toEqual([2])
  expect(crossed([0, 2], { perSecond: 1, forS: 1 })).toEqual([2])
})

test('a crowd that stays around the threshold crosses it once, until it was quiet for as long', () => {
  const around = [200, 200, 200, 90, 200, 200, 200, 60, 60, 60, 200, 200, 200]
  expect(crossed([0, 0, 0, ...around])).toEqual([6])
  expect(crossed([0, 0, 0, ...around, 50, 50, 200, 200, 200])).toEqual([6])
  expect(crossed([0, 0, 0, ...around, 50, 50, 50, 200, 200, 200])).toEqual([6, 22])
})

test('whoever looks from the middle of a loud time on tells of nothing that somebody else told of', () => {
  const counts = [0, 0, 0, 200, 200, 200, 200, 200, 10, 10, 10, 300, 300, 300]
  expect(crossed(counts)).toEqual([6, 14])
  expect(crossed(counts, { from: 4000 })).toEqual([14])
})

test('wherever it is looked from, what is found is the same, or was before what is seen', () => {
  let state = 7
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  for (let run = 0; run < 200; run++) {
    const counts = Array.from({ length: 60 }, () => (random() < 0.5 ? 0 : random() < 0.7 ? 200 : 80))
    const whole = new Set(crossed([0, 0, 0, ...counts]))
    for (const from of [5, 20, 33])
      for (const at of crossed([0, 0, 0, ...counts], { from: from * 1000 })) expect(whole.has(at)).toBe(true)
  }
})

test('what is looked at is old enough to be whole, and goes back a quarter of an hour', () => {
  const { from, to } = seenAt(NOW + 456)
  expect(to).toBe(NOW - SETTLED_MS)
  expect(to - from).toBe(LOOK_BACK_MS)
  expect(seenAt(10_000).from).toBe(0)
})

test('events name the threshold, and the highlight only once it can be no other', () => {
  const steps = stepsOf([0, 0, 0, 200, 200, 200])
  const seen = { from: NOW, to: NOW + 6000 }
  expect(thresholdEvents(SHOW, steps, { threshold: { perSecond: 100, forS: 3 }, seen })).toEqual([
    {
      ...{ type: 'show.threshold', at: NOW + 6000, moment: NOW + 6000, show: 'final', poll: '' },
      data: { show: 'final', title: 'The final', perSecond: 100, forS: 3 },
    },
  ])
  const roar = stepsOf([...Array(20).fill(10), ...Array(10).fill(400)])
  expect(highlightEvents(SHOW, roar, { from: NOW, to: NOW + 25_000 })).toEqual([])
  const [highlight, ...more] = highlightEvents({ ...SHOW, rehearsal: true }, roar, {
    from: NOW,
    to: NOW + 26_000,
  })
  expect(more).toEqual([])
  expect(highlight).toMatchObject({
    ...{ type: 'show.highlight', at: NOW + 20_000, show: 'final' },
    data: { lift: 40, sticker: 'six', rehearsal: true, run: 1 },
  })
})
