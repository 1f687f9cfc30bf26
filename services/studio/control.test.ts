import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Log } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Poll } from '../../protocol/polls.ts'
import { control as controlRecords } from '../../protocol/records/control.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { createControl } from './control.ts'
import { startPollSchedule } from './poll-schedule.ts'
import { startShowSchedule } from './show-schedule.ts'
import { announceShows } from './shows.ts'

const NOW = 1_795_349_712_000
const logger = pino({ level: 'silent' })

/** A logger, and what it was told. */
function listed() {
  const lines: string[] = []
  return { logger: pino({}, { write: (line) => lines.push(line) }), lines }
}

/** A control over a log whose readers hear late: after `hold` until `release`. */
async function controlling() {
  const clock = new ManualClock(NOW)
  const memory = new MemoryLog({ clock })
  let held = Promise.resolve()
  let release = () => {}
  const log: Log = {
    append: (topic, records) => memory.append(topic, records),
    consume: (topic, handle, options) =>
      memory.consume(
        topic,
        async (batch, isCurrent) => {
          await held
          await handle(batch, isCurrent)
        },
        options,
      ),
    read: (topic, from, count) => memory.read(topic, from, count),
    ends: (topic) => memory.ends(topic),
    state: () => memory.state(),
    onState: (listener) => memory.onState(listener),
    close: () => memory.close(),
  }
  const store = new MemoryStore()
  await announceShows({ store, log, first: DEMO_SHOW })
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  await directory.caughtUp()
  const control = createControl({ store, log, directory, clock, leadMs: 1 })
  return {
    clock,
    store,
    log,
    directory,
    control,
    hold() {
      const gate = Promise.withResolvers<void>()
      held = gate.promise
      release = gate.resolve
    },
    release: () => release(),
    async passed(ms: number) {
      for (let past = 0; past < ms; past += 500) {
        clock.advance(500)
        await new Promise((turn) => setImmediate(turn))
      }
    },
    async close() {
      await directory.close()
      await log.close()
    },
  }
}

test('decisions that come together compare the clocks once', async () => {
  const { control, directory, close } = await controlling()
  const before = directory.get('final').show.version
  await Promise.all([1, 2, 3].map(() => control.compareClocks('final')))
  await control.compareClocks('final')
  expect(directory.get('final').show.version).toBe(before + 1)
  await close()
})

test('what is decided before the clocks were compared is dated by the log’s time, and after every vote that was read', async () => {
  const { store, log, directory, close } = await controlling()
  const logClock = new ManualClock(NOW)
  for (const offMs of [3_600_000, -3_600_000]) {
    const clock = new ManualClock(NOW + offMs)
    let readMs = 0
    const control = createControl({
      ...{ store, log, directory, clock, logClock, leadMs: 1 },
      readMs: () => readMs,
    })
    expect(control.now()).toBe(NOW)
    readMs = NOW + 500
    expect(control.now()).toBe(NOW + 500)
  }
  await close()
})

test('a change starts from the one before, also where the log tells it late', async () => {
  const { control, directory, hold, release, store, close } = await controlling()
  const before = directory.get('final').show.version
  hold()
  const changes = [1, 2, 3].map(() => control.inTurn('final', () => control.announce('final')))
  release()
  await Promise.all(changes)
  expect(directory.get('final').show.version).toBe(before + 3)
  expect((await store.shows())[0]!.version).toBe(before + 3)
  await close()
})

test('a change that is not heard back is refused in bounded time, and the next one has its turn', async () => {
  const { clock, control, hold, release, close } = await controlling()
  hold()
  const deaf = control.inTurn('final', () => control.announce('final')).catch((cause) => cause.code)
  let refused: unknown
  void deaf.then((code) => (refused = code))
  while (refused === undefined) {
    clock.advance(1000)
    await new Promise((turn) => setImmediate(turn))
  }
  expect(refused).toBe('log_unavailable')
  release()
  await control.inTurn('final', () => control.announce('final'))
  await close()
})

