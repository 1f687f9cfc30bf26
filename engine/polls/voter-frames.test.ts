import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import {
  encodeFrame,
  type FrameHead,
  hashOf,
  lengthOf,
  PREFIX_BYTES,
  ROWS_MAX,
  readFrame,
  rowsOf,
  VoterRows,
} from './voter-frames.ts'
import { VoterTable, WORDS } from './voter-table.ts'

const sha256 = (data: string | Uint8Array, into?: Uint8Array) => {
  const hash = new Uint8Array(createHash('sha256').update(data).digest())
  into?.set(hash)
  return hash
}
const ZEROS = new Uint8Array(32)

interface Row {
  first: number
  words: number[]
  ordinal: number
  offset: number
}
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const row: fc.Arbitrary<Row> = fc.record({
  first: fc.integer({ min: 0, max: 63 }),
  words: fc.array(word, { minLength: WORDS, maxLength: WORDS }),
  ordinal: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  offset: fc.maxSafeNat(),
})
/** Names whose length in UTF-8 differs from their length in characters: the columns are still aligned for numbers. */
const name = fc
  .array(fc.constantFrom('a', 'é', '投', '🗳'), { minLength: 1, maxLength: 9 })
  .map((all) => all.join(''))
const polls = fc.dictionary(name, fc.record({ slots: fc.nat(), rows: fc.array(row, { maxLength: 150 }) }), {
  maxKeys: 4,
})

const columnsOf = ({ slots, rows }: { slots: number; rows: Row[] }): VoterRows => {
  const columns = new VoterRows(slots)
  for (const { first, words, ordinal, offset } of rows)
    columns.push(first, Uint32Array.from(words), 0, ordinal, offset)
  return columns
}
const encoded = (
  given: Record<string, { slots: number; rows: Row[] }>,
  before: Uint8Array = ZEROS,
  next = 7,
) =>
  encodeFrame(
    sha256,
    {
      next,
      last: 'hash',
      polls: new Map(Object.entries(given).map(([poll, { ...of }]) => [poll, columnsOf(of)])),
    },
    before,
  )

/** What a reader receives, poll by poll, in the form of what was written. */
function read(bytes: Uint8Array, before: Uint8Array = ZEROS) {
  const found: Record<string, { slots: number; rows: Row[] }> = {}
  const head = readFrame(sha256, bytes, before, {
    reserve: (poll, slots) => {
      found[poll] = { slots, rows: [] }
    },
    rows: (poll, { firsts, words, ordinals, offsets }) => {
      for (const [i, ordinal] of ordinals.entries())
        found[poll]!.rows.push({
          ...{ first: firsts[i]!, ordinal, offset: offsets[i]! },
          words: [...words.subarray(WORDS * i, WORDS * (i + 1))],
        })
    },
  })
  return { head, found }
}
const SOME = { mvp: { slots: 16, rows: [{ first: 63, words: [1, 2, 3, 4], ordinal: 2, offset: 9 }] } }

