import { expect, test } from 'bun:test'
import type { MoodPacket } from '../../sdk/src/index.ts'
import { barsOf, Moments, STEP_MS, type Step } from './moments.ts'

const T0 = 1_795_349_712_000

test('what is older than the span is forgotten', () => {
  const moments = new Moments({ spanMs: 10 * STEP_MS })
  for (let i = 0; i < 100; i++)
    moments.add({ at: T0 + i * STEP_MS, n: 1, total: i + 1, top: [['heart', 1, 1]] })
  expect(moments.steps.map(({ at }) => at)).toEqual(
    Array.from({ length: 11 }, (_, i) => T0 + (89 + i) * STEP_MS),
  )
})

test('a sticker or a segment may be called as what every object has', () => {
  const moments = new Moments({ spanMs: 60_000 })
  const top: MoodPacket['top'] = [['constructor', 2, 1]]
  for (const total of [2, 4]) moments.add({ at: T0, n: 2, total, top, sides: [['constructor', 1, 0]] })
  expect(moments.steps).toMatchObject([{ n: 4, counts: { constructor: 4 }, sides: { constructor: 2 } }])
  const [bar] = barsOf(moments.steps, { to: T0, count: 1, barMs: STEP_MS })
  expect(bar!.sides).toEqual({ constructor: 2 } as never)
})

test('bars are the steps in longer steps, with silence between them, and the same wherever the line has moved to', () => {
  const step = (i: number, n: number): Step => ({ at: T0 + i * STEP_MS, n, counts: {}, sides: { home: n } })
  const steps = [step(0, 1), step(1, 2), step(7, 4)]
  const barMs = 2 * STEP_MS
  const bars = barsOf(steps, { to: T0 + 7 * STEP_MS, count: 4, barMs })
  expect(bars.map(({ at, n }) => [(at - T0) / STEP_MS, n])).toEqual([
    [0, 3],
    [2, 0],
    [4, 0],
    [6, 4],
  ])
  expect(barsOf(steps, { to: T0 + 9 * STEP_MS, count: 4, barMs }).slice(0, 3)).toEqual(bars.slice(1))
  expect(bars[0]!.sides).toEqual({ home: 3 })
})
