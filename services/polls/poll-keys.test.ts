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
