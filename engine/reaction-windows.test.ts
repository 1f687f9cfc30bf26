import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { cellKey } from '../protocol/cell.ts'
import type { Slice } from '../protocol/slice.ts'
import { ReactionWindows } from './reaction-windows.ts'

const slice = (sequence: number, count = 1): Slice => ({
  show: 'final',
  producer: 'p',
  sequence,
  from: 0,
  to: 0,
  segment: ['home'],
  sticker: ['heart'],
  count: [count],
})

test('the newest cells add up to every reaction, however records are batched and repeated', () => {
  const record = fc.record({
    stepMs: fc.integer({ min: 0, max: 400 }),
    count: fc.integer({ min: 1, max: 1000 }),
    repeat: fc.boolean(),
    take: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(record), fc.constantFrom(250, 1000, 2000), (records, windowMs) => {
      const windows = new ReactionWindows({ windowMs })
      const cells = new Map<string, number>()
      let at = 1_000_000
      const take = () => {
        for (const cell of windows.changed(at)) cells.set(cellKey(cell), cell.count)
        windows.settle()
      }
      for (const [sequence, { stepMs, count, repeat, take: takeNow }] of records.entries()) {
        at += stepMs
        expect(windows.add(slice(sequence, count), at)).toBe('counted')
        if (repeat) expect(windows.add(slice(sequence, count), at + stepMs)).toBe('repeat')
        if (takeNow) take()
      }
      take()
      const total = [...cells.values()].reduce((a, b) => a + b, 0)
      expect(total).toBe(records.reduce((n, { count }) => n + count, 0))
    }),
  )
})

test('cells are handed out when they changed and not again', () => {
  const windows = new ReactionWindows({ windowMs: 250 })
  windows.add(slice(1, 2), 1000)
  expect(windows.changed(7)).toEqual([
    { show: 'final', window: 1000, segment: 'home', sticker: 'heart', count: 2, version: 7 },
  ])
  expect(windows.changed(7)).toHaveLength(1)
  windows.settle()
  expect(windows.changed(8)).toEqual([])
  windows.add(slice(2, 3), 1249)
  expect(windows.changed(9)).toMatchObject([{ window: 1000, count: 5, version: 9 }])
})

test('a record that comes after its window was forgotten is told, not counted wrong', () => {
  const windows = new ReactionWindows({ windowMs: 250, keepMs: 1000 })
  windows.add(slice(1), 10_000)
  expect(windows.add(slice(2), 9000)).toBe('counted')
  expect(windows.add(slice(3), 8500)).toBe('late')
  expect(windows.late).toBe(1)
})

test('names of records are forgotten after their horizon and at their bound', () => {
  const short = new ReactionWindows({ windowMs: 250, repeatHorizonMs: 1000 })
  short.add(slice(1), 1000)
  expect(short.add(slice(1), 2000)).toBe('repeat')
  expect(short.add(slice(1), 2001)).toBe('counted')
  const small = new ReactionWindows({ windowMs: 250, repeatsMax: 2 })
  for (const sequence of [1, 2, 3]) small.add(slice(sequence), 1000)
  expect(small.add(slice(3), 1000)).toBe('repeat')
  expect(small.add(slice(1), 1000)).toBe('counted')
})

test('a repeat changes nothing, keeps the name, and is known for ten minutes by default', () => {
  const windows = new ReactionWindows({ windowMs: 250 })
  windows.add(slice(1, 5), 1000)
  expect(windows.add(slice(1, 5), 601_000)).toBe('repeat')
  expect(windows.changed(1)).toMatchObject([{ window: 1000, count: 5 }])
  // It was seen at 1000, and not when it was repeated.
  expect(windows.add(slice(1, 5), 601_001)).toBe('counted')
  expect(windows.add(slice(1, 5), 1_201_001)).toBe('repeat')
})

test('names of another producer are other names', () => {
  const windows = new ReactionWindows({ windowMs: 250 })
  windows.add(slice(1), 1000)
  expect(windows.add({ ...slice(1), producer: 'q' }, 1000)).toBe('counted')
})

test('a window is kept for ten seconds after its end by default: it is counted on until then, and forgotten after', () => {
  const windows = new ReactionWindows({ windowMs: 250 })
  windows.add(slice(1, 1), 1000)
  windows.add(slice(2, 1), 11_249)
  windows.settle()
  expect(windows.add(slice(3, 1), 1249)).toBe('counted')
  expect(windows.changed(1)).toMatchObject([{ window: 1000, count: 2 }])
  windows.add(slice(4, 1), 11_250)
  windows.settle()
  expect(windows.add(slice(5, 1), 1249)).toBe('late')
  expect(windows.add(slice(6, 1), 1250)).toBe('counted')
})

test("the smallest sample of the slices is the cell's, and where nothing was sampled there is none", () => {
  const windows = new ReactionWindows({ windowMs: 250 })
  windows.add(slice(1), 1000)
  expect(windows.changed(1)[0]).not.toHaveProperty('sample')
  windows.add({ ...slice(2), sample: 0.5 }, 1000)
  windows.add({ ...slice(3), sample: 0.25 }, 1000)
  windows.add({ ...slice(4), sample: 0.5 }, 1000)
  expect(windows.changed(1)[0]!.sample).toBe(0.25)
})

test('of the names that are remembered the one that was seen longest ago goes first, also after it came anew', () => {
  const windows = new ReactionWindows({ windowMs: 250, repeatHorizonMs: 1000, repeatsMax: 2 })
  expect(windows.add(slice(1), 1000)).toBe('counted')
  expect(windows.add(slice(2), 1500)).toBe('counted')
  // Beyond its horizon it is a new one, and the newest.
  expect(windows.add(slice(1), 2400)).toBe('counted')
  expect(windows.add(slice(3), 2410)).toBe('counted')
  expect(windows.add(slice(1), 2420)).toBe('repeat')
  expect(windows.add(slice(2), 2430)).toBe('counted')
})

test('a day of counting takes no more memory than its open windows and the names of its horizon', () => {
  const windows = new ReactionWindows({ windowMs: 250, keepMs: 1000, repeatHorizonMs: 5000 })
  for (let sequence = 0; sequence < 5000; sequence++) {
    windows.add(slice(sequence), 100_000 + sequence * 100)
    windows.settle()
    expect(windows.held.cells).toBeLessThanOrEqual(6)
    expect(windows.held.names).toBeLessThanOrEqual(51)
  }
  expect(windows.held).toEqual({ cells: 5, names: 51 })
})

test('a window is forgotten in the very millisecond in which it is out of reach', () => {
  const windows = new ReactionWindows({ windowMs: 250, keepMs: 1000 })
  const heldAt = (sequence: number, at: number) => {
    windows.add(slice(sequence), at)
    windows.settle()
    return windows.held.cells
  }
  expect([heldAt(1, 10_000), heldAt(2, 11_249), heldAt(3, 11_250)]).toEqual([1, 2, 2])
})
