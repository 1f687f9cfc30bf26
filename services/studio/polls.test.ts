import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { admit } from '../../engine/polls/admission.ts'
import { changePoll } from '../../engine/polls/life.ts'
import { paperOf } from '../../engine/polls/receipts.ts'
import { Tally } from '../../engine/polls/tally.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Certificate, Poll } from '../../protocol/polls.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { BodyReader } from '../http/body.ts'
import { PollKeys } from '../polls/poll-keys.ts'
import { sha256 } from '../sha256.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { createControl } from './control.ts'
import { pollChanges } from './poll-changes.ts'
import { startPollSchedule } from './poll-schedule.ts'
import { studioRoutes } from './routes.ts'
import { showChanges } from './show-changes.ts'
import { announceShows } from './shows.ts'

const NOW = 1_795_349_712_000
const POLL = {
  question: 'Who was the best?',
  choices: ['anna', 'ben'].map((choice) => ({ choice, title: choice })),
}

/**
 * A studio whose store writes when it is let: `held` is waited for before each write of a poll. Its clock can be set: the log's
 * goes on by itself. `read` is what the log's said at the newest votes that the studio has read.
 */
async function studio({ leadMs = 1, ...known }: { leadMs?: number; knownWithinMs?: number } = {}) {
  const clock = new ManualClock(NOW)
  const logClock = new ManualClock(NOW)
  const read = { ms: 0 }
  const log = new MemoryLog({ clock: logClock })
  const store = new MemoryStore()
  await announceShows({ store, log, first: DEMO_SHOW })
  const directory = new ShowDirectory({
    log,
    logger: pino({ level: 'silent' }),
    health: UNSUPERVISED,
    ...known,
  })
  await directory.caughtUp()
  const gate = { held: Promise.resolve(), certified: Promise.resolve() }
  const { save } = store.polls
  store.polls.save = async (...args) => {
    await gate.held
    return save(...args)
  }
  const control = createControl({
    ...{ store, log, directory, clock, leadMs, readMs: () => read.ms },
  })
  const change = pollChanges({ store, control, directory, clock })
  const keys = new PollKeys(store.polls)
  const certify = async () => {
    await gate.certified
    return { statement: {}, kid: 'kid', signature: '' } as unknown as Certificate
  }
  const routes = studioRoutes({
    bodies: new BodyReader(),
    store,
    control,
    directory,
    log,
    held: {} as never,
    desk: { tally: () => new Tally() } as never,
    shelf: {} as never,
    change,
    changeShow: showChanges({ store, control, directory, clock }),
    identity: {} as never,
    members: { memberOf: async () => ({ who: 'boss', name: 'Boss', grants: [{ role: 'producer' }] }) },
    keys,
    clock,
    rehearsals: {} as never,
    states: () => ({}),
    rotateKey: async () => 'kid',
    revokeKey: async () => 1,
    certify,
  })
  const at = '/v1/studio/shows/:show/polls'
  const call = (path: string, poll?: string, body?: unknown) => {
    const request = new Request('http://studio', {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const params = { show: 'final', poll }
    return routes[at + path]!.POST!(Object.assign(request, { params }) as never, { timeout() {} } as never)
  }
  /** Lets the clock go on until the call is answered: a change holds from the next millisecond on. */
  async function done(answer: ReturnType<typeof call>): Promise<unknown> {
    let code: unknown
    const settled = Promise.resolve(answer).then(
      () => (code = 'done'),
      (cause) => (code = cause.code ?? cause.message),
    )
    await pass(() => code !== undefined)
    return settled
  }
  async function pass(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      clock.advance(1)
      logClock.advance(1)
      await new Promise((turn) => setImmediate(turn))
    }
  }
  for (const poll of ['mvp', 'other']) {
    await call('', undefined, { poll, ...POLL })
    await done(call('/:poll/open', poll))
  }
  return {
    clock,
    logClock,
    log,
    read,
    call,
    done,
    pass,
    gate,
    change,
    schedule: (after?: Promise<void>) =>
      startPollSchedule({
        after,
        control,
        directory,
        clock,
        logger: pino({ level: 'silent' }),
        change,
        certify,
        keys,
      }),
    poll: (poll = 'mvp') => directory.poll('final', poll).poll,
    async close() {
      await directory.close()
      await log.close()
    },
  }
}

test('a poll that is closed by hand takes no vote of a later millisecond, however long writing it takes', async () => {
  const { clock, call, done, gate, poll, close } = await studio()
  const writing = Promise.withResolvers<void>()
  gate.held = writing.promise
  const now = clock.now()
  const closing = call('/:poll/close', 'mvp')
  await new Promise((turn) => setImmediate(turn))
  expect(poll().closes).toBe(now + 1)
  expect(admit(poll(), now)).toEqual({ late: false })
  expect(() => admit(poll(), now + 1)).toThrow('the poll is closed')
  writing.resolve()
  expect(await done(closing)).toBe('done')
  await close()
})

/** Of a cluster: every role knows a change within a second of its being in the log. */
const OF_CLUSTER = { leadMs: 2_000, knownWithinMs: 1_000 }

test('a poll that is closed by a studio of a cluster is closed when it says', async () => {
  const { clock, call, done, poll, close } = await studio(OF_CLUSTER)
  const now = clock.now()
  expect(await done(call('/:poll/close', 'mvp'))).toBe('done')
  expect(poll().closes! - now).toBeLessThan(2_100)
  await close()
})

test('a studio that stood still while it closed a poll takes no vote back for which others gave receipts until they knew', async () => {
  const { clock, logClock, call, done, gate, poll, close } = await studio(OF_CLUSTER)
  const writing = Promise.withResolvers<void>()
  gate.held = writing.promise
  const closing = call('/:poll/close', 'mvp')
  await new Promise((turn) => setImmediate(turn))
  for (const each of [clock, logClock]) each.standStill(40_000)
  const toldMs = logClock.now()
  writing.resolve()
  expect(await done(closing)).toBe('done')
  expect((await (await closing)!.json()).closes).toBe(poll().closes)
  expect(poll().closes! - toldMs).toBeWithin(OF_CLUSTER.knownWithinMs, OF_CLUSTER.knownWithinMs + 100)
  await close()
})

test('whoever tells later that a poll is closed, for a log that did not answer, closes it then', async () => {
  const { clock, logClock, log, call, done, poll, close } = await studio(OF_CLUSTER)
  const { append } = log
  log.append = () => Promise.reject(new RoarError('log_unavailable', 'the log does not answer'))
  expect(await done(call('/:poll/close', 'mvp'))).toBe('log_unavailable')
  log.append = append
  for (const each of [clock, logClock]) each.advance(40_000)
  const toldMs = logClock.now()
  expect(await done(call('/:poll/close', 'mvp'))).toBe('done')
  expect(poll().closes! - toldMs).toBeWithin(OF_CLUSTER.knownWithinMs, OF_CLUSTER.knownWithinMs + 100)
  await close()
})

test('a studio that stood still while it changed a draft that opened meanwhile changes nothing of what was asked', async () => {
  const { clock, logClock, call, done, gate, poll, change, close } = await studio(OF_CLUSTER)
  await call('', undefined, { poll: 'next', ...POLL, opens: clock.now() + 10_000 })
  const before = poll('next')
  const writing = Promise.withResolvers<void>()
  gate.held = writing.promise
  const question = 'Who was the worst?'
  const act = (draft: Poll, at: number) => changePoll(draft, { question, graceMs: 9 }, at)
  const changing = change({ show: 'final', poll: 'next', who: 'boss', action: 'change', act })
  await new Promise((turn) => setImmediate(turn))
  for (const each of [clock, logClock]) each.standStill(40_000)
  writing.resolve()
  expect(await done(changing as never)).toBe('done')
  expect(await changing).toMatchObject({ question: before.question, graceMs: 9 })
  expect(paperOf(sha256, poll('next'))).toBe(paperOf(sha256, before))
  await close()
})

test('a change that could not be kept is taken back, and can be tried again', async () => {
  const { call, done, gate, poll, close } = await studio()
  const before = poll()
  gate.held = Promise.reject(new Error('the disk is full'))
  expect(await done(call('/:poll/close', 'mvp'))).toBe('the disk is full')
  expect(poll()).toEqual(before)
  gate.held = Promise.resolve()
  expect(await done(call('/:poll/close', 'mvp'))).toBe('done')
  await close()
})

test('a seal that takes long keeps only its own poll waiting', async () => {
  const { call, done, gate, poll, close } = await studio()
  await done(call('/:poll/close', 'mvp'))
  const certifying = Promise.withResolvers<void>()
  gate.certified = certifying.promise
  const sealing = call('/:poll/seal', 'mvp')
  const again = done(call('/:poll/reveal', 'mvp'))
  expect(await done(call('/:poll/close', 'other'))).toBe('done')
  expect([poll().sealed, poll().revealed]).toEqual([undefined, undefined])
  certifying.resolve()
  expect(await done(sealing)).toBe('done')
  expect(await again).toBe('done')
  await close()
})

test('a studio whose clock is behind closes a poll after every ballot that was read, not before', async () => {
  const { clock, logClock, read, call, done, poll, close } = await studio()
  clock.advance(-90_000)
  read.ms = logClock.now()
  expect(await done(call('/:poll/close', 'mvp'))).toBe('done')
  expect(poll().closes).toBeGreaterThan(read.ms)
  await close()
})

test.each([
  ['ahead', 90_000],
  ['behind', -90_000],
])(
  'a studio whose clock is %s seals nothing, stops no votes, and seals once it is right',
  async (_, offMs) => {
    const { clock, logClock, read, call, done, poll, close } = await studio()
    await done(call('/:poll/close', 'mvp'))
    clock.advance(offMs)
    read.ms = logClock.now()
    expect(await done(call('/:poll/seal', 'mvp'))).toBe('clock_unsure')
    expect([poll().sealing, poll().sealed]).toEqual([undefined, undefined])
    clock.advance(-offMs)
    expect(await done(call('/:poll/seal', 'mvp'))).toBe('done')
    expect(poll().sealed).toEqual(expect.any(Number))
    await close()
  },
)

test.each([
  ['seals by its schedule', true],
  ['closes by its schedule', false],
])(
  'a studio whose clock is ahead ends the votes of no poll that %s before it is time by the log’s',
  async (_, isSealed) => {
    const { clock, logClock, call, pass, poll, schedule, close } = await studio()
    const closes = logClock.now() + 90_000
    await call('', undefined, {
      poll: 'quiz',
      ...POLL,
      opens: logClock.now() + 1,
      closes,
      ...(isSealed && { seals: closes }),
    })
    // Longer than a comparison of the clocks is valid.
    clock.advance(80_000)
    logClock.advance(80_000)
    clock.advance(60_000)
    const running = schedule()
    const looks = clock.now() + 2_000
    await pass(() => clock.now() > looks)
    expect(poll('quiz').sealing).toBeUndefined()
    expect(admit(poll('quiz'), logClock.now())).toEqual({ late: false })
    expect(admit(poll('quiz'), closes - 1)).toEqual({ late: false })
    clock.advance(-60_000)
    await pass(() => (isSealed ? poll('quiz').sealed : poll('quiz').reached) !== undefined)
    running.close()
    await close()
  },
)

test('a seal that is due, or was begun before a restart, waits until the start has read the voters', async () => {
  const { clock, call, pass, poll, schedule, close } = await studio()
  const closes = clock.now() + 90_000
  await call('', undefined, { poll: 'quiz', ...POLL, opens: clock.now() + 1, closes, seals: closes })
  const votersKnown = Promise.withResolvers<void>()
  const running = schedule(votersKnown.promise)
  const looks = closes + 10_000
  await pass(() => clock.now() > looks)
  expect([poll('quiz').sealing, poll('quiz').sealed]).toEqual([undefined, undefined])
  votersKnown.resolve()
  await pass(() => poll('quiz').sealed !== undefined)
  running.close()
  await close()
})
