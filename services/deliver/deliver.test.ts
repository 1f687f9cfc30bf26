import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { ConsumeOptions, HandleBatch, LogRecord, LogTopic } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import type { Store } from '../../adapters/store/store.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import type { Cell } from '../../protocol/cell.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { FeedPacket, MoodPacket } from '../../protocol/packets.ts'
import { cells } from '../../protocol/records/cells.ts'
import { control } from '../../protocol/records/control.ts'
import { deadLetters } from '../../protocol/records/dead-letters.ts'
import type { Show } from '../../protocol/show.ts'
import type { Slice } from '../../protocol/slice.ts'
import { brokerPubSub } from '../../test/broker-pubsub.ts'
import { startAggregate } from '../aggregate/aggregate.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { RoomDirectory } from '../rooms/room-directory.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { startDeliver } from './deliver.ts'

const bytes = new TextEncoder()
/** What was said, newest last. */
const said: string[] = []
const logger = pino({ level: 'warn' }, { write: (line) => void said.push(line) })

/** Counting and delivery from log to PubSub, the clock in the test's hands. */
async function rig({
  store = new MemoryStore() as Store,
  startMs = 1_000_000,
  clock = new ManualClock(startMs),
  log = new MemoryLog({ clock }),
  broker = brokerPubSub(),
  also = [] as Show[],
} = {}) {
  const { pubsub, down, up } = broker
  const heard: { topic: string; packet: unknown }[] = []
  pubsub.subscribe('roar/#', ({ topic, payload }) => {
    heard.push({ topic, packet: JSON.parse(new TextDecoder().decode(payload)) })
  })
  await log.append('control', [DEMO_SHOW, ...also].map(control.encode))
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  const works: boolean[] = []
  const supervisor = new Supervisor({ clock, logger })
  const deliver = startDeliver({
    log,
    store,
    pubsub,
    directory,
    rooms: new RoomDirectory({ log, directory, clock, logger, health: UNSUPERVISED }),
    clock,
    logger,
    windowMs: 250,
    onActive: (now) => works.push(now),
    health: supervisor.register('deliver', { neededFor: ['packets'] }),
  })
  await Promise.race([deliver.ready, new Promise((turn) => setImmediate(turn))])
  const aggregate = startAggregate({ log, logger, windowMs: 250, health: UNSUPERVISED })
  let sequence = 0
  const slice = (count: number, fields: Partial<Slice> = {}): Slice => ({
    show: 'final',
    producer: `p${startMs}`,
    sequence: sequence++,
    from: 0,
    to: 0,
    segment: ['home'],
    sticker: ['heart'],
    count: [count],
    ...fields,
  })
  const settle = async () => {
    for (let i = 0; i < 50; i++) await Promise.resolve()
  }
  const append = async (record: Slice | string) => {
    const text = typeof record === 'string' ? record : JSON.stringify(record)
    await log.append('reactions', [{ key: null, value: bytes.encode(text) }])
    await settle()
  }
  const pass = async (ms: number) => {
    clock.advance(ms)
    await settle()
  }
  return {
    deliver,
    works,
    supervisor,
    aggregate,
    log,
    clock,
    moods: (topic = 'roar/final/mood') =>
      heard.filter((message) => message.topic === topic).map(({ packet }) => packet as MoodPacket),
    feeds: () =>
      heard.filter(({ topic }) => topic === 'roar/final/feed').map(({ packet }) => packet as FeedPacket),
    shows: () => heard.filter(({ topic }) => topic === 'roar/final/show').length,
    reconnect: async () => {
      down()
      up()
      await settle()
    },
    slice,
    append,
    /** Reactions, and the window that they are in. */
    tap: async (reactions: number) => {
      await append(slice(reactions))
      await pass(250)
    },
    post: async (id: string) => {
      const record = { show: 'final', id, viewer: 'v', name: 'Ann', sticker: 'six', at: clock.now() }
      await log.append('posts', [{ key: 'final', value: bytes.encode(JSON.stringify(record)) }])
      await settle()
    },
    announce: async (show: Show) => {
      await log.append('control', [control.encode(show)])
      await settle()
    },
    pass,
  }
}

test('a slice in the log is a packet for the show and for its segment, at once', async () => {
  const { slice, append, moods, pass } = await rig()
  await pass(250)
  await append(slice(3))
  const packet = { at: 1_000_000, ms: 250, n: 3, total: 3, top: [['heart', 3, 3]] }
  const sides = [
    ['home', 3, 3],
    ['away', 0, 0],
  ]
  expect(moods()).toEqual([{ ...packet, sides }] as never)
  expect(moods('roar/final/mood/home')).toEqual([packet] as never)
  expect(moods('roar/final/mood/away')).toEqual([])
})

test('silence is said once', async () => {
  const { slice, append, moods, pass } = await rig()
  await pass(250)
  await append(slice(1))
  for (let i = 0; i < 40; i++) await pass(125)
  expect(moods().map(({ n, total }) => [n, total])).toEqual([
    [1, 1],
    [0, 1],
  ])
})

test('a broker that is there again is told the newest of every show, and by the active one alone', async () => {
  const { slice, append, moods, shows, pass, reconnect, deliver, aggregate, log } = await rig()
  await pass(250)
  await append(slice(3))
  const standby = await rig({ log, startMs: 2_000_000 })
  const before = [moods(), moods('roar/final/mood/home')].map((packets) => packets.at(-1)!)
  const [told, documents] = [moods().length, shows()]
  await reconnect()
  expect([moods(), moods('roar/final/mood/home')].map((packets) => packets.at(-1)!)).toEqual(before)
  expect([moods().length, shows()]).toEqual([told + 1, documents + 1])
  await standby.reconnect()
  await standby.announce({ ...DEMO_SHOW, title: 'Another', version: DEMO_SHOW.version + 1 })
  expect([standby.moods().length, standby.shows()]).toEqual([0, 0])
  expect(shows()).toBe(documents + 2)
  await aggregate.drain()
  await deliver.drain()
})

test('a record delivered twice changes no number', async () => {
  const { slice, append, moods, pass, aggregate } = await rig()
  const record = slice(5)
  for (let i = 0; i < 4; i++) {
    await append(record)
    await pass(250)
  }
  expect(aggregate.counters.repeats).toBe(3)
  expect(moods().at(-1)!.total).toBe(5)
})

