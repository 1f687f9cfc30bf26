import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { encodeRows, rowReader } from './log-group.ts'

test('the other thread reads the records that were written, whatever their keys and values', () => {
  const records = fc.array(
    fc.record({ key: fc.option(fc.string({ unit: 'grapheme' })), value: fc.uint8Array({ maxLength: 100 }) }),
  )
  fc.assert(
    fc.property(records, (written) => {
      const row = rowReader(encodeRows(written), written.length)
      const read = written.map(() => row())
      expect(read.map(({ key, value }) => [key, [...value]])).toEqual(
        written.map(({ key, value }) => [key, [...value]]),
      )
    }),
  )
})
