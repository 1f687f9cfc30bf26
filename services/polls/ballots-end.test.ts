import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import type { Poll } from '../../protocol/polls.ts'
import type { Health } from '../supervision/supervisor.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { watchBallotsEnd } from './ballots-end.ts'

const POLL = { show: 'final', poll: 'mvp', opens: 1, version: 1 } as Poll
const ballots = (count: number, salt = 0) =>
  Array.from({ length: count }, (_, i) => ({ key: `v${i}`, value: Uint8Array.of(i, salt) }))

/** A log with so many ballots beside a store that knows another one, whose poll is `poll`. */
async function started(poll: Poll, count: number, salt = 0) {
  const clock = new ManualClock(1000)
  const store = memoryPollStore()
  await store.save(poll, { replaces: 0 })
  const before = new MemoryLog({ clock })
  const first = await watchBallotsEnd({ log: before, store, clock, health: UNSUPERVISED })
  await before.append('ballots', ballots(5))
  await first.close()
  const log = new MemoryLog({ clock })
  await log.append('ballots', ballots(count, salt))
  return { store, end: await watchBallotsEnd({ log, store, clock, health: UNSUPERVISED }) }
}

test('an older log of ballots beside a poll that is open is named, and stays so at the next start', async () => {
  for (const count of [0, 4]) {
    const { store, end } = await started(POLL, count)
    expect(end.missing).toContain(`the log of ballots ends at ${count} and once ended at 5`)
    await end.close()
    expect((await store.ballotsEnd()).next).toBe(5)
  }
})

test('a log that has all that was known, or more, is the right one', async () => {
  for (const count of [5, 6]) {
    const { store, end } = await started(POLL, count)
    expect(end.missing).toBeUndefined()
    await end.close()
    expect((await store.ballotsEnd()).next).toBe(count)
  }
})

test('where every poll is sealed, or none was ever open, a new log is a new beginning', async () => {
  for (const poll of [{ ...POLL, sealed: 2 }, { show: 'final', poll: 'draft', version: 1 } as Poll]) {
    const { store, end } = await started(poll, 0)
    expect(end.missing).toBeUndefined()
    await end.close()
    expect((await store.ballotsEnd()).next).toBe(0)
  }
})

test('a log that has grown to the same length again, or beyond it, with other ballots is named too', async () => {
  for (const count of [5, 9]) {
    const { end } = await started(POLL, count, 1)
    expect(end.missing).toContain('has another record at 4 than it once had')
    const sealed = await started({ ...POLL, sealed: 2 }, count, 1)
    await sealed.end.close()
    expect((await sealed.store.ballotsEnd()).next).toBe(count)
  }
})

test.each([
  ['lost its end', [3, 4], 'ends in partition 1 at 4 and once ended at 5', 8],
  ['lost its end and grew elsewhere', [9, 4], 'ends in partition 1 at 4 and once ended at 5', 8],
  ['was made anew', [0, 0], 'ends in partition 0 at 0 and once ended at 3', 8],
  ['has a partition less', [9], 'ends in partition 1 at 0 and once ended at 5', 8],
])(
  'a log that %s while the process runs is named until it has all again, or its polls are sealed, and the store does not take it for the right one',
  async (_, lost, fault, known) => {
    const clock = new ManualClock(1000)
    const store = memoryPollStore()
    await store.save(POLL, { replaces: 0 })
    let ends = [3, 5]
    const log = { ends: async () => ends, read: async () => [] } as unknown as MemoryLog
    const said: string[] = []
    const health: Health = {
      working: () => said.push('working'),
      waiting: (reason) => said.push(reason),
      failed: () => expect.unreachable(),
    }
    const end = await watchBallotsEnd({ log, store, clock, health })
    const pass = async () => {
      clock.advance(1000)
      await new Promise((turn) => setImmediate(turn))
    }
    await pass()
    expect(await store.ballotsEnd()).toEqual({ next: known, last: '' })
    ends = lost
    await pass()
    expect([end.missing, said.at(-1)]).toEqual([
      expect.stringContaining(fault),
      expect.stringContaining(fault),
    ])
    ends = [3, 5]
    await pass()
    expect([end.missing, said.at(-1)]).toEqual([undefined, 'working'])
    ends = lost
    await pass()
    await end.close()
    expect((await store.ballotsEnd()).next).toBe(known)
    await store.save({ ...POLL, sealed: 2, version: 2 }, { replaces: 1 })
    await end.close()
    expect([end.missing, (await store.ballotsEnd()).next]).toEqual([
      undefined,
      lost.reduce((total, next) => total + next, 0),
    ])
  },
)

test('a record that the log has removed by its age is no fault, and another one is', async () => {
  for (const [salt, first, fault] of [
    [0, 5, undefined],
    [0, 6, undefined],
    [1, 5, undefined],
    [1, 4, 'has another record at 4 than it once had'],
  ] as const) {
    const { store, end } = await started(POLL, 5)
    await end.close()
    const log = new MemoryLog({ clock: new ManualClock(1000) })
    await log.append('ballots', ballots(6, salt))
    const read = log.read.bind(log)
    log.read = (topic, { partition, offset }, count) =>
      read(topic, { partition, offset: Math.max(offset, first) }, count)
    const again = await watchBallotsEnd({ log, store, clock: new ManualClock(1000), health: UNSUPERVISED })
    expect([salt, first, again.missing]).toEqual([salt, first, fault && expect.stringContaining(fault)])
  }
})

test('a loss that is found while the store is away is named until the store says that no poll is open', async () => {
  const clock = new ManualClock(1000)
  const store = memoryPollStore()
  await store.save(POLL, { replaces: 0 })
  let ends = [5]
  const log = { ends: async () => ends, read: async () => [] } as unknown as MemoryLog
  const all = store.all.bind(store)
  const end = await watchBallotsEnd({ log, store, clock, health: UNSUPERVISED })
  const pass = async () => {
    clock.advance(1000)
    await new Promise((turn) => setImmediate(turn))
  }
  await pass()
  store.all = () => Promise.reject(new Error('the store is away'))
  ends = [0]
  await pass()
  expect(end.missing).toContain('ends at 0 and once ended at 5')
  await store.save({ ...POLL, sealed: 2, version: 2 }, { replaces: 1 })
  store.all = all
  await pass()
  expect(end.missing).toBeUndefined()
  await end.close()
})