test.each([
  ['was an hour ahead of the log and is right again', [3_600_000, 0]],
  ['is suddenly an hour behind the log', [0, -3_600_000]],
  ['says what is no time, and then is right', [Number.MAX_SAFE_INTEGER - 20_000_000, 0]],
])('viewers see every tap at once where the clock of who counts %s', async (_, offsets) => {
  const { log, clock, moods, pass } = await rig({ startMs: 10_000_000 })
  let taps = 0
  for (const offset of offsets) {
    const before = taps
    for (let i = 0; i < 10; i++) {
      await pass(250)
      const now = clock.now()
      const counted = { show: 'final', window: now - (now % 250), segment: 'home', sticker: 'heart' }
      await log.append('counts', [cells.encode({ ...counted, count: ++taps, version: now + offset })])
    }
    // While they come, and not only in the silence afterwards.
    expect(moods().at(-1)!.total).toBeGreaterThan((before * (before + 1)) / 2)
    await pass(500)
    await pass(500)
    expect(moods().at(-1)!.total).toBe((taps * (taps + 1)) / 2)
    expect(moods().at(-1)!.at).toBeLessThan(clock.now())
  }
})

test('a count of a window that is far ahead of the log holds up no other, nor after a restart', async () => {
  const store = new MemoryStore() as Store
  const first = await rig({ store, startMs: 10_000_000 })
  const window = 9e15 - (9e15 % 250)
  const counted = { show: 'final', segment: 'home', sticker: 'heart', count: 1, version: 10_000_000 }
  await first.log.append('counts', [cells.encode({ ...counted, window })])
  for (let i = 0; i < 3; i++) await first.tap(1)
  expect(first.moods().at(-1)!.total).toBe(4)
  await first.aggregate.drain()
  await first.deliver.drain()
  const second = await rig({ store, startMs: 20_000_000 })
  for (let i = 0; i < 3; i++) await second.tap(1)
  expect(second.moods().at(-1)!.total).toBe(7)
  expect(second.moods().at(-1)!.at).toBeLessThan(second.clock.now())
})

test('a stored window that is far ahead of the log, and that no packet told of yet, puts no packet ahead', async () => {
  const store = new MemoryStore() as Store
  const cell = { show: 'final', window: 9e15, segment: '', sticker: 'heart', count: 1, version: 10_000_000 }
  const counts = {
    totals: [{ segment: '', sticker: 'heart', count: 1 }],
    history: [],
    shifts: [],
    cells: [cell],
  }
  await store.saveCounts('final', { ...counts, cellsFrom: 0, moods: [] }, await store.takeTerm())
  const { clock, moods, pass, tap } = await rig({ store, startMs: 20_000_000 })
  await pass(500)
  for (let i = 0; i < 3; i++) await tap(1)
  expect(moods().at(-1)!.total).toBe(4)
  expect(moods().at(-1)!.at).toBeLessThan(clock.now())
})

test('a record that nobody can read is set aside with its reason, and the next one is counted', async () => {
  const { slice, append, moods, pass, log } = await rig()
  const letters: { reason: string }[] = []
  log.consume('dead-letters', (batch) => {
    for (const { value } of batch) letters.push(JSON.parse(new TextDecoder().decode(value)))
  })
  await append('{"show":')
  await append(slice(2))
  await pass(250)
  expect(letters.map(({ reason }) => reason)).toEqual(['not a JSON object'])
  expect(moods().at(-1)!.total).toBe(2)
})

test('after a restart the totals go on, and the last packet comes again for whoever missed it', async () => {
  const store = new MemoryStore()
  const first = await rig({ store })
  await first.pass(250)
  await first.append(first.slice(7))
  const last = first.moods().at(-1)!
  const second = await rig({ store, startMs: 2_000_000 })
  expect(second.moods()).toEqual([last])
  await second.append(second.slice(1))
  await second.pass(250)
  expect(second.moods().at(-1)!.total).toBe(8)
})

test('a restart in the middle of the noise says the silence that follows', async () => {
  const store = new MemoryStore()
  const first = await rig({ store })
  await first.pass(250)
  await first.append(first.slice(7))
  const second = await rig({ store, startMs: 1_000_500 })
  for (let i = 0; i < 10; i++) await second.pass(125)
  expect(second.moods().map(({ n, total }) => [n, total])).toEqual([
    [7, 7],
    [0, 7],
  ])
})

test('of two processes the one that reads goes on, and the one that comes back is told', async () => {
  const store = new MemoryStore()
  const first = await rig({ store })
  await first.pass(250)
  await first.append(first.slice(7))
  const second = await rig({ store, startMs: 1_000_500 })
  await second.append(second.slice(1))
  expect(second.moods().at(-1)!.total).toBe(8)
  // The first was only slow: it finds the other's term, takes over with all that was counted, and loses nothing.
  await first.pass(750)
  await first.append(first.slice(2))
  // What is in the store is of another log: it reads its own again.
  for (let i = 0; i < 8; i++) await first.pass(125)
  expect(first.deliver.counters.terms).toBe(2)
  expect(first.moods().at(-1)!.total).toBe(10)
})

test('a drain publishes and keeps what was counted in the open window', async () => {
  const store = new MemoryStore()
  const { slice, append, moods, pass, aggregate, deliver } = await rig({ store })
  await pass(250)
  await append(slice(1))
  await pass(10)
  await append(slice(4))
  expect(moods().at(-1)!.total).toBe(1)
  await aggregate.drain()
  await deliver.drain()
  expect(moods().at(-1)!).toMatchObject({ n: 4, total: 5 })
  expect((await store.counts('final')).totals).toEqual([{ segment: 'home', sticker: 'heart', count: 5 }])
})

test('a drain publishes its last window in the log’s time, by which the next deliver goes on, whatever its own clock says', async () => {
  const logClock = new ManualClock(1_000_000)
  const log = new MemoryLog({ clock: logClock })
  const { slice, append, moods, aggregate, deliver } = await rig({ log, startMs: 1_000_000 + 3_600_000 })
  await append(slice(1))
  logClock.advance(260)
  await append(slice(4))
  await aggregate.drain()
  await deliver.drain()
  expect(moods().at(-1)).toMatchObject({ total: 5, at: 1_000_250 })
})

test('a drain counts all that the log holds before it publishes for the last time', async () => {
  const store = new MemoryStore()
  const { slice, append, moods, pass, aggregate, deliver } = await rig({ store })
  await pass(250)
  const gate = Promise.withResolvers<void>()
  const write = store.saveCounts.bind(store)
  store.saveCounts = async (...counts) => {
    await gate.promise
    return write(...counts)
  }
  await append(slice(1))
  await append(slice(2))
  await aggregate.drain()
  const drained = deliver.drain()
  await pass(0)
  gate.resolve()
  await drained
  expect(moods().at(-1)!.total).toBe(3)
})

