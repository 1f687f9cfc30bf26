import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import type { StoredWebhook } from '../../adapters/store/webhooks.ts'
import { TRIES_MAX } from '../../engine/webhooks/tries.ts'
import { RoarError } from '../../protocol/errors.ts'
import { control } from '../../protocol/records/control.ts'
import type { Show } from '../../protocol/show.ts'
import { ShowDirectory } from '../directory/directory.ts'
import type { Health } from '../supervision/supervisor.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { startDeliveries } from './deliver.ts'
import type { Post } from './post.ts'

const NOW = 1_795_349_712_000
const DAY_MS = 86_400_000
const logger = pino({ level: 'silent' })
const showOf = (show: string, starts: number, ends: number): Show => ({
  ...{ show, title: show, stickers: [], segments: [], version: 1, created: NOW, starts, ends },
})
const receiver = (webhook: string, given: Partial<StoredWebhook> = {}): StoredWebhook => ({
  ...{ webhook, url: `https://${webhook}.example/a/secret/path`, secret: 'whsec_c2VjcmV0', made: NOW },
  ...{ events: ['show.started', 'show.ended'], ...given },
})

/** A store and a control log, on which any number of processes deliver. */
async function world(shows: Show[], webhooks: StoredWebhook[]) {
  const clock = new ManualClock(NOW)
  const log = new MemoryLog({ clock })
  const whole = new MemoryStore()
  const { webhooks: store } = whole
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  await log.append('control', shows.map(control.encode))
  await directory.caughtUp()
  const entry = { at: NOW, who: 'olga', action: 'make-webhook', poll: '' }
  for (const webhook of webhooks) await store.add(webhook, { max: 9, entry })
  const states: string[] = []
  const health: Health = {
    working: () => states.push('working'),
    waiting: (reason) => states.push(reason),
    failed: () => expect.unreachable(),
  }
  return {
    clock,
    store,
    whole,
    states,
    start: (post: (post: Post, signal: AbortSignal) => Promise<string | undefined>) =>
      startDeliveries({
        store,
        history: (...asked) => whole.history(...asked),
        directory,
        clock,
        logger,
        health,
        post,
      }),
    /** Lets the time pass until something is so. */
    async until(isSo: () => boolean, stepMs = 1_000) {
      while (!isSo()) {
        clock.advance(stepMs)
        await new Promise((turn) => setImmediate(turn))
      }
    },
    async close() {
      await directory.close()
      await log.close()
    },
  }
}
const typeOf = ({ body }: Post) => (JSON.parse(body) as { type: string }).type

