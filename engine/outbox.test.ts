import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Slice } from '../protocol/slice.ts'
import { Outbox } from './outbox.ts'
import { ReactionWindows } from './reaction-windows.ts'

const body = (count: number) => ({ from: 1, to: 2, segment: [''], sticker: ['heart'], count: [count] })
const sum = (slices: readonly Slice[]) =>
  slices.reduce((n, { count }) => n + count.reduce((a, b) => a + b, 0), 0)

/**
 * An outage as a script: push a slice; send and hear back; send and hear nothing, with the log having it or not.
 * Whatever happens in between, in the end the log has counted every reaction once.
 */
test('nothing is lost and nothing counted twice, whatever the log confirms, and what waits is bounded', () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('push' as const),
      show: fc.constantFrom('a', 'b'),
      count: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({ kind: fc.constantFrom('confirmed' as const, 'answer lost' as const, 'not there' as const) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 2, max: 5 }), (steps, waitingMax) => {
      const outbox = new Outbox({ producer: 'p', waitingMax })
      const counted = new ReactionWindows({ windowMs: 1000 })
      let pushed = 0
      let total = 0
      const deliver = (slices: readonly Slice[]) => {
        for (const slice of slices)
          if (counted.add(structuredClone(slice), 5) === 'counted') total += sum([slice])
      }
      for (const step of steps) {
        if (step.kind === 'push') {
          outbox.push(step.show, body(step.count))
          pushed += step.count
          continue
        }
        const slices = outbox.take()
        // Of two shows, what was in hand and what came since.
        expect(slices.length).toBeLessThanOrEqual(2 * waitingMax)
        if (step.kind !== 'not there') deliver(slices)
        if (step.kind === 'confirmed') outbox.settle()
        expect(outbox.reactions).toBeGreaterThanOrEqual(pushed - total)
      }
      while (outbox.reactions > 0) {
        deliver(outbox.take())
        outbox.settle()
      }
      expect(total).toBe(pushed)
    }),
  )
})

test('what may be in the log already is sent again unchanged', () => {
  const outbox = new Outbox({ producer: 'p', waitingMax: 2 })
  outbox.push('final', body(1))
  const first = structuredClone(outbox.take())
  for (let i = 0; i < 10; i++) outbox.push('final', body(100))
  expect(outbox.take()).toEqual(first)
  outbox.settle()
  expect(sum(outbox.take())).toBe(1000)
  expect(outbox.take().map(({ sequence }) => sequence)).toEqual([2, 3])
})

test("a slice has its producer's name and a number of its own, in the order in which they came", () => {
  const outbox = new Outbox({ producer: 'p', waitingMax: 3 })
  outbox.push('a', body(1))
  outbox.push('b', body(2))
  outbox.push('a', body(3))
  const record = (show: string, sequence: number, count: number) => ({
    show,
    producer: 'p',
    sequence,
    ...body(count),
  })
  expect(outbox.take()).toEqual([record('a', 1, 1), record('a', 2, 3), record('b', 3, 2)])
  expect(outbox.reactions).toBe(6)
  outbox.push('a', body(4))
  expect(outbox.reactions).toBe(10)
  outbox.settle()
  expect(outbox.reactions).toBe(4)
})

test('as many slices of a show wait unmerged as it was told; one more merges the two oldest', () => {
  const outbox = new Outbox({ producer: 'p', waitingMax: 2 })
  for (const count of [1, 2, 4]) outbox.push('a', body(count))
  expect(outbox.take().map(({ count }) => count)).toEqual([[3], [4]])
})
