import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import type { Poll } from '../../protocol/polls.ts'
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
  const first = await watchBallotsEnd({ log: before, store, clock })
  await before.append('ballots', ballots(5))
  await first.close()
  const log = new MemoryLog({ clock })
  await log.append('ballots', ballots(count, salt))
  return { store, end: await watchBallotsEnd({ log, store, clock }) }
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
