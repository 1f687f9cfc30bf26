import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { BurstAnswer } from '../../protocol/packets.ts'
import { control } from '../../protocol/records/control.ts'
import type { RoomMoments } from '../../protocol/records/room-moments.ts'
import type { Slice } from '../../protocol/slice.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { BodyReader } from '../http/body.ts'
import type { HttpServer } from '../http/routes.ts'
import { Identity } from '../identity/identity.ts'
import { RoomDirectory } from '../rooms/room-directory.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import type { IngestSettings } from './context.ts'
import { createIngest } from './ingest.ts'
import { UNLIMITED } from './ingest-fixture.ts'

/** An ingest without a port, its log and its clock in the test's hands. */
async function rig(change: Partial<IngestSettings> = {}, { offMs = 0 } = {}) {
  const logger = pino({ level: 'silent' })
  const logClock = new ManualClock(1_000_000)
  const clock = new ManualClock(1_000_000 + offMs)
  const log = new MemoryLog({ clock: logClock })
  await log.append('control', [control.encode(DEMO_SHOW)])
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  const supervisor = new Supervisor({ clock, logger })
  const slices: Slice[] = []
  log.consume('reactions', (batch) => {
    for (const { value } of batch) slices.push(JSON.parse(new TextDecoder().decode(value)) as Slice)
  })
  const identity = new Identity({ secret: new Uint8Array(32), guests: true })
  const ingest = createIngest({
    settings: { ...UNLIMITED, ...change },
    directory,
    rooms: new RoomDirectory({ log, directory, clock: logClock, logger, health: UNSUPERVISED }),
    identity,
    bodies: new BodyReader(),
    clock,
    logClock,
    log,
    logger,
    health: supervisor.register('ingest', { neededFor: ['taps'] }),
  })
  ingest.start()
  const post = async (path: string, asked: object, { params = {}, token = '' } = {}): Promise<Response> => {
    const body = JSON.stringify(asked)
    const request = new Request('http://roar/', {
      method: 'POST',
      body,
      headers: { 'content-length': String(body.length), ...(token && { authorization: `Bearer ${token}` }) },
    })
    const response = await ingest.routes[path]!.POST!(
      Object.assign(request, { params: { show: 'final', ...params } }) as never,
      {} as HttpServer,
    )
    return response!
  }
  const ask = async (path: string): Promise<unknown> => {
    const request = Object.assign(new Request('http://roar/', { headers: { host: 'roar' } }), {
      params: { show: 'final' },
    })
    return (await ingest.routes[path]!.GET!(request as never, {} as HttpServer))!.json()
  }
  const react = async (stickers: Record<string, number>, fields: object = {}): Promise<BurstAnswer> => {
    const response = await post('/v1/shows/:show/reactions', { stickers, ...fields })
    expect(response.status).toBe(202)
    return (await response.json()) as BurstAnswer
  }
  /** A room of one guest, who says to be there and what was tapped. */
  const room = async () => {
    const { token } = await identity.issueGuest('Ada')
    const made = (await (await post('/v1/shows/:show/rooms', {}, { token })).json()) as { room: string }
    const say = async (stickers: Record<string, number>) => {
      const where = { params: { room: made.room }, token }
      expect((await post('/v1/shows/:show/rooms/:room/presence', { stickers }, where)).status).toBe(202)
    }
    return { say, token }
  }
  /** Turns the clock, and lets what that set off settle. */
  const pass = async (ms: number) => {
    clock.advance(ms)
    for (let i = 0; i < 5; i++) await Promise.resolve()
  }
  const total = () => slices.reduce((sum, { count }) => sum + count.reduce((a, b) => a + b, 0), 0)
  return { ingest, log, clock, logClock, slices, post, ask, react, room, pass, total, supervisor }
}

test('how far the pictures are behind is kept in bounds and counted, and is no matter for the taps', async () => {
  const { ingest, react } = await rig()
  for (const delayMs of [8_400, -1_000, 1e12]) await react({ heart: 1 }, { delayMs })
  await react({ heart: 1 })
  const { buckets, sumS } = ingest.delays.read()
  expect([sumS, buckets.at(-1), Object.fromEntries(buckets)['12']]).toEqual([128.4, ['+Inf', 3], 2])
  expect(ingest.counters.reactions).toBe(4)
})

test('a show is over for taps, posts and rooms when it is by the log’s clock, whatever the ingest’s own says', async () => {
  for (const offMs of [3_600_000, -3_600_000]) {
    const { log, logClock, post, ask, room } = await rig({}, { offMs })
    await log.append('control', [control.encode({ ...DEMO_SHOW, ends: 1_060_000, version: 9 })])
    for (let i = 0; i < 50; i++) await Promise.resolve()
    const { say, token } = await room()
    await say({ heart: 1 })
    const posted = async () => (await post('/v1/shows/:show/posts', { sticker: 'heart' }, { token })).json()
    const at = logClock.now()
    expect(await posted()).toMatchObject({ post: { at } })
    expect(await ask('/v1/shows/:show')).toMatchObject({ state: 'live' })
    logClock.advance(60_000)
    expect(await ask('/v1/shows/:show')).toMatchObject({ state: 'ended' })
    const tapped = () => post('/v1/shows/:show/reactions', { stickers: { heart: 1 } })
    for (const refused of [tapped, posted, () => say({ heart: 1 })])
      await expect(refused()).rejects.toMatchObject({ code: 'show_ended' })
  }
})

