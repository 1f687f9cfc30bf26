import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { MoodPacket } from '../../sdk/src/index.ts'
import { barsOf, Moments, STEP_MS, type Step, stepOf } from './moments.ts'

const T0 = 1_795_349_712_000
const WINDOW_MS = 250

const packetAt = (at: number, n: number): MoodPacket => ({
  ...{ at, ms: WINDOW_MS, n, total: 0 },
  top: n === 0 ? [] : [['heart', n, 1]],
  sides: [['home', Math.floor(n / 2), 0]],
})

/** What the server's history says of these windows. */
function historyOf(windows: readonly MoodPacket[]): Step[] {
  const steps = new Map<number, Step>()
  for (const { at, n } of windows) {
    if (n === 0) continue
    const step = steps.get(stepOf(at)) ?? { at: stepOf(at), n: 0, counts: { heart: 0 }, sides: { home: 0 } }
    step.n += n
    step.counts.heart! += n
    step.sides.home! += Math.floor(n / 2)
    steps.set(step.at, step)
  }
  return [...steps.values()]
}

test('through any losses of the connection each reaction is in the line once, once the history has come', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(9), { minLength: 40, maxLength: 200 }),
      fc.array(fc.tuple(fc.nat(199), fc.nat(30)), { maxLength: 4 }),
      fc.nat(7),
      (counts, losses, phase) => {
        const windows = counts.map((n, i) => packetAt(T0 + (phase + i) * WINDOW_MS, n))
        const moments = new Moments({ spanMs: 3_600_000 })
        const lost = (i: number) => losses.some(([from, length]) => i >= from && i < from + length)
        fc.pre(!lost(windows.length - 1))
        let before = 0
        for (const [i, packet] of windows.entries()) {
          if (lost(i)) continue
          if (i === 0 || lost(i - 1)) before = moments.begin(packet.at)
          moments.add(packet)
        }
        moments.load(historyOf(windows), before)
        expect(moments.steps).toEqual(historyOf(windows))
      },
    ),
  )
})

test('what is older than the span is forgotten', () => {
  const moments = new Moments({ spanMs: 10 * STEP_MS })
  moments.begin(T0 - STEP_MS)
  for (let i = 0; i < 100; i++) moments.add(packetAt(T0 + i * STEP_MS, 1))
  expect(moments.steps.map(({ at }) => at)).toEqual(
    Array.from({ length: 11 }, (_, i) => T0 + (89 + i) * STEP_MS),
  )
})

test('a sticker or a segment may be called as what every object has', () => {
  const moments = new Moments({ spanMs: 60_000 })
  moments.begin(T0 - STEP_MS)
  const top: MoodPacket['top'] = [['constructor', 2, 1]]
  for (let i = 0; i < 2; i++) moments.add({ at: T0, n: 2, top, sides: [['constructor', 1, 0]] })
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