test("a poll that opens and closes by the clock makes the show's document a newer one each time", async () => {
  const { clock, control, directory, store, log, close } = await controlling()
  const poll: Poll = {
    show: 'final',
    poll: 'mvp',
    question: 'Who?',
    choices: [{ choice: 'anna', title: 'Anna' }],
    kind: 'one',
    max: 1,
    change: false,
    visibility: 'live',
    opens: NOW + 1000,
    closes: NOW + 2000,
    graceMs: 0,
    countLate: true,
    countQuarantined: false,
    version: 1,
  }
  await log.append('control', [controlRecords.encode(poll)])
  await directory.caughtUp()
  const never = async () => expect.unreachable()
  const { logger, lines } = listed()
  const schedule = startPollSchedule({
    control,
    directory,
    clock,
    logger,
    change: never,
    certify: never,
    keys: { forgetRest: never },
  })
  const before = directory.get('final').show.version
  const until = async (version: number) => {
    while ((await store.shows())[0]!.version < version) {
      clock.advance(50)
      await new Promise((turn) => setImmediate(turn))
    }
    return clock.now()
  }
  expect(await until(before + 1)).toBeGreaterThanOrEqual(NOW + 1000)
  // A log that cannot be reached then keeps the newer document waiting, and does not lose it.
  const { append } = log
  let tried = 0
  log.append = async () => {
    tried++
    throw new RoarError('log_unavailable', 'no broker answers')
  }
  await until(before + 2)
  while (tried < 3) {
    clock.advance(50)
    await new Promise((turn) => setImmediate(turn))
  }
  expect(lines.filter((line) => line.includes('log_unavailable'))).toHaveLength(1)
  expect(directory.get('final').show.version).toBe(before + 1)
  log.append = append
  while (directory.get('final').show.version === before + 1) {
    clock.advance(50)
    await new Promise((turn) => setImmediate(turn))
  }
  const told = directory.get('final').show.version
  expect((await store.shows())[0]!.version).toBe(told)
  for (let i = 0; i < 200; i++) clock.advance(50)
  await new Promise((turn) => setImmediate(turn))
  expect((await store.shows())[0]!.version).toBe(told)
  schedule.close()
  await close()
})

test('a show that starts and ends by its times has both in its trail, once, however busy it is and whoever starts again, and the log says once that the store fails', async () => {
  const { clock, control, directory, store, log, passed, close } = await controlling()
  const show = { ...DEMO_SHOW, show: 'semi', created: NOW, starts: NOW + 1000, ends: NOW + 9000, version: 1 }
  await log.append('control', [controlRecords.encode(show)])
  await directory.caughtUp()
  const { polls } = store
  const { logger, lines } = listed()
  const begin = () => startShowSchedule({ store, control, directory, clock, logger })
  const steps = async () =>
    (await polls.trail('semi', { limit: 999 })).filter(({ who }) => who === 'schedule')
  const { record } = polls
  let tried = 0
  polls.record = async () => {
    tried++
    throw new RoarError('store_unavailable', 'the store fails')
  }
  let running = begin()
  while (tried < 3) await passed(500)
  polls.record = record
  await passed(2000)
  expect(lines).toHaveLength(1)
  const started = { who: 'schedule', action: 'start-show', at: NOW + 1000, poll: '' }
  expect(await steps()).toMatchObject([started])
  running.close()
  for (let i = 0; i < 120; i++)
    await record('semi', { at: clock.now() + i, who: 'ann', action: 'pin', poll: '' })
  await passed(5000)
  running = begin()
  const other = begin()
  await passed(3000)
  expect(await steps()).toMatchObject([{ ...started, action: 'end-show', at: NOW + 9000 }, started])
  running.close()
  other.close()
  await close()
})

test('a start is no step of the schedule where its time was set after it, or the store knows another one', async () => {
  const { clock, control, directory, store, log, passed, close } = await controlling()
  const { polls } = store
  const late = { ...DEMO_SHOW, show: 'late', created: NOW - 9000, starts: NOW - 5000, version: 2 }
  const other = { ...late, show: 'other' }
  await polls.record('late', {
    at: NOW,
    who: 'ann',
    action: 'change-show',
    poll: '',
    detail: { starts: late.starts },
  })
  await store.saveShow({ ...other, starts: NOW + 99_000, version: 3 }, { replaces: 0 })
  const started = { ...late, show: 'started' }
  await log.append('control', [late, other, started].map(controlRecords.encode))
  await directory.caughtUp()
  const schedule = startShowSchedule({ store, control, directory, clock, logger })
  while ((await polls.trail('started', { limit: 9 })).length === 0) await passed(500)
  const entries = async (show: string) => (await polls.trail(show, { limit: 9 })).map(({ action }) => action)
  expect([await entries('late'), await entries('other')]).toEqual([['change-show'], []])
  schedule.close()
  await close()
})
