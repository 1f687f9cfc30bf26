import { expect, test } from 'bun:test'
import { PollVoters } from './poll-voters.ts'

test('a voter is always in one table, and all tables together have all voters', () => {
  const voters = new PollVoters()
  const names = Array.from({ length: 200 }, (_, i) => Buffer.alloc(16, i).toString('base64url'))
  for (const name of names) voters.tableOf(name).set(name, 1)
  expect(voters.size).toBe(200)
  for (const name of names) expect(voters.tableOf(name).find(name)).not.toBe(-1)
  expect(new Set(names.map((name) => voters.tableOf(name))).size).toBe(16)
})
