import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Log } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Ballot, TallyCell } from '../../protocol/polls.ts'
import { deadLetters } from '../../protocol/records/dead-letters.ts'
import { until } from '../../test/until.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { encodeBallot } from './ballot-codec.ts'
import { startTally } from './tally.ts'

const EVERY_MS = 50

const ballot = (sequence: number, at: number): Ballot => ({
  show: 'final',
  poll: 'mvp',
  producer: 'p',
  sequence,
  batch: sequence,
  size: 1,
  ballot: crypto.randomUUID(),
  voter: `${sequence}`.padEnd(22, 'A'),
  segment: '',
  choice: ['anna'],
  points: [1],
  at,
  late: false,
  quarantined: false,
  ordinal: 1,
  salt: 's',
  markSalt: 'm',
})

/** A tally over a log with one ballot, which may count after `after`. */
async function tallying(after: Promise<void>, skip = () => false) {
  const clock = new ManualClock(1_795_349_712_000)
  const log = new MemoryLog({ clock })
  const append = (sequence: number) =>
    log.append('ballots', [{ key: 'v', value: encodeBallot(ballot(sequence, clock.now())) }])
  await append(0)
  const logger = pino({ level: 'silent' })
  const tally = startTally({ log, clock, logger, everyMs: EVERY_MS, after, skip, health: UNSUPERVISED })
  return {
    log,
    tally,
    append,
    async counts(): Promise<number[]> {
      for (let turn = 0; turn < 10; turn++) await new Promise((next) => setImmediate(next))
      clock.advance(EVERY_MS)
      for (let turn = 0; turn < 10; turn++) await new Promise((next) => setImmediate(next))
      const cells = await log.read('tallies', { partition: 0, offset: 0 }, 100)
      return cells.map(({ value }) => (JSON.parse(new TextDecoder().decode(value)) as TallyCell).count)
    },
  }
}

test('counting waits for what it comes after, and misses nothing', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { tally, append, counts } = await tallying(promise)
  await append(1)
  expect(await counts()).toEqual([])
  resolve()
  expect(await counts()).toEqual([2, 2])
  await tally.drain()
})

test('a tally that is stopped before it may begin stops at once, and never begins', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { tally, counts } = await tallying(promise)
  await tally.drain()
  resolve()
  expect(await counts()).toEqual([])
})

test('a tally that is stopped before it has counted what was there writes none of it: it would be less than was shown', async () => {
  const clock = new ManualClock(1_795_349_712_000)
  const log = new MemoryLog({ clock })
  let batch: Promise<void> | undefined
  const inBatches: Log = {
    append: (topic, records) => log.append(topic, records),
    read: (topic, from, count) => log.read(topic, from, count),
    ends: (topic) => log.ends(topic),
    state: () => log.state(),
    onState: (listener) => log.onState(listener),
    close: () => log.close(),
    /** Closed after the first record of two, as a log in a file that leaves the rest to the next start. */
    consume(topic, handle) {
      batch = log.read(topic, { partition: 0, offset: 0 }, 1).then((first) => handle(first, () => true))
      return {
        ready: Promise.resolve(),
        topicId: topic,
        caughtUp: () => new Promise(() => {}),
        behindMs: () => 0,
        whenWithin: () => Promise.resolve(),
        goBack: () => undefined,
        close: () => batch!,
      }
    },
  }
  for (const n of [0, 1])
    await log.append('ballots', [{ key: 'v', value: encodeBallot(ballot(n, clock.now())) }])
  const logger = pino({ level: 'silent' })
  const tally = startTally({
    ...{ log: inBatches, clock, logger, everyMs: EVERY_MS, skip: () => false, health: UNSUPERVISED },
  })
  await until(() => batch !== undefined)
  await tally.drain()
  expect(tally.counters.ballots).toBe(1)
  expect(await log.ends('tallies')).toEqual([0])
})

test('a poll that was sealed is counted no further, and a ballot that comes all the same disturbs nothing', async () => {
  let sealed = false
  const { tally, append, counts } = await tallying(Promise.resolve(), () => sealed)
  expect(await counts()).toEqual([1, 1])
  await append(1)
  sealed = true
  await append(2)
  expect(await counts()).toEqual([1, 1])
  await tally.drain()
})

test('a record that is no ballot is kept as a dead letter with its reason, and the ballots around it are counted', async () => {
  const { tally, append, counts, log } = await tallying(Promise.resolve())
  await log.append('ballots', [{ key: 'v', value: new TextEncoder().encode('{') }])
  await append(1)
  expect((await counts()).at(-1)).toBe(2)
  const [letter] = await log.read('dead-letters', { partition: 0, offset: 0 }, 10)
  expect(deadLetters.decode(letter!.value)).toEqual({
    ...{ topic: 'ballots', partition: 0, offset: 1, reason: 'not a JSON object', value: 'ew==' },
  })
  await tally.drain()
})

test('a drain writes what was counted since the last cells', async () => {
  const { log, tally, append, counts } = await tallying(Promise.resolve())
  expect((await counts()).at(-1)).toBe(1)
  await append(1)
  await tally.drain()
  const cells = await log.read('tallies', { partition: 0, offset: 0 }, 100)
  expect((JSON.parse(new TextDecoder().decode(cells.at(-1)!.value)) as TallyCell).count).toBe(2)
})

test('a cell that could not be written is written with the next try, though nobody votes any more', async () => {
  const clock = new ManualClock(1_795_349_712_000)
  const memory = new MemoryLog({ clock })
  let refusals = 3
  const log: Log = {
    append(topic, records) {
      if (topic === 'tallies' && refusals-- > 0) {
        return Promise.reject(new RoarError('log_unavailable', 'the disk is full'))
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
  const logger = pino({ level: 'silent' })
  const supervisor = new Supervisor({ clock, logger })
  const health = supervisor.register('tally', { neededFor: ['packets'] })
  await memory.append('ballots', [{ key: 'v', value: encodeBallot(ballot(0, clock.now())) }])
  const tally = startTally({ log, clock, logger, everyMs: EVERY_MS, skip: () => false, health })
  const turns = async () => {
    for (let turn = 0; turn < 10; turn++) await new Promise((next) => setImmediate(next))
  }
  await turns()
  clock.advance(EVERY_MS)
  await turns()
  expect(supervisor.trouble('packets')).toBe('tally is waiting: tallies: the disk is full')
  for (let i = 0; i < 5; i++) {
    clock.advance(EVERY_MS)
    await turns()
  }
  expect(await memory.read('tallies', { partition: 0, offset: 0 }, 9)).toHaveLength(2)
  expect(supervisor.trouble('packets')).toBeUndefined()
  await tally.drain()
})
