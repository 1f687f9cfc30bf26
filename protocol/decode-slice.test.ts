import { expect, test } from 'bun:test'
import { cellVectors, textOf } from '../test/vectors.ts'
import { decodeSlice } from './decode-slice.ts'

test('every slice of the vectors is read, and every other record is given its reason', () => {
  for (const { records, faults = [] } of cellVectors()) {
    const decoded = records.map((record) => decodeSlice(textOf(record)))
    expect(decoded.filter((slice) => typeof slice === 'string')).toEqual(faults)
    for (const [i, record] of records.entries())
      if ('slice' in record) expect(decoded[i]).toEqual(record.slice)
  }
})