/** A store whose next calls can be made to fail. */
function faultyStore() {
  const store = new MemoryStore()
  const real = {
    saveCounts: store.saveCounts.bind(store),
    counts: store.counts.bind(store),
    takeTerm: store.takeTerm.bind(store),
  }
  const away = new RoarError('store_unavailable', 'the store does not answer')
  let fault: 'none' | 'refuses' | 'writes and does not answer' = 'none'
  const held: (() => Promise<boolean>)[] = []
  store.saveCounts = async (...write) => {
    if (fault === 'refuses') {
      // It may come late, under the term that it was meant for.
      held.push(() => real.saveCounts(...write))
      throw away
    }
    const written = await real.saveCounts(...write)
    if (fault === 'writes and does not answer') throw away
    return written
  }
  store.counts = async (show) => {
    if (fault !== 'none') throw away
    return real.counts(show)
  }
  store.takeTerm = async () => {
    if (fault === 'refuses') throw away
    return real.takeTerm()
  }
  return {
    store,
    become: (next: typeof fault) => {
      fault = next
    },
    /** Writes that were given up come now. */
    comeLate: () => Promise.all(held.map((write) => write())),
  }
}

test('a packet leaves once the store has its numbers, and not while it is writing them', async () => {
  const store = new MemoryStore()
  const write = store.saveCounts.bind(store)
  const { slice, append, moods, pass } = await rig({ store })
  await pass(250)
  await append(slice(1))
  const gate = Promise.withResolvers<void>()
  let writing = false
  store.saveCounts = async (...counts) => {
    writing = true
    await gate.promise
    return write(...counts)
  }
  await pass(250)
  await append(slice(2))
  expect(writing).toBe(true)
  expect(moods().at(-1)!.total).toBe(1)
  gate.resolve()
  await pass(0)
  expect(moods().at(-1)!.total).toBe(3)
})

test('nobody sees a number that the store does not have, and when it is back everything is there once', async () => {
  for (const outage of ['refuses', 'writes and does not answer'] as const) {
    const { store, become, comeLate } = faultyStore()
    const { slice, append, moods, pass, supervisor } = await rig({ store })
    await pass(250)
    await append(slice(1))
    expect(moods().at(-1)!.total).toBe(1)
    become(outage)
    for (let i = 0; i < 12; i++) {
      await append(slice(2))
      await pass(250)
    }
    expect(moods().at(-1)!.total).toBe(1)
    expect(supervisor.trouble('packets')).toContain('the store does not answer')
    become('none')
    for (let i = 0; i < 20; i++) await pass(250)
    expect(moods().at(-1)!.total).toBe(25)
    expect(supervisor.trouble('packets')).toBeUndefined()
    // What a hung database writes at last is of a term that is over.
    expect(await comeLate()).not.toContain(true)
    await append(slice(1))
    await pass(500)
    const { totals, history } = await store.counts('final')
    expect(totals).toEqual([{ segment: 'home', sticker: 'heart', count: 26 }])
    expect(history.reduce((sum, { count }) => sum + count, 0)).toBe(26)
    const packets = new Map(moods().map((packet) => [packet.at, packet.n]))
    expect([...packets.values()].reduce((sum, n) => sum + n, 0)).toBe(26)
  }
})

test('a clock that is set back while the store does not answer keeps nobody waiting for the silence once it does', async () => {
  const { store, become } = faultyStore()
  const { clock, slice, append, moods, pass } = await rig({ store })
  await pass(250)
  await append(slice(2))
  become('refuses')
  for (let i = 0; i < 4; i++) await pass(250)
  expect(moods().at(-1)!.n).toBe(2)
  clock.setBack(3_600_000)
  become('none')
  for (let i = 0; i < 40; i++) await pass(250)
  expect(moods().at(-1)!).toMatchObject({ n: 0, total: 2 })
})

/** A store and its replica, which has what was written until it lags; `failOver` makes it the one that answers. */
function replicatedStore() {
  const replica = new MemoryStore()
  const primary = new MemoryStore()
  let current = primary
  let isLagging = false
  let refuses = false
  const store = new Proxy(primary, {
    get(_, name) {
      const value = Reflect.get(current, name, current) as unknown
      if (typeof value !== 'function') return value
      return async (...given: unknown[]) => {
        if (refuses) throw new RoarError('store_unavailable', 'no answer')
        const answer = await value.apply(current, given)
        if (!isLagging && current === primary && ['takeTerm', 'saveCounts'].includes(String(name)))
          await (Reflect.get(replica, name, replica) as (...given: unknown[]) => unknown).apply(
            replica,
            given,
          )
        return answer
      }
    },
  })
  return {
    store,
    replica,
    lag: () => (isLagging = true),
    refuse: (now: boolean) => (refuses = now),
    failOver: () => (current = replica),
  }
}

test.each([true, false])(
  'a store that takes over and has not what was written last: it is counted again from the log, no total falls, and it is said (writes fail meanwhile: %p)',
  async (writesFail) => {
    const { store, replica, lag, refuse, failOver } = replicatedStore()
    said.length = 0
    const { slice, append, moods, pass, deliver } = await rig({ store })
    const tap = async (reactions: number) => {
      await append(slice(reactions))
      await pass(250)
    }
    await pass(250)
    for (const reactions of [1, 2, 3]) await tap(reactions)
    lag()
    for (const reactions of [10, 20]) await tap(reactions)
    expect(moods().at(-1)!.total).toBe(36)
    // Nothing more comes, and it is silent.
    for (let i = 0; i < 8; i++) await pass(125)
    if (writesFail) {
      refuse(true)
      await tap(100)
      for (let i = 0; i < 8; i++) await pass(125)
      refuse(false)
    }
    failOver()
    if (!writesFail) await tap(100)
    for (let i = 0; i < 40; i++) await pass(125)
    await tap(7)
    for (let i = 0; i < 8; i++) await pass(125)
    const newest = moods().filter((mood, i, all) => all.slice(0, i).every(({ at }) => at < mood.at))
    const totals = newest.map(({ total }) => total)
    expect(totals).toEqual(totals.toSorted((a, b) => a - b))
    expect(totals.at(-1)).toBe(143)
    expect(newest.reduce((sum, { n }) => sum + n, 0)).toBe(143)
    const { totals: kept } = await replica.counts('final')
    expect(kept.reduce((sum, { count }) => sum + count, 0)).toBe(143)
    expect(deliver.counters.recounted).toBeGreaterThanOrEqual(30)
    expect(said.filter((line) => line.includes('counted again from the log'))).toHaveLength(1)
  },
)

