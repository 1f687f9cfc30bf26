import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Ballot } from '../../protocol/polls.ts'
import { Repeats } from './repeats.ts'

const record = fc.record({
  producer: fc.constantFrom('in-1', 'in-2'),
  partition: fc.nat(2),
  sequence: fc.nat(20),
})

test('a record repeats where its producer has written as high a sequence into that partition before', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 60 }), (records) => {
      const repeats = new Repeats()
      for (const [i, { producer, partition, sequence }] of records.entries()) {
        const before = records
          .slice(0, i)
          .filter((one) => one.producer === producer && one.partition === partition)
        expect(repeats.has({ producer, sequence } as Ballot, { partition, offset: i })).toBe(
          before.some((one) => one.sequence >= sequence),
        )
      }
    }),
  )
})

test('the sequences of a producer begin at 0', () => {
  const repeats = new Repeats()
  const has = () => repeats.has({ producer: 'in-1', sequence: 0 } as Ballot, { partition: 0, offset: 0 })
  expect([has(), has()]).toEqual([false, true])
})