test('what does not arrive is tried again, with the same id and body, also by the process after this one', async () => {
  const { clock, store, start, until, close } = await world(
    [showOf('final', NOW + 10, NOW + DAY_MS)],
    [receiver('one')],
  )
  const tries: Post[] = []
  const first = start(async (post) => {
    tries.push(post)
    return 'it answers 500'
  })
  await until(() => tries.length === 3)
  await first.close()
  const second = start(async (post) => {
    tries.push(post)
    return undefined
  })
  await until(() => tries.length === 4)
  await until(() => second.waiting() === 0)
  for (let i = 0; i < 200; i++) clock.advance(1_000)
  await second.close()
  expect(tries).toHaveLength(4)
  expect(new Set(tries.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect(new Set(tries.map(({ body }) => body)).size).toBe(1)
  expect(new Set(tries.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(4)
  expect(await store.deliveries('one', 9)).toMatchObject([{ state: 'delivered', tries: 4 }])
  await close()
})

test('what never arrives is dead after its last try, and no longer waited for', async () => {
  const { store, states, start, until, close } = await world(
    [showOf('final', NOW + 10, NOW + 9 * DAY_MS)],
    [receiver('one')],
  )
  let tries = 0
  const deliveries = start(async () => {
    tries++
    return 'it answers 500'
  })
  await until(() => tries === TRIES_MAX, 60_000)
  await until(() => deliveries.waiting() === 0, 60_000)
  // A receiver that fails is nothing that is wrong with the server.
  expect(new Set(states)).toEqual(new Set(['working']))
  expect(await store.deliveries('one', 9)).toMatchObject([{ state: 'dead', error: 'it answers 500' }])
  await deliveries.close()
  await close()
})

test('a receiver that does not answer holds up no other', async () => {
  const { start, until, close } = await world(
    [showOf('final', NOW + 10, NOW + 5_000)],
    [receiver('slow'), receiver('fast')],
  )
  const got: string[] = []
  const deliveries = start((post, signal) => {
    if (post.url.includes('slow'))
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped')))
    got.push(typeOf(post))
    return Promise.resolve(undefined)
  })
  await until(() => got.length === 2)
  expect(got).toEqual(['show.started', 'show.ended'])
  await deliveries.close()
  await close()
})

test('two processes on one store lose nothing, and what both find is one delivery', async () => {
  const shows = Array.from({ length: 30 }, (_, i) => showOf(`show-${i}`, NOW + i * 500, NOW + i * 700 + 1))
  const { store, start, until, close } = await world(shows, [receiver('one'), receiver('two')])
  const ids = new Set<string>()
  const both = [0, 1].map(() =>
    start(async ({ headers }) => {
      ids.add(headers['webhook-id']!)
      return undefined
    }),
  )
  await until(() => ids.size === 120)
  for (const each of both) await each.close()
  for (const webhook of ['one', 'two']) expect(await store.deliveries(webhook, 99)).toHaveLength(60)
  expect(await store.backlog()).toEqual([])
  await close()
})

test('a webhook is told of its show and its events, from when it was made on, also after a day without a server', async () => {
  const shows = [showOf('early', NOW - 10, NOW + 10), showOf('final', NOW + 10, NOW + DAY_MS)]
  const { clock, start, until, close } = await world(shows, [
    receiver('all'),
    receiver('final', { show: 'final' }),
    receiver('ends', { events: ['show.ended'] }),
  ])
  clock.advance(2 * DAY_MS)
  const got: string[] = []
  const deliveries = start(async (post) => {
    const { data } = JSON.parse(post.body) as { data: { show: string } }
    got.push(`${new URL(post.url).host} ${typeOf(post)} ${data.show}`)
    return undefined
  })
  await until(() => got.length === 7)
  expect(got.toSorted()).toEqual([
    'all.example show.ended early',
    'all.example show.ended final',
    'all.example show.started final',
    'ends.example show.ended early',
    'ends.example show.ended final',
    'final.example show.ended final',
    'final.example show.started final',
  ])
  await deliveries.close()
  await close()
})

test('a store that cannot be reached is waited for, and nothing is lost', async () => {
  const { store, states, start, until, close } = await world(
    [showOf('final', NOW + 10, NOW + 9 * DAY_MS)],
    [receiver('one')],
  )
  const { record, settle } = store
  const gone = () => Promise.reject(new RoarError('store_unavailable', 'the store does not answer'))
  Object.assign(store, { record: gone, settle: gone })
  const ids: string[] = []
  const deliveries = start(async ({ headers }) => {
    ids.push(headers['webhook-id']!)
    return undefined
  })
  await until(() => states.includes('the store does not answer'))
  store.record = record
  await until(() => ids.length === 1)
  // It arrived and nobody could write it down: at least once.
  store.settle = settle
  await until(() => ids.length === 2)
  await until(() => states.at(-1) === 'working')
  expect(new Set(ids).size).toBe(1)
  await deliveries.close()
  await close()
})

test('a store that can be read and not written is waited for until it is written, without a word of working between', async () => {
  const { store, states, start, until, close } = await world(
    [showOf('final', NOW + 10, NOW + 9 * DAY_MS)],
    [receiver('one')],
  )
  const { all, claim } = store
  let looks = 0
  const counted = () => {
    looks++
    return all.call(store)
  }
  const gone = () => Promise.reject(new RoarError('store_unavailable', 'the store takes no writes'))
  Object.assign(store, { all: counted, claim: gone })
  let arrived = 0
  const deliveries = start(async () => {
    arrived++
    return undefined
  })
  await until(() => states.includes('the store takes no writes'))
  const [before, from] = [looks, states.indexOf('the store takes no writes')]
  await until(() => looks === before + 10)
  expect(new Set(states.slice(from))).toEqual(new Set(['the store takes no writes']))
  store.claim = claim
  await until(() => arrived === 1)
  await until(() => states.at(-1) === 'working')
  await deliveries.close()
  await close()
})

test('a crowd over the threshold is told of once, by whichever process looks, and a highlight as itself', async () => {
  const { clock, whole, start, until, close } = await world(
    [showOf('final', NOW + 1, NOW + DAY_MS), showOf('other', NOW + 1, NOW + DAY_MS)],
    [
      receiver('loud', { events: ['show.threshold'], threshold: { perSecond: 100, forS: 3 } }),
      receiver('louder', { events: ['show.threshold'], threshold: { perSecond: 1000, forS: 3 } }),
      receiver('peaks', { events: ['show.highlight'], show: 'final' }),
    ],
  )
  const term = await whole.takeTerm()
  const history = Array.from({ length: 30 }, (_, i) => ({
    ...{ at: NOW + (60 + i) * 1000, segment: '', sticker: 'six' },
    count: i < 20 ? 10 : 300,
  }))
  await whole.saveCounts(
    'final',
    { totals: [], shifts: [], history, cells: [], cellsFrom: 0, moods: [] },
    term,
  )
  const told: { id: string; to: string; body: Record<string, unknown> }[] = []
  const post = async ({ url, headers, body }: Post) => {
    told.push({ id: headers['webhook-id']!, to: new URL(url).host, body: JSON.parse(body) })
    return undefined
  }
  const first = start(post)
  await until(() => told.length >= 2)
  const second = start(post)
  const at = clock.now()
  await until(() => clock.now() > at + 60_000)
  await Promise.all([first.close(), second.close()])
  expect(told.toSorted((a, b) => (a.to < b.to ? -1 : 1))).toMatchObject([
    {
      to: 'loud.example',
      body: { type: 'show.threshold', data: { show: 'final', perSecond: 100, forS: 3 } },
    },
    {
      to: 'peaks.example',
      body: { type: 'show.highlight', data: { show: 'final', sticker: 'six', lift: 30 } },
    },
  ])
  expect(told.find(({ to }) => to === 'loud.example')!.body.timestamp).toBe(
    new Date(NOW + 83_000).toISOString(),
  )
  await close()
})
