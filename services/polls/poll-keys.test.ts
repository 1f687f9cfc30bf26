import { expect, test } from 'bun:test'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import { RoarError } from '../../protocol/errors.ts'
import { PollKeys } from './poll-keys.ts'

test('a key whose bytes may still be in the store is deleted again, although its row is gone, and answers for nobody', async () => {
  const store = memoryPollStore()
  let isBusy = true
  let deleted = 0
  const keys = new PollKeys({
    ...store,
    async forgetVoterKey(show, poll) {
      deleted++
      await store.forgetVoterKey(show, poll)
      if (isBusy) throw new RoarError('store_unavailable', 'its bytes are still in the file')
    },
  })
  await keys.make('final', 'mvp')
  expect(await keys.voterOf('final', 'mvp', 'ann')).toHaveLength(22)
  await expect(keys.forget('final', 'mvp')).rejects.toThrow('still in the file')
  expect(await keys.voterOf('final', 'mvp', 'ann')).toBeUndefined()
  await expect(keys.forgetRest('final', 'mvp')).rejects.toThrow('still in the file')
  isBusy = false
  for (let again = 0; again < 2; again++) await keys.forgetRest('final', 'mvp')
  expect(deleted).toBe(3)
})

test('a key that was being read when its poll was asked for anew names nobody afterwards', async () => {
  const store = memoryPollStore()
  const isRead = Promise.withResolvers<void>()
  const keys = new PollKeys({
    ...store,
    async voterKey(show, poll) {
      const key = await store.voterKey(show, poll)
      await isRead.promise
      return key
    },
  })
  await keys.make('final', 'mvp')
  const before = keys.voterOf('final', 'mvp', 'ann')
  // Another process forgets the voters.
  await store.forgetVoterKey('final', 'mvp')
  keys.ask('final', 'mvp')
  isRead.resolve()
  expect(await before).toHaveLength(22)
  expect(await keys.voterOf('final', 'mvp', 'ann')).toBeUndefined()
})

test('a key is read once, also one that is deleted, and again after a read that failed', async () => {
  const store = memoryPollStore()
  let reads = 0
  const keys = new PollKeys({
    ...store,
    async voterKey(show, poll) {
      if (reads++ === 0) throw new RoarError('store_unavailable', 'it does not answer')
      return store.voterKey(show, poll)
    },
  })
  await expect(Promise.resolve(keys.voterOf('final', 'mvp', 'ann'))).rejects.toThrow('does not answer')
  for (const viewer of ['ann', 'ben', 'ann'])
    expect(await keys.voterOf('final', 'mvp', viewer)).toBeUndefined()
  expect(reads).toBe(2)
  await keys.make('final', 'mvp')
  for (const viewer of ['ann', 'ben', 'ann'])
    expect(await keys.voterOf('final', 'mvp', viewer)).toHaveLength(22)
  expect(reads).toBe(3)
})
