import { expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { KnownVoters } from './known-voters.ts'
import { rowsOf, VoterRows } from './voter-frames.ts'
import { parseVoter, sextetOf, WORDS } from './voter-table.ts'

const voterOf = (n: number) => createHash('sha256').update(`${n}`).digest('base64url').slice(0, 22)
const at = (offset: number, partition = 0) => ({ partition, offset })

test('a voter stands where the first record of their newest ordinal does, in whatever order records come', () => {
  const record = fc.record({ voter: fc.nat(5), ordinal: fc.integer({ min: 1, max: 3 }), offset: fc.nat(20) })
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const known = new KnownVoters(100)
      for (const { voter, ordinal, offset } of records)
        known.remember('mvp', voterOf(voter), ordinal, at(offset, 3))
      for (let voter = 0; voter <= 5; voter++) {
        const own = records.filter((one) => one.voter === voter)
        const newest = Math.max(...own.map(({ ordinal }) => ordinal))
        const first = Math.min(...own.filter(({ ordinal }) => ordinal === newest).map(({ offset }) => offset))
        expect(known.placeOf('mvp', voterOf(voter))).toEqual(own.length > 0 ? at(first, 3) : undefined)
      }
      expect(known.size).toBe(new Set(records.map(({ voter }) => voter)).size)
    }),
  )
})

test('who has not voted stands nowhere, in a poll with voters and in one without', () => {
  const known = new KnownVoters(10)
  expect(known.placeOf('mvp', voterOf(0))).toBeUndefined()
  known.remember('mvp', voterOf(0), 1, at(7))
  expect(known.placeOf('mvp', voterOf(1))).toBeUndefined()
  expect(known.placeOf('side', voterOf(0))).toBeUndefined()
})

test('above the bound nobody new is remembered, and who is known still may change', () => {
  const known = new KnownVoters(2)
  for (const voter of [0, 1, 2]) known.remember('mvp', voterOf(voter), 1, at(voter))
  expect([known.size, known.isFull]).toEqual([2, true])
  expect(known.placeOf('mvp', voterOf(2))).toBeUndefined()
  known.remember('mvp', voterOf(1), 2, at(9))
  expect(known.placeOf('mvp', voterOf(1))).toEqual(at(9))
})

test('a forgotten poll leaves its room to others; one that was never there leaves nothing', () => {
  const known = new KnownVoters(3)
  for (const voter of [0, 1]) known.remember('mvp', voterOf(voter), 1, at(voter))
  known.remember('side', voterOf(0), 1, at(5))
  known.forget('nobody')
  expect(known.size).toBe(3)
  known.forget('mvp')
  expect([known.size, known.placeOf('mvp', voterOf(0))]).toEqual([1, undefined])
  expect(known.placeOf('side', voterOf(0))).toEqual(at(5))
  known.clear()
  expect([known.size, known.placeOf('side', voterOf(0))]).toEqual([0, undefined])
})

test('rows are remembered as records one after the other are, in whatever order and above the bound, too', () => {
  const row = fc.record({
    voter: fc.nat(9),
    ordinal: fc.integer({ min: 1, max: 300 }),
    offset: fc.nat(70_000),
  })
  fc.assert(
    fc.property(fc.array(row), fc.nat(12), (given, max) => {
      const [each, all] = [new KnownVoters(max), new KnownVoters(max)]
      const rows = new VoterRows()
      for (const { voter, ordinal, offset } of given) {
        each.remember('mvp', voterOf(voter), ordinal, at(offset))
        const words = parseVoter(voterOf(voter), new Uint32Array(WORDS))
        rows.push(sextetOf(voterOf(voter)), words, 0, ordinal, offset)
      }
      all.rememberRows('mvp', rows.columns())
      expect(all.size).toBe(each.size)
      for (let voter = 0; voter <= 9; voter++)
        expect(all.placeOf('mvp', voterOf(voter))).toEqual(each.placeOf('mvp', voterOf(voter)))
    }),
  )
})

test('rows put voters where they were remembered, into tables that have their room from the beginning', () => {
  const known = new KnownVoters(1000)
  for (let voter = 0; voter < 500; voter++) known.remember('mvp', voterOf(voter), 1 + (voter % 3), at(voter))
  const again = new KnownVoters(1000)
  const [, voters] = [...known.polls()][0]!
  const slotsOf = () => [...again.polls()][0]![1].tables.map(({ slots }) => slots)
  for (const rows of rowsOf(voters.tables, 1e9, 1)) {
    again.reserve('mvp', rows.slots)
    expect(slotsOf()).toEqual(slotsOf().fill(rows.slots))
    again.rememberRows('mvp', rows.columns())
  }
  for (let voter = 0; voter < 500; voter++)
    expect(again.placeOf('mvp', voterOf(voter))).toEqual(known.placeOf('mvp', voterOf(voter)))
  expect(again.size).toBe(500)
  // Twice as many find room without a table's growth.
  const before = slotsOf()
  for (let voter = 500; voter < 900; voter++) again.remember('mvp', voterOf(voter), 1, at(voter))
  expect(slotsOf()).toEqual(before)
})
