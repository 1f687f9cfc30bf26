import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Repeats } from './repeats.ts'

const record = fc.record({
  producer: fc.constantFrom('in-1', 'in-2'),
  sequence: fc.oneof(fc.nat(20), fc.nat(9000), fc.constantFrom(2047, 2048, Number.MAX_SAFE_INTEGER)),
})

test('a record repeats where its producer has written its sequence before, in whichever order they come', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 60 }), (records) => {
      const repeats = new Repeats()
      for (const [i, { producer, sequence }] of records.entries()) {
        const before = records.slice(0, i)
        expect(repeats.has({ producer, sequence })).toBe(
          before.some((one) => one.producer === producer && one.sequence === sequence),
        )
      }
    }),
  )
})

test('the sequences of a producer begin at 0', () => {
  const repeats = new Repeats()
  const has = () => repeats.has({ producer: 'in-1', sequence: 0 })
  expect([has(), has()]).toEqual([false, true])
})
