import { expect, test } from 'bun:test'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Log } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import type { Cell } from '../../protocol/cell.ts'
import { RoarError } from '../../protocol/errors.ts'
import { cells } from '../../protocol/records/cells.ts'
import { slices } from '../../protocol/records/slices.ts'
import type { Slice } from '../../protocol/slice.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { startAggregate } from './aggregate.ts'

const logger = pino({ level: 'silent' })
let sequence = 0

/** A slice with one tap of each of `stickers` x `segments`: the protocol's limits are 64 of both. */
function fullSlice(show: string, { stickers = 64, segments = 64 } = {}): Slice {
  const pairs = Array.from({ length: stickers * segments }, (_, i) => i)
  return {
    show,
    producer: 'p',
    sequence: sequence++,
    from: 0,
    to: 0,
    segment: pairs.map((i) => `seg-${i % segments}`),
    sticker: pairs.map((i) => `st-${Math.floor(i / segments)}`),
    count: pairs.map(() => 1),
  }
}

/** Sums the newest version of each cell. */
function countIn(log: Log) {
  const newest = new Map<string, Cell>()
  const sum = () => [...newest.values()].reduce((all, { count }) => all + count, 0)
  return {
    sum,
    take(batch: { key: string | null; value: Uint8Array }[]) {
      for (const { key, value } of batch) {
        const cell = cells.decode(value)
        if (typeof cell === 'string' || cell.version <= (newest.get(key!)?.version ?? 0)) continue
        newest.set(key!, cell)
      }
    },
    async until(wanted: number) {
      while (sum() < wanted) await new Promise((next) => setImmediate(next))
      expect(sum()).toBe(wanted)
    },
    log,
  }
}

test('one flush of three full shows is counted, though it is more than all that may wait', async () => {
  const log = new MemoryLog({ clock: systemClock, recordsMax: 10_000 })
  const aggregate = startAggregate({ log, logger, windowMs: 250, health: UNSUPERVISED })
  const counts = countIn(log)
  log.consume('counts', counts.take)
  await log.append(
    'reactions',
    ['one', 'two', 'three'].map((show) => slices.encode(fullSlice(show))),
  )
  await counts.until(3 * 64 * 64)
  await aggregate.drain()
})

test('a reader of counts that hangs stops the counting, and nothing is missing when it goes on', async () => {
  const log = new MemoryLog({ clock: systemClock, recordsMax: 1000 })
  const supervisor = new Supervisor({ clock: systemClock, logger })
  const health = supervisor.register('aggregate', { neededFor: ['packets'] })
  const aggregate = startAggregate({ log, logger, windowMs: 250, health })
  const counts = countIn(log)
  const hangs = Promise.withResolvers<void>()
  log.consume('counts', async (batch) => {
    await hangs.promise
    counts.take(batch)
  })
  for (let i = 0; i < 20; i++) {
    await log.append('reactions', [slices.encode(fullSlice('final', { stickers: 24, segments: 8 }))])
    await new Promise((next) => setImmediate(next))
  }
  expect(supervisor.trouble('packets')).toBe(
    'aggregate is waiting: a reader of counts is 1000 records behind',
  )
  hangs.resolve()
  await counts.until(20 * 24 * 8)
  await aggregate.drain()
  expect(supervisor.trouble('packets')).toBeUndefined()
  expect(aggregate.counters).toMatchObject({ records: 20, repeats: 0, late: 0 })
})

test('what comes in one millisecond is counted whole, in however many batches', async () => {
  const log = new MemoryLog({ clock: new ManualClock(1_000_000) })
  const aggregate = startAggregate({ log, logger, windowMs: 250, health: UNSUPERVISED })
  const counts = countIn(log)
  const reader = log.consume('counts', counts.take)
  for (let taps = 1; taps <= 3; taps++) {
    await log.append('reactions', [slices.encode(fullSlice('final', { stickers: 1, segments: 1 }))])
    while (aggregate.counters.records < taps) await new Promise((next) => setImmediate(next))
  }
  await aggregate.drain()
  await reader.caughtUp()
  expect(counts.sum()).toBe(3)
})

test('what changed is written after any number of failed writes, in whatever batch they come', async () => {
  const memory = new MemoryLog({ clock: systemClock })
  let writes = 0
  const log: Log = {
    append(topic, records) {
      if (topic === 'counts' && writes++ % 3 !== 2) {
        return Promise.reject(new RoarError('log_unavailable', 'no answer'))
      }
      return memory.append(topic, records)
    },
    consume: (topic, handle, options) => memory.consume(topic, handle, options),
    read: (topic, from, count) => memory.read(topic, from, count),
    ends: (topic) => memory.ends(topic),
    state: () => memory.state(),
    onState: (listener) => memory.onState(listener),
    close: () => memory.close(),
  }
  const aggregate = startAggregate({ log, logger, windowMs: 250, health: UNSUPERVISED })
  const counts = countIn(log)
  memory.consume('counts', counts.take)
  for (let i = 0; i < 4; i++) {
    await log.append('reactions', [slices.encode(fullSlice('final', { stickers: 2, segments: 2 }))])
  }
  await counts.until(16)
  await aggregate.drain()
})
