import { expect, test } from 'bun:test'
import { RoarError } from '../../protocol/errors.ts'
import { ManualClock } from '../clock/clock-manual.ts'
import { MemoryLog } from '../memory/log-memory.ts'
import type { ReaderState, StoredRecord } from './log.ts'
import { type Partition, PartitionReader } from './partition-reader.ts'

const record = { key: null, value: new Uint8Array(1), partition: 0, offset: 0, timestampMs: 1 }

/** A partition of one record whose file fails so often before it is read. */
function reading(failures: number, failure: Error) {
  const clock = new ManualClock(1000)
  const states: ReaderState[] = []
  let handled = 0
  const partition: Partition = {
    id: 'ballots',
    end: 1,
    readers: new Set(),
    groups: new Map(),
    read() {
      if (failures-- > 0) throw failure
      return [record]
    },
  }
  const reader = new PartitionReader({
    ...{ topic: 'ballots', partition, clock },
    handle: () => void handled++,
    onState: (state) => states.push(state),
  })
  const pass = async () => {
    for (let i = 0; i < 20; i++) {
      await new Promise((next) => setImmediate(next))
      clock.advance(1000)
    }
  }
  return { reader, states, pass, handled: () => handled }
}

test('a file that cannot be read for a while is read again, and its reader says that it waits', async () => {
  const { reader, states, pass, handled } = reading(3, new RoarError('log_unavailable', 'disk I/O error'))
  await pass()
  await reader.caughtUp()
  expect(handled()).toBe(1)
  expect(states.map(({ state }) => state)).toEqual(['reading', 'waiting', 'reading'])
})

test('what no repeat can mend stops its reader, with the reason', async () => {
  const mistake = new TypeError('x is not a function')
  const { states, pass, handled } = reading(1, mistake)
  await pass()
  expect(handled()).toBe(0)
  expect(states.at(-1)).toEqual({ state: 'stopped', cause: mistake })
})

test('a record that a reader broke at when its place was committed is given to no other of the group', async () => {
  const log = new MemoryLog({ clock: new ManualClock(1000) })
  const post = (key: string) => ({ key, value: new Uint8Array(1) })
  const stopped = new Promise<void>((resolve) => {
    log.consume('posts', () => {}, {
      group: 'deliver',
      once() {
        throw new Error('the feed is broken')
      },
      onState: ({ state }) => state === 'stopped' && resolve(),
    })
  })
  await log.append('posts', [post('first')])
  await stopped
  await log.append('posts', [post('second')])
  const seen: (string | null)[] = []
  const once = (batch: StoredRecord[]) => void seen.push(...batch.map(({ key }) => key))
  await log.consume('posts', () => {}, { group: 'deliver', once }).caughtUp()
  expect(seen).toEqual(['second'])
})
