import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { publishingWhile } from '../../adapters/pubsub/publishing-while.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { createPoll } from '../../engine/polls/life.ts'
import { RULES } from '../../engine/polls/rules-fixture.ts'
import type { PollPacket } from '../../protocol/packets.ts'
import type { Poll, TallyCell } from '../../protocol/polls.ts'
import { brokerPubSub } from '../../test/broker-pubsub.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { startPollDesk } from './desk.ts'
import { startPollPublisher } from './publisher.ts'

const NOW = 1_795_349_712_000
const EVERY_MS = 250
const logger = pino({ level: 'silent' })
const bytes = new TextEncoder()

const mvp = (rules: Partial<Poll>): Poll => ({
  ...createPoll('final', 'mvp', RULES, NOW),
  ...rules,
})

/** A publisher over a log, and what viewers hear of it. */
async function publishing(
  poll: Poll,
  {
    works = () => true,
    newestHead = () => undefined,
    behind = brokerPubSub(),
    pubsub = behind.pubsub,
  }: {
    works?: () => boolean
    newestHead?: () => string | undefined
    behind?: ReturnType<typeof brokerPubSub>
    pubsub?: PubSub
  } = {},
) {
  const clock = new ManualClock(NOW)
  const log = new MemoryLog({ clock })
  const { broker, down, up } = behind
  const heard: (PollPacket & { retain: boolean })[] = []
  let takenBack = 0
  broker.subscribe('roar/final/polls/mvp', ({ payload, retain }) => {
    if (payload.length === 0) takenBack++
    else heard.push({ ...(JSON.parse(new TextDecoder().decode(payload)) as PollPacket), retain })
  })
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  const write = (topic: 'control' | 'tallies', key: string, value: object) =>
    log.append(topic, [{ key, value: bytes.encode(JSON.stringify(value)) }])
  await write('control', 'final', DEMO_SHOW)
  await directory.caughtUp()
  const desk = startPollDesk({ log, directory, clock, logger, health: UNSUPERVISED })
  const publisher = startPollPublisher({
    desk,
    pubsub,
    directory,
    clock,
    everyMs: EVERY_MS,
    newestHead,
    works,
  })
  const decide = async (changed: Poll) => {
    await write('control', 'final/mvp', changed)
    await directory.caughtUp()
  }
  await decide(poll)
  return {
    clock,
    heard,
    reconnect() {
      down()
      up()
    },
    takenBack: () => takenBack,
    decide,
    /** The show's next version, with another run. */
    async run(run: number) {
      await write('control', 'final', { ...DEMO_SHOW, version: DEMO_SHOW.version + run, run })
      await directory.caughtUp()
    },
    async count(choice: string, count: number, version: number) {
      const cell: TallyCell = { show: 'final', poll: 'mvp', segment: '', choice, mark: '', count, version }
      await write('tallies', `final/mvp//${choice}/`, cell)
      while (desk.tally('final', 'mvp').version < version) await new Promise((turn) => setImmediate(turn))
    },
    async stop() {
      await desk.drain()
      publisher.drain()
      await directory.close()
      await log.close()
    },
  }
}

test('what a producer decides is told in the millisecond from which it holds, not a tick later', async () => {
  const { clock, heard, decide, stop } = await publishing(mvp({ opens: NOW + 1 }))
  expect(heard).toEqual([])
  clock.advance(1)
  expect(heard).toMatchObject([{ state: 'open' }])
  await decide(mvp({ opens: NOW + 1, closes: NOW + 2, version: 2 }))
  clock.advance(1)
  expect(heard.at(-1)).toMatchObject({ state: 'closed' })
  await stop()
})

test('a poll is told as a retained packet when it opens, with each new count once a window, and when the clock closes it', async () => {
  const { clock, heard, count, stop } = await publishing(mvp({ opens: NOW, closes: NOW + 1000 }))
  expect(heard).toMatchObject([{ poll: 'mvp', state: 'open', ballots: 0, retain: true }])
  await count('', 2, 1)
  await count('anna', 2, 2)
  clock.advance(EVERY_MS)
  clock.advance(EVERY_MS)
  expect(heard.slice(1)).toMatchObject([{ ballots: 2, counts: { anna: 2, ben: 0 } }])
  clock.advance(1000)
  expect(heard.slice(2)).toMatchObject([{ state: 'closed', ballots: 2 }])
  const versions = heard.map(({ version }) => version)
  expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  expect(new Set(versions).size).toBe(versions.length)
  await stop()
})