describe('a frame', () => {
  test('is read as it was written, whatever its polls are called, and says its own length', () => {
    fc.assert(
      fc.property(polls, fc.maxSafeNat(), (given, next) => {
        const bytes = encoded(given, ZEROS, next)
        const { head, found } = read(bytes)
        expect(found).toEqual(given)
        const counts = Object.entries(given).map(([poll, { rows, slots }]) => [poll, rows.length, slots])
        expect(head).toEqual({ next, last: 'hash', polls: counts } as FrameHead)
        expect(lengthOf(bytes.subarray(0, PREFIX_BYTES))).toBe(bytes.length)
      }),
    )
  })

  test('has the bytes that releases before this one read: columns one after another, at a multiple of 8', () => {
    const rows: Row[] = [
      { first: 63, words: [1, 2, 3, 2 ** 32 - 1], ordinal: 2, offset: 2 ** 40 },
      { first: 5, words: [9, 8, 7, 6], ordinal: 1, offset: 3 },
    ]
    const head = '{"next":7,"last":"hash","polls":[["mvp",2,20]]}'
    const bytes = (...parts: (Uint32Array | Float64Array)[]) => parts.map(({ buffer }) => Buffer.from(buffer))
    const before = sha256('before')
    const signed = Buffer.concat([
      ...[before, ...bytes(Uint32Array.of(3, 52, 2)), Buffer.from(head.padEnd(52))],
      ...bytes(
        Uint32Array.from(rows.flatMap(({ words }) => words)),
        Float64Array.from(rows, ({ offset }) => offset),
        Uint32Array.from(rows, ({ ordinal }) => ordinal),
      ),
      Buffer.from([63, 5]),
    ])
    const whole = Buffer.concat([signed, sha256(signed)])
    expect(Buffer.from(encoded({ mvp: { slots: 20, rows } }, before)).toString('hex')).toBe(
      whole.toString('hex'),
    )
  })

  test('whose head needs no space has none', () => {
    for (const name of ['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg']) {
      const bytes = encoded({ [name]: { slots: 0, rows: [] } })
      const head = Buffer.from(bytes.subarray(PREFIX_BYTES, -32)).toString()
      expect((PREFIX_BYTES + head.length) % 8).toBe(0)
      expect(head.length - head.trimEnd().length).toBeLessThan(8)
    }
  })

  test('of voters in no order says so', () => {
    expect(new VoterRows().slots).toBe(0)
  })

  test('is read where it stands among others, at any place where numbers may begin', () => {
    const bytes = encoded(SOME)
    const longer = new Uint8Array(bytes.length + 24)
    longer.set(bytes, 16)
    const there = longer.subarray(16, 16 + bytes.length)
    expect(lengthOf(there.subarray(0, PREFIX_BYTES))).toBe(bytes.length)
    expect(read(there).found).toEqual(SOME)
  })

  test('follows the one before it, and no other', () => {
    const first = encoded({})
    const second = encoded(SOME, hashOf(first))
    expect(read(second, hashOf(first)).found).toEqual(SOME)
    expect(read(second)).toEqual({ head: undefined, found: {} })
    expect(read(first, hashOf(first)).head).toBeUndefined()
  })

  test('of which one bit is another is none', () => {
    const bytes = encoded(SOME)
    for (let at = 0; at < bytes.length; at++) {
      const other = bytes.slice()
      other[at]! ^= 1 << (at % 8)
      expect([at, read(other).head]).toEqual([at, undefined])
    }
  })

  test('of another form, with a head or rows above their bounds, has no length', () => {
    const prefix = encoded({}).subarray(0, PREFIX_BYTES)
    const changed = (at: number, value: number) => {
      const bytes = prefix.slice()
      new DataView(bytes.buffer).setUint32(32 + at, value, true)
      return lengthOf(bytes)
    }
    const FORM = 3
    expect(changed(0, FORM)).toBe(lengthOf(prefix))
    for (const form of [FORM - 1, FORM + 1]) expect(changed(0, form)).toBeUndefined()
    expect([changed(4, 2 ** 20), changed(4, 2 ** 20 + 1)]).toEqual([expect.any(Number), undefined])
    expect([changed(8, ROWS_MAX), changed(8, ROWS_MAX + 1)]).toEqual([expect.any(Number), undefined])
  })
})

describe('the rows of tables', () => {
  const voterOf = (n: number) => createHash('sha256').update(`${n}`).digest('base64url').slice(0, 22)
  const filled = (count: number, table = new VoterTable()) => {
    for (let n = 0; n < count; n++) table.set(table.claim(voterOf(n)), 1, 0, n)
    return table
  }
  const offsetsOf = (all: VoterRows[]) => all.flatMap((rows) => [...rows.columns().offsets])

  test('are those before an offset, each with its table', () => {
    const [one, other] = [filled(100), filled(40)]
    const all = [...rowsOf([one, other], 30)]
    expect(all.map(({ count, slots }) => [count, slots])).toEqual([[60, one.slots]])
    expect(offsetsOf(all).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i >> 1))
    const { firsts } = all[0]!.columns()
    expect([firsts.indexOf(1), firsts.lastIndexOf(0)]).toEqual([30, 29])
    expect([...rowsOf([one, other], 0)]).toEqual([])
  })

  test('come in as many as a frame may have, and none are left over where they fill it', () => {
    const counts = (count: number) => [...rowsOf([filled(count)], 1e9)].map((rows) => rows.count)
    expect(counts(ROWS_MAX)).toEqual([ROWS_MAX])
    expect(counts(ROWS_MAX + 1)).toEqual([ROWS_MAX, 1])
  })

  test('are all there where the table grows between two frames, though some come twice', () => {
    const table = filled(ROWS_MAX + 100)
    const all: VoterRows[] = []
    for (const rows of rowsOf([table], ROWS_MAX + 100)) {
      all.push(rows)
      if (all.length === 1) filled(2 * ROWS_MAX, table)
    }
    expect(new Set(offsetsOf(all)).size).toBe(ROWS_MAX + 100)
  })
})
