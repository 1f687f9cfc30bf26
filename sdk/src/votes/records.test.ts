import { expect, test } from 'bun:test'
import type { Receipt } from '../../../protocol/polls.ts'
import { memoryStorage, ownStorage, Records, type VoteStorage, viewerOf } from './records.ts'

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

test('a storage that fills up while an answer is on its way sends no old answer after a reload, and keeps the receipt before', () => {
  const storage = memoryStorage()
  const first = { poll: 'mvp', token: token('ann'), answer: { choice: 'x' }, receipt: receipt(1) }
  new Records(storage, 'p').save(first)
  const full = (text: string) => text.length > JSON.stringify(first).length
  const filling: VoteStorage = {
    ...storage,
    get length() {
      return storage.length
    },
    setItem(key, text) {
      if (full(text)) throw new Error('QuotaExceededError')
      storage.setItem(key, text)
    },
  }
  const records = new Records(filling, 'p')
  const next = { ...first, answer: { choice: 'a longer one' }, receipt: receipt(1234567) }
  records.save(next)
  expect(records.get('mvp', 'ann')).toEqual(next)
  expect(new Records(storage, 'p').get('mvp', 'ann')).toEqual({
    poll: 'mvp',
    token: token('ann'),
    receipt: receipt(1),
  })
})

test('an answer that is dropped takes no receipt with it, whichever page has written it', () => {
  const storage = memoryStorage()
  const [one, other] = [new Records(storage, 'p'), new Records(storage, 'p')]
  const record = { poll: 'mvp', token: token('ann') }
  other.save({ ...record, answer: { choice: 'ben' } })
  one.save({ ...record, receipt: receipt(1) })
  other.drop(record)
  expect(other.get('mvp', 'ann')?.receipt).toEqual(receipt(1))
})

test('a receipt for another poll of the same id is kept, and is no vote in this one', () => {
  const records = new Records(memoryStorage(), 'p')
  const record = { poll: 'mvp', token: token('ann') }
  for (let at = 1; at <= 5; at++)
    records.retire({ ...records.get('mvp', 'ann'), ...record, receipt: receipt(at) })
  expect(records.get('mvp', 'ann')).toEqual({ ...record, past: [receipt(5), receipt(4), receipt(3)] })
})

test('half a storage, as Node 25 has one, is none; and one that is forbidden later on throws nothing', () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'localStorage')
  const use = (value: PropertyDescriptor) =>
    Object.defineProperty(globalThis, 'localStorage', { ...value, configurable: true })
  try {
    use({ value: {} })
    const storage = ownStorage()
    storage.setItem('a', 'b')
    expect(storage.getItem('a')).toBe('b')
    use({
      get: () => {
        throw new Error('SecurityError')
      },
    })
    expect(ownStorage().getItem('a')).toBeNull()
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'localStorage')
    else Object.defineProperty(globalThis, 'localStorage', before)
  }
  const forbidden = new Proxy({} as VoteStorage, {
    get: () => {
      throw new Error('SecurityError')
    },
  })
  const records = new Records(forbidden, 'p')
  const record = { poll: 'mvp', token: token('ann'), answer: { choice: 'x' } }
  records.save(record)
  expect(records.get('mvp', 'ann')).toEqual(record)
  records.drop(record)
  expect([records.get('mvp', 'ann'), records.all()]).toEqual([undefined, []])
})