test('a draft is told to nobody, and hidden counts are in no packet', async () => {
  const draft = mvp({ visibility: 'closed' })
  const { clock, heard, decide, count, stop } = await publishing(draft)
  clock.advance(EVERY_MS)
  expect(heard).toEqual([])
  await decide({ ...draft, opens: NOW, version: 2 })
  await count('anna', 5, 1)
  clock.advance(EVERY_MS)
  expect(heard.length).toBeGreaterThan(0)
  for (const packet of heard) expect(packet.counts).toBeUndefined()
  await stop()
})

test('of several processes only the one that works publishes, and it says all when it takes over', async () => {
  let works = false
  const { clock, heard, count, stop } = await publishing(mvp({ opens: NOW }), { works: () => works })
  await count('anna', 5, 1)
  clock.advance(EVERY_MS)
  expect(heard).toEqual([])
  works = true
  clock.advance(EVERY_MS)
  expect(heard).toMatchObject([{ state: 'open', counts: { anna: 5, ben: 0 } }])
  await stop()
})

test('a broker that is there again is told every poll, and that one was wiped, by the one that works', async () => {
  let works = true
  const { heard, decide, reconnect, takenBack, stop } = await publishing(mvp({ opens: NOW }), {
    works: () => works,
  })
  reconnect()
  expect(heard).toHaveLength(2)
  expect(heard[1]).toEqual(heard[0]!)
  await decide(mvp({ opens: NOW, wiped: NOW, version: 2 }))
  reconnect()
  expect(takenBack()).toBe(2)
  works = false
  reconnect()
  expect([heard.length, takenBack()]).toEqual([2, 2])
  await stop()
})

test('packets of a rehearsal that was wiped say of which run they are', async () => {
  const { heard, decide, run, stop } = await publishing(mvp({}))
  await run(2)
  await decide(mvp({ opens: NOW, version: 2 }))
  expect(heard).toMatchObject([{ state: 'open', run: 2 }])
  await stop()
})

test('that a poll was wiped is said once, and again by who takes over: who said it may not have come through', async () => {
  let works = false
  const { clock, decide, takenBack, stop } = await publishing(mvp({ opens: NOW }), { works: () => works })
  await decide(mvp({ opens: NOW, wiped: NOW, version: 2 }))
  expect(takenBack()).toBe(0)
  works = true
  for (let tick = 0; tick < 3; tick++) clock.advance(EVERY_MS)
  expect(takenBack()).toBe(1)
  await stop()
})

test('a head that comes after the count is told with the next tick, once', async () => {
  let head: string | undefined
  const { clock, heard, count, stop } = await publishing(mvp({ opens: NOW }), { newestHead: () => head })
  await count('', 1, 1)
  clock.advance(EVERY_MS)
  head = 'roar/final/mvp'
  clock.advance(EVERY_MS)
  clock.advance(EVERY_MS)
  const [before, with_] = heard.slice(-2)
  expect([before!.head, with_!.head, with_!.version]).toEqual([undefined, head, before!.version])
  await stop()
})

test('what waited for a slow broker, and was dropped while another might have taken over, is published once that is known', async () => {
  const behind = brokerPubSub()
  let isSure = true
  let again = () => {}
  const pubsub = publishingWhile(behind.pubsub, {
    isCurrent: () => isSure,
    onAgain(listener) {
      again = listener
      return () => {}
    },
  })
  const { clock, takenBack, decide, stop } = await publishing(mvp({ opens: NOW }), {
    works: () => isSure,
    ...{ behind, pubsub },
  })
  behind.slow()
  await decide(mvp({ opens: NOW, version: 2, wiped: NOW }))
  clock.advance(EVERY_MS)
  isSure = false
  behind.fast()
  expect([behind.dropped.length, takenBack()]).toEqual([1, 0])
  isSure = true
  again()
  expect(takenBack()).toBe(1)
  await stop()
})