test('a standby that takes over a store that is behind shows no total before all that was shown, whatever its group has committed', async () => {
  const { store, lag, failOver } = replicatedStore()
  const first = await rig({ store })
  const { log, clock, tap } = first
  await first.pass(250)
  await tap(1)
  lag()
  for (const reactions of [10, 20]) await tap(reactions)
  expect(first.moods().at(-1)!.total).toBe(31)
  await first.deliver.drain()
  failOver()
  // A commit that was refused, or did not come, leaves the group's place behind as well.
  const { next: from } = (await store.countsReached())!
  const consume = log.consume.bind(log)
  log.consume = (topic, handle, options) =>
    consume(topic, handle, topic === 'counts' ? { ...options, group: 'lagging', from } : options)
  const second = await rig({ store, log, clock })
  await first.append(first.slice(100))
  for (let i = 0; i < 8; i++) await second.pass(125)
  const totals = second.moods().map(({ total }) => total)
  expect(totals.length).toBeGreaterThan(0)
  expect(totals.filter((total) => total < 31)).toEqual([])
  expect(totals.at(-1)).toBe(131)
})

/** From now on this log's readers get each record in a batch of its own. */
function oneByOne(log: MemoryLog): void {
  const consume = log.consume.bind(log)
  log.consume = (topic, handle, options) =>
    consume(
      topic,
      async (batch, isCurrent) => {
        for (const record of batch) await handle([record], isCurrent)
      },
      options,
    )
}

test.each([
  ['at once', (_: MemoryLog) => {}],
  ['one by one', oneByOne],
])(
  'a deliver that takes over publishes no total before it has counted what nobody delivered, and each reaction is in one packet, where the log hands it out %s',
  async (_, handOut) => {
    const store = new MemoryStore()
    const first = await rig({ store })
    const { log, clock, tap } = first
    handOut(log)
    await first.pass(250)
    await tap(1)
    await first.append(first.slice(2))
    await first.deliver.drain()
    for (const reactions of [10, 20, 30, 40]) await tap(reactions)
    const second = await rig({ store, log, clock })
    await tap(100)
    for (let i = 0; i < 8; i++) await second.pass(125)
    const totals = second.moods().map(({ total }) => total)
    expect([Math.min(...totals), totals.at(-1)]).toEqual([103, 203])
    const growth = new Map([...first.moods(), ...second.moods()].map(({ at, n }) => [at, n]))
    expect([...growth.values()].reduce((sum, n) => sum + n, 0)).toBe(203)
  },
)

test('who has to end before it has counted what nobody delivered leaves all of it to be published, as often as that happens', async () => {
  const store = new MemoryStore()
  const first = await rig({ store })
  const { log, clock, tap } = first
  await first.pass(250)
  await tap(1)
  await first.deliver.drain()
  const [end] = await log.ends('counts')
  for (const reactions of [10, 20, 30]) await tap(reactions)
  const consume = log.consume.bind(log)
  const heard = [...first.moods()]
  for (const readable of [1, 2, 3]) {
    // The log cannot be read any further.
    log.consume = (topic, handle, options) => {
      const upTo: HandleBatch = async (batch, isCurrent) => {
        for (const record of batch) {
          if (record.offset >= end! + readable) throw new RoarError('log_unavailable', 'no answer')
          await handle([record], isCurrent)
        }
      }
      return consume(topic, topic === 'counts' ? upTo : handle, options)
    }
    const next = await rig({ store, log, clock })
    for (let i = 0; i < 4; i++) await next.pass(125)
    const drained = next.deliver.drain().catch(() => {})
    for (let i = 0; i < 100; i++) await next.pass(250)
    await drained
    heard.push(...next.moods())
  }
  const growth = new Map(heard.map(({ at, n }) => [at, n]))
  expect([...growth.values()].reduce((sum, n) => sum + n, 0)).toBe(61)
})

test('what is stored and was in no packet yet is published after a restart, though nobody taps any more', async () => {
  const store = new MemoryStore()
  const cell = {
    show: 'final',
    window: 999_500,
    segment: 'home',
    sticker: 'heart',
    count: 7,
    version: 999_750,
  }
  const totals = [{ segment: 'home', sticker: 'heart', count: 7 }]
  const rest = { history: [], shifts: [], moods: [], cellsFrom: 0 }
  await store.saveCounts('final', { ...rest, totals, cells: [cell] }, await store.takeTerm())
  const { moods, pass } = await rig({ store })
  for (let i = 0; i < 8; i++) await pass(125)
  expect(moods().map(({ n, total }) => [n, total])).toEqual([
    [7, 7],
    [0, 7],
  ])
})

test('a batch of which a store that fails over has one show, and not the other, takes no total back', async () => {
  const { store, lag, failOver } = replicatedStore()
  const { append, slice, moods, pass, announce, log, deliver } = await rig({ store })
  await announce({ ...DEMO_SHOW, show: 'second' })
  await pass(250)
  await append(slice(1))
  await pass(250)
  const [of] = (await log.read('counts', { partition: 0, offset: 0 }, 1)).map(({ value }) =>
    cells.decode(value),
  )
  const cell = (show: string, count: number, version: number) =>
    cells.encode({ ...(of as Cell), show, window: version, version, count })
  lag()
  const version = (of as Cell).version + 250
  await log.append('counts', [cell('final', 10, version)])
  await pass(0)
  const save = store.saveCounts
  store.saveCounts = (show, ...write) => {
    if (show === 'second') failOver()
    return save(show, ...write)
  }
  await log.append('counts', [cell('final', 20, version + 250), cell('second', 5, version + 250)])
  for (let i = 0; i < 40; i++) await pass(125)
  // Also of those who come and know nothing yet.
  const totals = moods().map(({ total }) => total)
  expect(totals).toEqual(totals.toSorted((a, b) => a - b))
  expect(totals.at(-1)).toBe(31)
  expect(moods('roar/second/mood').at(-1)!.total).toBe(5)
  expect(deliver.counters.recounted).toBeGreaterThan(0)
})

test('a batch of which a store that fails over has the first show, and not the last, is counted again', async () => {
  const { store, replica, lag, failOver } = replicatedStore()
  const { announce, moods, pass, log } = await rig({ store })
  await announce({ ...DEMO_SHOW, show: 'second' })
  await pass(250)
  const save = store.saveCounts
  store.saveCounts = (show, ...write) => {
    if (show === 'second') lag()
    return save(show, ...write)
  }
  const [window, version] = [1_000_250, 1_000_500]
  const cell = (show: string, count: number, later = 0): LogRecord =>
    cells.encode({
      show,
      ...{ window: window + later, version: version + later },
      ...{ segment: '', sticker: 'heart', count },
    })
  await log.append('counts', [cell('final', 10), cell('second', 5)])
  await pass(250)
  failOver()
  await log.append('counts', [cell('final', 20, 250)])
  for (let i = 0; i < 40; i++) await pass(125)
  const stored = async (show: string) => (await replica.counts(show)).totals.map(({ count }) => count)
  expect([await stored('final'), await stored('second')]).toEqual([[30], [5]])
  expect([moods().at(-1)!.total, moods('roar/second/mood').at(-1)!.total]).toEqual([30, 5])
})

