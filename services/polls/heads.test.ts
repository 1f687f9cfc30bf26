import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import { createPoll, openPoll } from '../../engine/polls/life.ts'
import { RULES } from '../../engine/polls/rules-fixture.ts'
import { RoarError } from '../../protocol/errors.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { BallotOrder } from './ballot-order.ts'
import { PollHeads } from './heads.ts'
import { SigningKeys } from './signing-keys.ts'
import { Witnesses } from './witnesses.ts'

const NOW = 1_795_349_712_000
const logger = pino({ level: 'silent' })

test('no head is shown that the store does not have: the next process could sign another history', async () => {
  const clock = new ManualClock(NOW)
  const log = new MemoryLog({ clock })
  const store = memoryPollStore()
  const save = store.saveTreeHead
  const gate = Promise.withResolvers<void>()
  let isAway = true
  store.saveTreeHead = async (...head) => {
    if (isAway) throw new RoarError('store_unavailable', 'the store does not answer')
    await gate.promise
    return save(...head)
  }
  const heads = new PollHeads({
    ...{ log, order: new BallotOrder(log), store, clock, logger },
    signingKeys: await SigningKeys.open({ store, clock, shared: false, health: UNSUPERVISED }),
    witnesses: new Witnesses([], logger),
  })
  const poll = openPoll(createPoll('final', 'mvp', RULES, NOW), NOW)
  await expect(heads.of(poll)).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(heads.newest('final', 'mvp')).toBeUndefined()
  isAway = false
  const shown = heads.of(poll)
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(heads.newest('final', 'mvp')).toBeUndefined()
  gate.resolve()
  expect((await shown).heads).toHaveLength(1)
  expect(await store.treeHead('final', 'mvp')).toMatchObject({ size: 0 })
})
