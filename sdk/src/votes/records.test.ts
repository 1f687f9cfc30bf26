import { expect, test } from 'bun:test'
import type { Receipt } from '../../../protocol/polls.ts'
import { memoryStorage, Records, type VoteStorage, viewerOf } from './records.ts'

const token = (sub: string) => `h.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.s`
const receipt = (at: number) => ({ at }) as Receipt

test('a record is there after a reload, for its viewer and for nobody else', () => {
  const storage = memoryStorage()
  const record = { poll: 'mvp', token: token('ann'), answer: { choice: 'x' } }
  new Records(storage, 'p').save(record)
  const again = new Records(storage, 'p')
  expect(again.get('mvp', 'ann')).toEqual(record)
  expect(again.get('mvp', 'bob')).toBeUndefined()
  expect(new Records(storage, 'other').all()).toEqual([])
  again.remove(record)
  expect(again.all()).toEqual([])
})

test('what is no record is no vote', () => {
  const storage = memoryStorage()
  for (const [i, text] of ['', '{', 'null', '7', '{"poll":1}'].entries()) storage.setItem(`p/${i}/ann`, text)
  expect(new Records(storage, 'p').all()).toEqual([])
})

test('a storage that takes nothing costs the reload and not the vote', () => {
  const forbidden: VoteStorage = {
    ...memoryStorage(),
    setItem: () => {
      throw new Error('QuotaExceededError')
    },
  }
  const records = new Records(forbidden, 'p')
  const record = { poll: 'mvp', token: token('ann') }
  records.save(record)
  expect(records.get('mvp', 'ann')).toEqual(record)
  records.remove(record)
  expect(records.get('mvp', 'ann')).toBeUndefined()
})

test('the oldest receipts go when there are too many, and never an answer on its way', () => {
  const storage = memoryStorage()
  const records = new Records(storage, 'p')
  records.save({ poll: 'waits', token: token('ann'), answer: { choice: 'x' } })
  for (let at = 1; at <= 250; at++)
    records.save({ poll: `p${at}`, token: token('ann'), receipt: receipt(at) })
  expect(storage.length).toBe(200)
  expect(records.get('waits', 'ann')).toBeDefined()
  expect([records.get('p51', 'ann'), records.get('p250', 'ann')?.receipt]).toEqual([undefined, receipt(250)])
})

test('a viewer is the sub of the token, and what is no token is its own viewer', () => {
  expect(viewerOf(token('ann'))).toBe('ann')
  for (const text of ['', 'x', 'a.b.c', `h.${btoa('{"sub":7}')}.s`]) expect(viewerOf(text)).toBe(text)
})