test('a batch that says nothing new is in the store with its place: no new term counts it again', async () => {
  const store = new MemoryStore()
  const { append, slice, pass, log } = await rig({ store })
  await pass(250)
  await append(slice(1))
  await pass(250)
  const known = await log.read('counts', { partition: 0, offset: 0 }, 100)
  await log.append('counts', known)
  await pass(250)
  expect((await store.countsReached())?.next).toBe(2 * known.length)
})

test('a store that cannot be read once is asked again, and no other show feels it', async () => {
  const { store } = faultyStore()
  const counts = store.counts.bind(store)
  let resets = 0
  store.counts = (show) => {
    if (show === 'second' && resets++ === 0) {
      return Promise.reject(new RoarError('store_unavailable', 'connection reset'))
    }
    return counts(show)
  }
  const { slice, append, moods, pass, announce } = await rig({ store })
  await pass(250)
  await append(slice(5))
  await announce({ ...DEMO_SHOW, show: 'second' })
  await append(slice(7))
  await append(slice(3, { show: 'second' }))
  for (let i = 0; i < 8; i++) await pass(125)
  expect(resets).toBeGreaterThan(1)
  expect(moods().at(-1)!.total).toBe(12)
  expect(moods('roar/second/mood').at(-1)!.total).toBe(3)
})

test('a record of counts or posts that is none is set aside with its reason, and all others are delivered', async () => {
  const { slice, append, moods, feeds, post, pass, log } = await rig()
  const letters = new Map<string, string>()
  log.consume('dead-letters', (batch) => {
    for (const { key, value } of batch) {
      const letter = deadLetters.decode(value)
      letters.set(key!, typeof letter === 'string' ? letter : letter.reason)
    }
  })
  await pass(250)
  await append(slice(3))
  for (const topic of ['counts', 'posts'] as const) {
    for (const bad of ['{', 'null', '', '{"show":"final\\n"}', '[1]']) {
      await log.append(topic, [{ key: 'k', value: bytes.encode(bad) }])
    }
  }
  await append(slice(5))
  await post('a')
  for (let i = 0; i < 4; i++) await pass(125)
  expect(moods().at(-1)!.total).toBe(8)
  expect(feeds()).toMatchObject([{ n: 1 }])
  expect(letters.size).toBe(10)
  expect([...letters.values()].filter((reason) => reason === 'not a JSON object')).toHaveLength(8)
})

test('a show that nobody announced is counted, and published only once it is known', async () => {
  const { slice, append, moods, pass, announce } = await rig()
  await pass(250)
  await append(slice(4, { show: 'second' }))
  await pass(500)
  expect(moods('roar/second/mood')).toEqual([])
  await announce({ ...DEMO_SHOW, show: 'second' })
  expect(moods('roar/second/mood').at(-1)!.total).toBe(4)
})

test('a post is in the feed within half a window', async () => {
  const { post, feeds, pass } = await rig()
  await pass(10)
  await post('a')
  await pass(125)
  expect(feeds()).toMatchObject([{ n: 1, posts: [{ id: 'a', name: 'Ann', sticker: 'six' }] }])
})

test('a post that comes twice is shown and counted once, by one that was on standby in between as well', async () => {
  const store = new MemoryStore()
  const { slice, append, post, feeds, pass, log, deliver, works } = await rig({ store })
  await pass(250)
  for (const id of ['a', 'a', 'b']) await post(id)
  await pass(250)
  log.switchTo('down')
  await store.takeTerm()
  for (let i = 0; i < 80; i++) await pass(250)
  log.switchTo('up')
  await append(slice(1))
  await pass(250)
  expect(works).toEqual([true, false])
  for (let i = 0; i < 48; i++) await pass(250)
  expect(works).toEqual([true, false, true])
  for (const id of ['b', 'a', 'c']) await post(id)
  for (let i = 0; i < 8; i++) await pass(125)
  expect(feeds().flatMap(({ posts }) => posts.map(({ id }) => id))).toEqual(['a', 'b', 'c'])
  expect(feeds().reduce((sum, { n }) => sum + n, 0)).toBe(3)
  expect(deliver.counters.posts).toBe(3)
})

test('a post is shown once its place is committed, so that no other process shows it as well', async () => {
  const clock = new ManualClock(1_000_000)
  const log = new MemoryLog({ clock })
  const consume = log.consume.bind(log)
  let isCommitted = false
  log.consume = (topic, handle, options) =>
    consume(
      topic,
      async (batch, isCurrent) => {
        await handle(batch, isCurrent)
        if (topic === 'posts' && !isCommitted) throw new RoarError('log_unavailable', 'no answer')
      },
      options,
    )
  const { post, feeds, pass } = await rig({ clock, log })
  await post('a')
  await pass(250)
  expect(feeds()).toEqual([])
  isCommitted = true
  for (let i = 0; i < 8; i++) await pass(250)
  expect(feeds()).toMatchObject([{ n: 1, posts: [{ id: 'a' }] }])
})

test('a drain publishes the posts of its last window', async () => {
  const { post, feeds, deliver } = await rig()
  await post('a')
  expect(feeds()).toEqual([])
  await deliver.drain()
  expect(feeds()).toMatchObject([{ n: 1, posts: [{ id: 'a' }] }])
})

test('a post that comes after its run was wiped is neither shown nor counted', async () => {
  const { post, feeds, deliver, announce, pass } = await rig()
  await announce({ ...DEMO_SHOW, version: DEMO_SHOW.version + 1, run: 2 })
  await post('a')
  await pass(250)
  expect(feeds().flatMap(({ posts }) => posts)).toEqual([])
  expect(deliver.counters.posts).toBe(0)
})

test('of two that read one log one works; the other says nothing before it is alone, then goes on from there', async () => {
  const store = new MemoryStore()
  const first = await rig({ store })
  const { log, clock } = first
  // Counted twice, by two aggregates: each cell is the same.
  const second = await rig({ store, log, clock })
  expect([first.deliver.isActive(), second.deliver.isActive()]).toEqual([true, false])
  await first.pass(250)
  await first.append(first.slice(7))
  await first.post('a')
  await first.pass(750)
  expect(first.moods().at(-1)!.total).toBe(7)
  expect(first.feeds()).toMatchObject([{ n: 1, posts: [{ id: 'a' }] }])
  expect([second.moods(), second.feeds()]).toEqual([[], []])
  expect(second.works).toEqual([])

  const last = first.moods().at(-1)!
  const states: string[] = []
  second.deliver.pubsub.onState((state) => states.push(state))
  await first.deliver.drain()
  await second.pass(0)
  expect(second.works).toEqual([true])
  // Whoever publishes beside it does so again.
  expect(states).toEqual(['up'])
  expect(second.moods()).toEqual([last])
  await second.append(second.slice(1, { producer: 'another' }))
  await second.post('b')
  await second.pass(750)
  expect(second.moods().map(({ total }) => total)).toEqual([7, 8, 8])
  expect(second.feeds()).toMatchObject([{ n: 1, posts: [{ id: 'b' }] }])
})