test('bursts wait for the flush and go to the log as one record', async () => {
  const { slices, react, pass } = await rig()
  await react({ heart: 3, six: 1 }, { segment: 'home' })
  await react({ heart: 2 }, { segment: 'home' })
  await pass(499)
  expect(slices).toEqual([])
  await pass(1)
  expect(slices).toHaveLength(1)
  expect(slices[0]).toMatchObject({
    show: 'final',
    sequence: 1,
    segment: ['home', 'home'],
    sticker: ['heart', 'six'],
    count: [5, 1],
  })
  await pass(5000)
  expect(slices).toHaveLength(1)
})

test('a drain ends once each tap is in the log, whatever that refuses before, and says what it could not write in time', async () => {
  for (const [refused, outcome] of [
    [3, 'ended'],
    [Number.POSITIVE_INFINITY, '5 reactions did not reach the log'],
  ] as const) {
    const { ingest, log, react, pass, total } = await rig()
    const append = log.append.bind(log)
    let refusals: number = refused
    log.append = (topic, records) =>
      refusals-- > 0
        ? Promise.reject(new RoarError('log_unavailable', 'no broker answers'))
        : append(topic, records)
    await react({ heart: 5 })
    const drained = ingest.drain({ timeoutMs: 1000 }).then(
      () => 'ended',
      (cause: Error) => cause.message,
    )
    for (let i = 0; i < 12; i++) await pass(100)
    expect(await drained).toBe(outcome)
    expect(total()).toBe(outcome === 'ended' ? 5 : 0)
  }
})

test('taps of before a change of the show count, and those of before a wipe for the run that was wiped', async () => {
  const { log, slices, react, pass } = await rig()
  await react({ heart: 1 })
  for (const [i, run] of [1, 2].entries()) {
    await log.append('control', [control.encode({ ...DEMO_SHOW, version: DEMO_SHOW.version + 1 + i, run })])
    await pass(0)
    await react({ heart: 10 ** (i + 1) })
  }
  await pass(500)
  expect(slices.map(({ show, count }) => [show, count])).toEqual([
    ['final', [1]],
    ['final', [10]],
    ['final~2', [100]],
  ])
})

test('an append that trying again does not mend ends the process, and no log that is away does', async () => {
  const { log, react, pass, supervisor } = await rig()
  const refuse = (error: RoarError) => {
    log.append = () => Promise.reject(error)
  }
  refuse(new RoarError('log_unavailable', 'no broker answers'))
  await react({ heart: 1 })
  await pass(500)
  expect(supervisor.states().ingest).toEqual({ state: 'working' })
  refuse(new RoarError('internal', 'a record is larger than the log takes'))
  await pass(500)
  expect(supervisor.trouble()).toBe('ingest has failed: a record is larger than the log takes')
})

test('a full slice goes at once', async () => {
  const { slices, react, pass } = await rig({ sliceReactionsMax: 150 })
  await react({ heart: 100 })
  await react({ heart: 100 })
  await pass(0)
  expect(slices.map(({ count }) => count)).toEqual([[200]])
})

test('while the log is away bursts are taken, slices merge, and not one reaction is missing afterwards', async () => {
  const { ingest, log, slices, react, pass, total } = await rig()
  await react({ heart: 1 })
  log.switchTo('down')
  let sent = 1
  for (let flush = 0; flush < 100; flush++) {
    await react({ heart: 7 }, { segment: 'home' })
    await react({ six: 2 })
    sent += 9
    await pass(500)
  }
  expect(slices).toEqual([])
  expect(ingest.waiting()).toBe(sent)
  expect(ingest.counters.appendFailures).toBeGreaterThan(50)
  log.switchTo('up')
  await pass(500)
  await pass(500)
  expect(total()).toBe(sent)
  // What was in hand, and at most four that waited: not a hundred.
  expect(slices.length).toBeLessThanOrEqual(6)
  expect(new Set(slices.map(({ sequence }) => sequence)).size).toBe(slices.length)
  expect(ingest.waiting()).toBe(0)
})

test('a drain passes on everything accepted, though its flush is not due', async () => {
  const { ingest, react, total } = await rig()
  await react({ heart: 42 })
  await ingest.drain({ timeoutMs: 1000 })
  expect(total()).toBe(42)
})

test('while the log hangs what members of rooms do is folded behind one append, and a drain passes it on', async () => {
  const { ingest, log, room, pass } = await rig()
  const { say } = await room()
  const counts: number[] = []
  const hanging: (() => void)[] = []
  const append = log.append.bind(log)
  log.append = async (topic, records) => {
    if (topic !== 'room-moments') return append(topic, records)
    for (const { value } of records) {
      const { rooms } = JSON.parse(new TextDecoder().decode(value)) as RoomMoments
      counts.push(...rooms.flatMap(({ taps }) => taps.map(({ count }) => count)))
    }
    await new Promise<void>((resolve) => hanging.push(resolve))
    return append(topic, records)
  }
  for (let flush = 0; flush < 10; flush++) {
    await say({ heart: 1 })
    await pass(500)
  }
  expect(counts).toEqual([1])
  let isDrained = false
  const drained = ingest.drain({ timeoutMs: 1000 }).then(() => {
    isDrained = true
  })
  await pass(0)
  expect(isDrained).toBe(false)
  hanging[0]!()
  while (hanging.length < 2) await pass(0)
  expect(counts).toEqual([1, 9])
  expect(isDrained).toBe(false)
  hanging[1]!()
  await drained
})

test('under load clients are told to send more rarely, and are told so in every answer', async () => {
  const { react, pass } = await rig({ requestsPerSecondMax: 10 })
  expect(await react({ heart: 1 })).toEqual({ flushMs: 1000, sample: 1 })
  for (let i = 0; i < 30; i++) await react({ heart: 1 })
  await pass(1000)
  expect(await react({ heart: 1 })).toEqual({ flushMs: 2000, sample: 1 })
})
