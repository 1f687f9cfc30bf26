import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/log/log-memory.ts'
import { memoryPubSub } from '../../adapters/pubsub/pubsub-memory.ts'
import type { Store } from '../../adapters/store/store.ts'
import { MemoryStore } from '../../adapters/store/store-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import type { FeedPacket, MoodPacket } from '../../protocol/packets.ts'
import { control } from '../../protocol/records/control.ts'
import type { Slice } from '../../protocol/slice.ts'
import { startAggregate } from '../aggregate/aggregate.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { startDeliver } from './deliver.ts'

const bytes = new TextEncoder()
const logger = pino({ level: 'silent' })

/** Counting and delivery from log to PubSub, the clock in the test's hands. */
async function rig({
  store = new MemoryStore() as Store,
  startMs = 1_000_000,
  clock = new ManualClock(startMs),
  log = new MemoryLog({ clock }),
} = {}) {
  const pubsub = memoryPubSub()
  const heard: { topic: string; packet: unknown }[] = []
  pubsub.subscribe('roar/#', ({ topic, payload }) => {
    heard.push({ topic, packet: JSON.parse(new TextDecoder().decode(payload)) })
  })
  await log.append('control', [control.encode(DEMO_SHOW)])
  const directory = new ShowDirectory({ log, logger })
  const works: boolean[] = []
  const deliver = startDeliver({
    log,
    store,
    pubsub,
    directory,
    clock,
    logger,
    windowMs: 250,
    onWorks: (now) => works.push(now),
  })
  await deliver.ready
  const aggregate = startAggregate({ log, logger, windowMs: 250 })
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
  return {
    deliver,
    works,
    aggregate,
    log,
    clock,
    moods: (topic = 'roar/final/mood') =>
      heard.filter((message) => message.topic === topic).map(({ packet }) => packet as MoodPacket),
    feeds: () =>
      heard.filter(({ topic }) => topic === 'roar/final/feed').map(({ packet }) => packet as FeedPacket),
    slice,
    append: async (record: Slice | string) => {
      const text = typeof record === 'string' ? record : JSON.stringify(record)
      await log.append('reactions', [{ key: null, value: bytes.encode(text) }])
      await settle()
    },
    post: async (id: string) => {
      const record = { show: 'final', id, viewer: 'v', name: 'Ann', sticker: 'six', at: clock.now() }
      await log.append('posts', [{ key: 'final', value: bytes.encode(JSON.stringify(record)) }])
      await settle()
    },
    pass: async (ms: number) => {
      clock.advance(ms)
      await settle()
    },
  }
}

test('a slice in the log is a packet for the show and for its segment, at once', async () => {
  const { slice, append, moods, pass } = await rig()
  await pass(250)
  await append(slice(3))
  const packet = { at: 1_000_000, ms: 250, n: 3, total: 3, top: [['heart', 3, 3]] }
  expect(moods()).toEqual([packet] as never)
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

test('a store that fails delays no packet, and gets everything when it is back', async () => {
  const store = new MemoryStore()
  const save = store.saveCounts.bind(store)
  let broken = true
  store.saveCounts = async (...write) => {
    if (broken) throw new Error('disk full')
    return save(...write)
  }
  const { slice, append, moods, pass, deliver } = await rig({ store })
  await pass(250)
  await append(slice(1))
  await pass(250)
  broken = false
  await append(slice(2))
  expect(moods().at(-1)!.total).toBe(3)
  expect(deliver.counters.storeFailures).toBe(1)
  const { totals, history } = await store.counts('final')
  expect(totals).toEqual([{ segment: 'home', sticker: 'heart', count: 3 }])
  expect(history.reduce((sum, { count }) => sum + count, 0)).toBe(3)
})

test('a post is in the feed within half a window', async () => {
  const { post, feeds, pass } = await rig()
  await pass(10)
  await post('a')
  await pass(125)
  expect(feeds()).toMatchObject([{ n: 1, posts: [{ id: 'a', name: 'Ann', sticker: 'six' }] }])
})

test('of two that read one log one works; the other says nothing before it is alone, then goes on from there', async () => {
  const store = new MemoryStore()
  const first = await rig({ store })
  const { log, clock } = first
  // Counted twice, by two aggregates: each cell is the same.
  const second = await rig({ store, log, clock })
  expect([first.deliver.works(), second.deliver.works()]).toEqual([true, false])
  await first.pass(250)
  await first.append(first.slice(7))
  await first.post('a')
  await first.pass(750)
  expect(first.moods().at(-1)!.total).toBe(7)
  expect(first.feeds()).toMatchObject([{ n: 1, posts: [{ id: 'a' }] }])
  expect([second.moods(), second.feeds()]).toEqual([[], []])
  expect(second.works).toEqual([])

  const last = first.moods().at(-1)!
  await first.deliver.drain()
  await second.pass(0)
  expect(second.works).toEqual([true])
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

test('cut off from the log, a process works on until another has taken over', async () => {
  const store = new MemoryStore()
  const { log, works, pass, deliver } = await rig({ store })
  log.switchTo('down')
  await pass(500)
  expect(deliver.works()).toBe(true)
  await store.takeTerm()
  await pass(125)
  expect(works).toEqual([true, false])
})

test('a process that can not take over says that it failed', async () => {
  const store = new MemoryStore()
  store.takeTerm = () => Promise.reject(new Error('no database'))
  expect(await rig({ store }).catch(({ cause }) => cause)).toEqual(new Error('no database'))
})