test('the one that reads and finds the term taken by another takes over again, and says what is left', async () => {
  const store = new MemoryStore()
  const { slice, append, moods, pass, deliver } = await rig({ store })
  await pass(250)
  await append(slice(7))
  await append(slice(1))
  expect(moods().at(-1)!.total).toBe(7)
  await store.takeTerm()
  for (let i = 0; i < 8; i++) await pass(125)
  expect(deliver.counters.terms).toBe(2)
  expect(moods().at(-1)!.total).toBe(8)
})

test('who learns by a write that another has taken the term publishes nothing of that write', async () => {
  const store = new MemoryStore()
  const { tap, moods, pass } = await rig({ store })
  await pass(250)
  await tap(7)
  await store.takeTerm()
  // It cannot take over for now.
  store.takeTerm = () => Promise.reject(new RoarError('store_unavailable', 'the store does not answer'))
  await tap(2)
  for (let i = 0; i < 8; i++) await pass(125)
  expect(moods().at(-1)!.total).toBe(7)
})

/** A log that tells its readers, besides what it has to tell, what a test says. */
function logThatTells() {
  const clock = new ManualClock(1_000_000)
  const log = new MemoryLog({ clock })
  const told = new Map<string, ConsumeOptions>()
  const consume = log.consume.bind(log)
  log.consume = (topic, handle, options) => {
    if (options !== undefined) told.set(topic, options)
    return consume(topic, handle, options)
  }
  return { log, clock, tells: (topic: LogTopic) => told.get(topic)! }
}

test('a process that reads on after another had the counts for a while publishes none of its old totals', async () => {
  const store = new MemoryStore()
  const { log, clock, tells } = logThatTells()
  const { tap, moods, pass, reconnect } = await rig({ store, clock, log })
  await pass(250)
  await tap(7)
  const known = await store.counts('final')
  const reached = await store.countsReached()
  await store.saveCounts(
    'final',
    { ...known, totals: [{ segment: 'home', sticker: 'heart', count: 9 }] },
    await store.takeTerm(),
    { before: reached, after: reached },
  )
  const before = moods().length
  // It was cut off from the log, and never heard that the partition was another's.
  await tells('counts').onShare!(1)
  await reconnect()
  expect(moods().length).toBeGreaterThan(before)
  expect(
    moods()
      .slice(before)
      .map(({ total }) => total)
      .filter((total) => total < 9),
  ).toEqual([])
})

/** One that stood still when the store had written its newest counts and had not yet answered. */
async function stoppedInAWrite() {
  const store = new MemoryStore()
  const first = await rig({ store })
  await first.pass(250)
  await first.tap(7)
  const answer = Promise.withResolvers<void>()
  const { saveCounts } = store
  store.saveCounts = async (...write) => {
    store.saveCounts = saveCounts
    const isWritten = await saveCounts.apply(store, write)
    await answer.promise
    return isWritten
  }
  await first.append(first.slice(2))
  first.clock.standStill(20_000)
  return { store, first, answer: answer.resolve }
}

test('who stood still while another took over publishes nothing older than what that one has, neither what was written nor to a broker that is there again', async () => {
  const { store, first, answer } = await stoppedInAWrite()
  const second = await rig({ store, startMs: 1_010_000 })
  await second.tap(1)
  expect(second.moods().at(-1)!.total).toBe(10)
  const before = first.moods().length
  expect(first.moods().at(-1)!.total).toBe(7)
  expect(first.deliver.isActive()).toBe(false)
  answer()
  await first.reconnect()
  await first.pass(250)
  const older = first
    .moods()
    .slice(before)
    .filter(({ total }) => total < 10)
  expect(older).toEqual([])
})

test('who stood still with nothing to write leaves the term to the one that took over', async () => {
  const store = new MemoryStore()
  const first = await rig({ store })
  await first.pass(250)
  await first.tap(7)
  await first.pass(500)
  first.clock.standStill(20_000)
  const second = await rig({ store, startMs: 1_010_000 })
  const [moods, shows] = [first.moods(), first.shows()]
  await first.reconnect()
  for (let i = 0; i < 8; i++) await first.pass(250)
  expect(first.works).toEqual([true, false])
  expect([first.moods(), first.shows()]).toEqual([moods, shows])
  expect([first.deliver.counters.terms, await store.term()]).toEqual([1, 2])
  await second.tap(1)
  expect(second.moods().at(-1)!.total).toBe(8)
})

test('who stands still while it asks whose term it is publishes nothing by what was true before', async () => {
  const store = new MemoryStore()
  const first = await rig({ store })
  await first.pass(250)
  await first.tap(7)
  const answer = Promise.withResolvers<void>()
  const { term } = store
  store.term = async () => {
    const newest = await term.apply(store)
    await answer.promise
    return newest
  }
  await first.reconnect()
  const [moods, shows] = [first.moods(), first.shows()]
  first.clock.standStill(20_000)
  store.term = term
  await rig({ store, startMs: 1_010_000 })
  answer.resolve()
  await first.pass(0)
  expect([first.moods(), first.shows()]).toEqual([moods, shows])
})

test('who stands still while it reads what it takes over publishes nothing of it where another has taken over since', async () => {
  const store = new MemoryStore()
  const first = await rig({ store })
  await first.pass(250)
  await first.tap(7)
  await first.deliver.drain()
  const answer = Promise.withResolvers<void>()
  const { counts } = store
  store.counts = async (show) => {
    store.counts = counts
    const state = await counts.call(store, show)
    await answer.promise
    return state
  }
  const second = await rig({ store, startMs: 1_010_000 })
  second.clock.standStill(20_000)
  const third = await rig({ store, startMs: 1_030_000 })
  await third.tap(1)
  expect(third.moods().at(-1)!.total).toBe(8)
  answer.resolve()
  await second.pass(250)
  expect(second.moods().filter(({ total }) => total < 8)).toEqual([])
})

