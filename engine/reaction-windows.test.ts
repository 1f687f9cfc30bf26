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
