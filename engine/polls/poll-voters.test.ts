import { expect, test } from 'bun:test'
import { PollVoters } from './poll-voters.ts'

function set(voters: PollVoters, name: string, ordinal: number): void {
  const table = voters.tableOf(name)
  table.set(table.claim(name), ordinal)
}

test('a voter is always in one table, and all tables together have all voters', () => {
  const voters = new PollVoters()
  const names = Array.from({ length: 200 }, (_, i) => Buffer.alloc(16, i).toString('base64url'))
  for (const name of names) set(voters, name, 1)
  expect(voters.size).toBe(200)
  for (const name of names) expect(voters.tableOf(name).find(name)).not.toBe(-1)
  // One of 64 by its first six bits, of which these have 50 different.
  expect(new Set(names.map((name) => voters.tableOf(name))).size).toBe(50)
})

test('the text is the voter: every bit of its 22 characters counts, also those that sixteen bytes have no room for', () => {
  const voters = new PollVoters()
  const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const names = Array.from({ length: 22 }, (_, at) =>
    [1, 2, 4, 8, 16, 32].map((bit) => `${'A'.repeat(at)}${characters[bit]}${'A'.repeat(21 - at)}`),
  ).flat()
  for (const [i, name] of names.entries()) {
    expect(voters.tableOf(name).find(name)).toBe(-1)
    set(voters, name, i + 1)
  }
  expect(voters.size).toBe(6 * 22)
  for (const [i, name] of names.entries()) {
    const table = voters.tableOf(name)
    expect(table.ordinal(table.find(name))).toBe(i + 1)
  }
})