test('what is counted while somebody is unsure is in a later packet: they add up to the total', async () => {
  const store = new MemoryStore()
  const { pass, tap, reconnect, clock, moods } = await rig({ store })
  await pass(250)
  await tap(7)
  const { term } = store
  // Each time that it asks whose term it is, it stands still again.
  store.term = async () => {
    clock.standStill(4_000)
    return await term.apply(store)
  }
  await reconnect()
  for (const reactions of [1, 2, 4]) await tap(reactions)
  expect(moods().at(-1)!.total).toBe(7)
  store.term = term
  await tap(8)
  await pass(500)
  await pass(500)
  expect(moods().at(-1)!.total).toBe(22)
  const byTime = new Map(moods().map(({ at, n }) => [at, n]))
  expect([...byTime.values()].reduce((sum, n) => sum + n, 0)).toBe(22)
})

test('who stood still and finds its term the newest publishes what waited, and goes on', async () => {
  const { first, answer } = await stoppedInAWrite()
  await first.announce({ ...DEMO_SHOW, title: 'Another', version: DEMO_SHOW.version + 1 })
  const documents = first.shows()
  answer()
  await first.pass(250)
  expect(first.moods().at(-1)!.total).toBe(9)
  expect(first.shows()).toBeGreaterThan(documents)
  await first.tap(1)
  expect(first.moods().at(-1)!.total).toBe(10)
  expect([first.deliver.isActive(), ...first.works]).toEqual([true, true])
})

test('in the middle of a batch nothing is published that the store has not, where a doubt is settled there, too', async () => {
  const store = new MemoryStore()
  const { clock, log, append, slice, pass, moods, aggregate } = await rig({
    store,
    also: [{ ...DEMO_SHOW, show: 'other' }],
  })
  await pass(250)
  await append(slice(3))
  await append(slice(3, { show: 'other' }))
  await pass(250)
  await pass(500)
  expect(moods('roar/other/mood').at(-1)!.total).toBe(3)
  await aggregate.drain()
  const { saveCounts } = store
  store.saveCounts = async (...write) => {
    const isWritten = await saveCounts.apply(store, write)
    clock.standStill(4_000)
    // The store is gone after this.
    store.saveCounts = () => new Promise(() => {})
    return isWritten
  }
  const of = { window: 1_000_500, segment: 'home', sticker: 'heart', count: 5, version: 1_000_500 }
  await log.append('counts', [cells.encode({ ...of, show: 'final' }), cells.encode({ ...of, show: 'other' })])
  await pass(0)
  expect(moods('roar/other/mood').at(-1)!.total).toBe(3)
})

/** A store with the counts of a deliver that has left, which answers a question for them once `answer` was called. */
async function storeThatWaits() {
  const store = new MemoryStore()
  const first = await rig({ store })
  await first.pass(250)
  await first.tap(7)
  await first.deliver.drain()
  const gate = Promise.withResolvers<void>()
  const { counts } = store
  store.counts = async (show) => {
    store.counts = counts
    await gate.promise
    return counts.call(store, show)
  }
  return { store, answer: gate.resolve }
}

test.each([
  ['unreachable', 'down', 'up'],
  ['slow', 'slow', 'fast'],
] as const)(
  'a broker that is %s while a deliver takes over has all shows afterwards',
  async (_, trouble, over) => {
    const { store, answer } = await storeThatWaits()
    const broker = brokerPubSub()
    broker[trouble]()
    const second = await rig({ store, startMs: 1_010_000, broker })
    broker[over]()
    answer()
    for (let i = 0; i < 8; i++) await second.pass(250)
    expect(second.deliver.isActive()).toBe(true)
    expect(second.shows()).toBeGreaterThan(0)
    expect(second.moods().at(-1)!.total).toBe(7)
  },
)

test('what a deliver publishes while it takes over is sent by a broker that is slow until after that', async () => {
  const { store, answer } = await storeThatWaits()
  const broker = brokerPubSub()
  const second = await rig({ store, startMs: 1_010_000, broker })
  broker.slow()
  answer()
  await second.pass(0)
  broker.fast()
  expect([broker.dropped, second.moods().at(-1)?.total]).toEqual([[], 7])
  expect(second.shows()).toBeGreaterThan(0)
})

test('what waited for a slow broker and was dropped in doubt is published again once that is settled', async () => {
  const broker = brokerPubSub()
  const { clock, pass, tap, moods, deliver } = await rig({ broker })
  let ups = 0
  deliver.pubsub.onState((state) => {
    if (state === 'up') ups++
  })
  await pass(250)
  broker.slow()
  await tap(7)
  clock.standStill(4_000)
  broker.fast()
  expect(broker.dropped).toContain('roar/final/mood')
  expect([moods(), ups]).toEqual([[], 0])
  await pass(250)
  expect(moods().at(-1)!.total).toBe(7)
  expect(ups).toBe(1)
})

test('who stood still in the middle of taking over publishes no version of a show that another has published', async () => {
  const store = new MemoryStore()
  const { countsReached } = store
  const answer = Promise.withResolvers<void>()
  store.countsReached = async () => {
    store.countsReached = countsReached
    const reached = await countsReached.call(store)
    await answer.promise
    return reached
  }
  const first = await rig({ store })
  first.clock.standStill(20_000)
  await rig({ store, startMs: 1_030_000 })
  answer.resolve()
  for (let i = 0; i < 8; i++) await first.pass(250)
  expect(first.shows()).toBe(0)
})

test('who stood still while its store failed leaves the term to the one that took over', async () => {
  const store = new MemoryStore()
  const first = await rig({ store })
  await first.pass(250)
  await first.tap(7)
  const { saveCounts, takeTerm } = store
  const failed = () => Promise.reject(new RoarError('store_unavailable', 'the store does not answer'))
  store.saveCounts = () => {
    store.saveCounts = saveCounts
    return failed()
  }
  store.takeTerm = failed
  await first.append(first.slice(2))
  store.takeTerm = takeTerm
  const shows = first.shows()
  first.clock.standStill(20_000)
  const second = await rig({ store, startMs: 1_010_000 })
  await second.announce({ ...DEMO_SHOW, title: 'Another', version: DEMO_SHOW.version + 1 })
  for (let i = 0; i < 8; i++) await first.pass(250)
  expect([await store.term(), first.deliver.counters.terms]).toEqual([2, 1])
  expect([first.deliver.isActive(), first.shows()]).toEqual([false, shows])
})

test('whoever the log gives the counts is active again, though another took a term for a moment and nobody taps', async () => {
  const store = new MemoryStore()
  const { pass, tap, reconnect, announce, shows, works, deliver } = await rig({ store })
  await pass(250)
  await tap(7)
  await pass(500)
  await store.takeTerm()
  await reconnect()
  await pass(250)
  expect(works).toEqual([true, false])
  for (let i = 0; i < 48; i++) await pass(250)
  expect([works, deliver.isActive()]).toEqual([[true, false, true], true])
  const before = shows()
  await announce({ ...DEMO_SHOW, title: 'Another', version: DEMO_SHOW.version + 1 })
  expect(shows()).toBe(before + 1)
})

