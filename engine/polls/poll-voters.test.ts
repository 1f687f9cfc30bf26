import { expect, test } from 'bun:test'
import { PollVoters } from './poll-voters.ts'

test('a voter is always in one table, and all tables together have all voters', () => {
  const voters = new PollVoters()
  const names = Array.from({ length: 200 }, (_, i) => Buffer.alloc(16, i).toString('base64url'))
  for (const name of names) voters.tableOf(name).set(name, 1)
  expect(voters.size).toBe(200)
  for (const name of names) expect(voters.tableOf(name).find(name)).not.toBe(-1)
  // One of 64 by its first six bits, of which these have 50 different.
  expect(new Set(names.map((name) => voters.tableOf(name))).size).toBe(50)
})

test('a voter is in the same table by its name and by its words', () => {
  const voters = new PollVoters()
  for (let first = 0; first < 256; first++) {
    const bytes = Buffer.alloc(16, first)
    const word = bytes.readUInt32BE()
    expect(voters.tableOfWord(word)).toBe(voters.tableOf(bytes.toString('base64url')))
  }
})
