import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { VoterTable } from './voter-table.ts'

/** A table has voters of one first character. */
const voter = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => `A${Buffer.from(bytes).toString('base64url').slice(1)}`)

test('it says of each voter what was last set, as a map does, however many there are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(voter, fc.integer({ min: 1, max: 9 }), fc.nat()), { maxLength: 300 }),
      (sets) => {
        const table = new VoterTable()
        const map = new Map<string, [number, number]>()
        for (const [name, ordinal, offset] of sets) {
          table.set(table.claim(name), ordinal, 3, offset)
          map.set(name, [ordinal, offset])
        }
        expect(table.size).toBe(map.size)
        for (const [name, [ordinal, offset]] of map) {
          const slot = table.find(name)
          expect([table.ordinal(slot), table.partition(slot), table.offset(slot)]).toEqual([
            ordinal,
            3,
            offset,
          ])
        }
      },
    ),
  )
})

test('voters whose hashes begin alike are apart, through every growth', () => {
  const table = new VoterTable()
  const names = Array.from({ length: 20_000 }, (_, i) => {
    const bytes = Buffer.alloc(16)
    bytes.writeUInt32LE(i % 7, 0)
    bytes.writeUInt32BE(i, 12)
    return bytes.toString('base64url')
  }).slice(0, 3000)
  for (const [i, name] of names.entries()) table.set(table.claim(name), 1, 0, i)
  for (const [i, name] of names.entries()) expect(table.offset(table.find(name))).toBe(i)
  expect(table.find(Buffer.alloc(16, 255).toString('base64url'))).toBe(-1)
  expect(new VoterTable().find(names[0]!)).toBe(-1)
})

test('every bit of the hash counts: voters that differ in one of those after the first character are two', () => {
  const table = new VoterTable()
  const names = Array.from({ length: 126 }, (_, bit) => {
    const bytes = new Uint8Array(17)
    bytes[(bit + 6) >> 3]! |= 128 >> ((bit + 6) & 7)
    return Buffer.from(bytes).toString('base64url').slice(0, 22)
  })
  for (const [i, name] of names.entries()) {
    expect(table.find(name)).toBe(-1)
    table.set(table.claim(name), i + 1, i, 2 ** 40 + i)
  }
  expect(table.size).toBe(126)
  for (const [i, name] of names.entries()) {
    const slot = table.find(name)
    expect([table.ordinal(slot), table.partition(slot), table.offset(slot)]).toEqual([i + 1, i, 2 ** 40 + i])
  }
  expect(table.find(Buffer.alloc(16).toString('base64url'))).toBe(-1)
})

test('a voter that is set again is one voter', () => {
  const table = new VoterTable()
  const name = Buffer.alloc(16, 7).toString('base64url')
  expect(table.size).toBe(0)
  table.set(table.claim(name), 1)
  table.set(table.claim(name), 2, 1, 5)
  expect(table.size).toBe(1)
  const slot = table.find(name)
  expect([table.ordinal(slot), table.partition(slot), table.offset(slot)]).toEqual([2, 1, 5])
})

test('a voter of whom no place is said stands at the first one', () => {
  const table = new VoterTable()
  const name = Buffer.alloc(16, 7).toString('base64url')
  table.set(table.claim(name), 1)
  const slot = table.find(name)
  expect([table.partition(slot), table.offset(slot)]).toEqual([0, 0])
})

test('a number has room however large, beside small ones and through every growth', () => {
  const table = new VoterTable()
  const names = Array.from(
    { length: 500 },
    (_, i) => `A${Bun.SHA256.hash(String(i), 'base64url').slice(1, 22)}`,
  )
  const numbers = [1, 255, 256, 65_535, 65_536, 2 ** 31 - 1]
  const offsets = [0, ...numbers, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]
  const numbersOf = (i: number) => [numbers[i % 6]!, i % 5 === 0 ? 1023 : 0, offsets[i % 10]!] as const
  for (const [i, name] of names.entries()) table.set(table.claim(name), ...numbersOf(i))
  for (const [i, name] of names.entries()) {
    const slot = table.find(name)
    expect([table.ordinal(slot), table.partition(slot), table.offset(slot)]).toEqual([...numbersOf(i)])
  }
})

test('what a table has outgrown is given back at once, and not when the collector comes', () => {
  const table = new VoterTable()
  const name = Buffer.alloc(16, 7).toString('base64url')
  table.set(table.claim(name), 1, 0, 5)
  const outgrown = table.words
  table.reserve(table.slots + 1)
  expect(outgrown.length).toBe(0)
  expect(table.offset(table.find(name))).toBe(5)
})

test('where a ballot stands is known through every growth', () => {
  const table = new VoterTable()
  const names = Array.from(
    { length: 3000 },
    (_, i) => `A${Bun.SHA256.hash(String(i), 'base64url').slice(1, 22)}`,
  )
  for (const [i, name] of names.entries()) table.set(table.claim(name), 1, i % 7, i)
  for (const [i, name] of names.entries()) {
    const slot = table.find(name)
    expect([table.partition(slot), table.offset(slot)]).toEqual([i % 7, i])
  }
})

test('however many voters there are, there are 1.25 to 1.6 slots for each, up to 2.5 while they are few', () => {
  const table = new VoterTable()
  for (let i = 0; i < 50_000; i++) {
    table.set(table.claim(`A${Bun.SHA256.hash(String(i), 'base64url').slice(1, 22)}`), 1)
    if (table.size < 1000) continue
    const slotsPerVoter = table.slots / table.size
    if (!(1.24 < slotsPerVoter && slotsPerVoter < (table.slots > 2 ** 15 ? 1.6 : 2.51)))
      throw new Error(`${table.size} voters, ${table.slots} slots`)
  }
})

test('room for fewer voters than a table has changes nothing', () => {
  const table = new VoterTable()
  const names = Array.from(
    { length: 200 },
    (_, i) => `A${Bun.SHA256.hash(String(i), 'base64url').slice(1, 22)}`,
  )
  for (const [i, name] of names.entries()) table.set(table.claim(name), 1, 0, i)
  const { slots } = table
  for (const fewer of [0, 16, slots]) table.reserve(fewer)
  expect(table.slots).toBe(slots)
  for (const [i, name] of names.entries()) expect(table.offset(table.find(name))).toBe(i)
})