test('who is replaced and is given the counts by the log is active at once', async () => {
  const store = new MemoryStore()
  const { log, clock, tells } = logThatTells()
  const { pass, tap, reconnect, works } = await rig({ store, clock, log })
  await pass(250)
  await tap(7)
  await store.takeTerm()
  await reconnect()
  await pass(250)
  expect(works).toEqual([true, false])
  await tells('counts').onShare!(1)
  expect(works).toEqual([true, false, true])
})

test('who has drained as the active one says so for as long as what drains after it takes', async () => {
  const { clock, deliver } = await rig()
  await deliver.drain()
  clock.advance(20_000)
  expect(deliver.isActive()).toBe(true)
})

test('cut off from the log, a process works on until another has taken over', async () => {
  const store = new MemoryStore()
  const { log, works, pass, deliver } = await rig({ store })
  log.switchTo('down')
  await pass(500)
  expect(deliver.isActive()).toBe(true)
  await store.takeTerm()
  await pass(125)
  expect(works).toEqual([true, false])
})

test.each(['posts', 'room-moments'] as const)(
  'a process that is replaced is in no trouble for what it reads no more: %s',
  async (topic) => {
    const store = new MemoryStore()
    const { log, clock, tells } = logThatTells()
    const { pass, works, supervisor } = await rig({ store, clock, log })
    tells(topic).onState!({
      state: 'waiting',
      cause: new RoarError('log_unavailable', 'the connection was closed'),
    })
    expect(supervisor.trouble('packets')).toContain('the connection was closed')
    log.switchTo('down')
    await store.takeTerm()
    await pass(125)
    expect(works).toEqual([true, false])
    expect(supervisor.trouble('packets')).toBeUndefined()
  },
)

test('a process that is replaced while its store fails is in no trouble for that once it knows', async () => {
  const store = new MemoryStore()
  const { log, works, pass, supervisor } = await rig({ store })
  log.switchTo('down')
  const { term } = store
  store.term = () => Promise.reject(new RoarError('store_unavailable', 'the store does not answer'))
  await pass(125)
  expect(supervisor.trouble('packets')).toContain('the store does not answer')
  store.term = term
  await store.takeTerm()
  for (let i = 0; i < 40; i++) await pass(125)
  expect(works).toEqual([true, false])
  expect(supervisor.trouble('packets')).toBeUndefined()
})

test('a store that hangs is asked once, and not once more for every tick since', async () => {
  const store = new MemoryStore()
  const { log, pass } = await rig({ store })
  log.switchTo('down')
  const gate = Promise.withResolvers<void>()
  const term = store.term.bind(store)
  let asked = 0
  store.term = async () => {
    asked++
    await gate.promise
    return term()
  }
  for (let i = 0; i < 8; i++) await pass(125)
  gate.resolve()
  await pass(0)
  expect(asked).toBe(1)
})

test('a process that cannot take over waits, says so, and goes on from what there is', async () => {
  const { store, become } = faultyStore()
  become('refuses')
  const { deliver, supervisor, slice, append, moods, pass } = await rig({ store })
  await append(slice(3))
  await pass(250)
  expect(supervisor.trouble('packets')).toContain('the store does not answer')
  expect(deliver.isActive()).toBe(false)
  become('none')
  for (let i = 0; i < 20; i++) await pass(250)
  expect(supervisor.trouble('packets')).toBeUndefined()
  expect(deliver.isActive()).toBe(true)
  expect(moods().at(-1)!.total).toBe(3)
})

test('what trying again does not mend fails the process, with its reason', async () => {
  const store = new MemoryStore()
  store.takeTerm = () => Promise.reject(new TypeError('no such table'))
  const { supervisor } = await rig({ store })
  expect(await supervisor.failed.catch((cause) => cause.message)).toBe('deliver failed: no such table')
})

test('a store that fails while nobody taps is waited for, or fails the process, as while somebody does', async () => {
  const { store, become } = faultyStore()
  const { supervisor, tap, moods, pass } = await rig({ store })
  await pass(250)
  await tap(1)
  become('refuses')
  for (let i = 0; i < 8; i++) await pass(125)
  expect(supervisor.trouble('packets')).toContain('the store does not answer')
  become('none')
  for (let i = 0; i < 40; i++) await pass(125)
  expect(supervisor.trouble('packets')).toBeUndefined()
  expect(moods().map(({ n }) => n)).toEqual([1, 1, 0])
  await tap(2)
  store.saveCounts = () => Promise.reject(new TypeError('no such column'))
  for (let i = 0; i < 8; i++) await pass(125)
  expect(supervisor.trouble('packets')).toBe('deliver has failed: no such column')
})

test('a drain while the store does not answer says what it could not deliver', async () => {
  const { store, become } = faultyStore()
  const { deliver, slice, append, pass, clock } = await rig({ store })
  await pass(250)
  become('refuses')
  await append(slice(1))
  await pass(250)
  const drained = deliver.drain().catch((cause) => cause.message)
  for (let i = 0; i < 100; i++) {
    clock.advance(250)
    await Promise.resolve()
  }
  expect(await drained).toBe('1 record of counts not handled: the store does not answer')
})

test('what a moderator removed is in the feed at once, and no viewer fetches the show for it', async () => {
  const { feeds, shows, pass, announce } = await rig()
  await pass(250)
  const before = shows()
  const version = DEMO_SHOW.version + 1
  await announce({ ...DEMO_SHOW, version, removedPosts: ['a'] })
  await pass(250)
  expect(feeds()).toMatchObject([{ n: 0, posts: [], removed: ['a'] }])
  expect(shows()).toBe(before)
  await announce({ ...DEMO_SHOW, version: version + 1, removedPosts: ['a'] })
  expect(shows()).toBe(before + 1)
})

test('what a moderator released is named no more, and once more where it is removed again', async () => {
  const { feeds, pass, announce } = await rig()
  await pass(250)
  let version = DEMO_SHOW.version
  const remove = (removedPosts: string[]) => announce({ ...DEMO_SHOW, version: ++version, removedPosts })
  await remove(['a'])
  await remove([])
  await pass(250)
  expect(feeds()).toEqual([])
  for (const removed of [['a'], [], ['a']]) {
    await remove(removed)
    await pass(250)
  }
  expect(feeds()).toMatchObject([{ removed: ['a'] }, { removed: ['a'] }])
  await announce({ ...DEMO_SHOW, version: ++version, removedPosts: [], releasedPosts: ['a'] })
  await pass(250)
  expect(feeds().at(-1)).toMatchObject({ n: 0, posts: [], released: ['a'] })
})
