import { expect, spyOn, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Log } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import type { PollStore } from '../../adapters/store/polls.ts'
import type { Store } from '../../adapters/store/store.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { changePoll, closePoll, createPoll, openPoll, revealPoll, sealPoll } from '../../engine/polls/life.ts'
import { RULES } from '../../engine/polls/rules-fixture.ts'
import { seededRandom } from '../../load/random.ts'
import { RoarError } from '../../protocol/errors.ts'
import { type Certificate, type Poll, stateOf } from '../../protocol/polls.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { createControl } from './control.ts'
import { type PollChange, pollChanges } from './poll-changes.ts'
import { showChanges } from './show-changes.ts'
import { announceShows } from './shows.ts'

const NOW = 1_795_349_712_000
const SEEDS = Number(process.env.SEEDS ?? 20)

/** Two studio processes on one store and one log, whose calls of the store take as long as a seed says. */
async function twoStudios(seed: number, knows: { leadMs?: number; knownWithinMs?: number } = {}) {
  const { leadMs = 1, ...known } = knows
  const random = seededRandom(seed)
  const clock = new ManualClock(NOW)
  const log = new MemoryLog({ clock })
  const store = new MemoryStore()
  await announceShows({ store, log, first: DEMO_SHOW })
  await store.polls.save(createPoll('final', 'mvp', RULES, NOW), { replaces: 0 })
  await log.append('control', [])
  const pause = async () => {
    for (let left = Math.floor(4 * random()); left > 0; left--)
      await new Promise<void>((turn) => clock.after(1, turn))
  }
  /** What it is asked arrives late, and what it answers too. */
  const slow = <Calls extends object>(calls: Calls): Calls =>
    new Proxy(calls, {
      get(_, name) {
        const call = calls[name as keyof Calls] as unknown
        if (typeof call !== 'function') return call
        return async (...given: unknown[]) => {
          await pause()
          const answer = await call.apply(calls, given)
          await pause()
          return answer
        }
      },
    })
  /** What each studio waits for before it takes what it reads. */
  const reads = [Promise.resolve(), Promise.resolve()]
  const studios = await Promise.all(
    [0, 1].map(async (studio) => {
      const readLate: Log = Object.assign(Object.create(log), {
        consume: ((topic, handle, options) =>
          log.consume(
            topic,
            async (...given) => {
              await reads[studio]
              return handle(...given)
            },
            options,
          )) satisfies Log['consume'],
      })
      const logger = pino({ level: 'silent' })
      const directory = new ShowDirectory({ log: readLate, logger, health: UNSUPERVISED, ...known })
      await directory.caughtUp()
      for (const poll of await store.polls.all()) directory.hear(poll)
      const polls = slow(store.polls) as PollStore
      const slowStore = Object.assign(slow(store), {}) as Store
      const control = createControl({ store: slowStore, log, directory, clock, leadMs })
      return {
        directory,
        change: pollChanges({ store: { polls }, control, directory, clock }),
        changeShow: showChanges({ store: slowStore, control, directory, clock }),
      }
    }),
  )
  /** Lets the clock go on until all of it is answered. */
  async function done<T>(work: readonly Promise<T>[]): Promise<PromiseSettledResult<T>[]> {
    let isDone = false
    const all = Promise.allSettled(work).finally(() => {
      isDone = true
    })
    while (!isDone) {
      clock.advance(1)
      await new Promise((turn) => setImmediate(turn))
    }
    return all
  }
  const act = (studio: 0 | 1, action: string, act: PollChange['act'], certify?: PollChange['certify']) =>
    studios[studio]!.change({ show: 'final', poll: 'mvp', who: `studio ${studio}`, action, act, certify })
  return { clock, log, store, studios, reads, done, act }
}
const certificateOf = (sealedBy: number) => async (): Promise<Certificate> =>
  ({ statement: { sealedBy }, kid: 'kid', signature: '' }) as unknown as Certificate
const codes = (answers: PromiseSettledResult<unknown>[]) =>
  answers.map((answer) => (answer.status === 'fulfilled' ? 'done' : (answer.reason.code ?? answer.reason)))

test('of two studios that take the same step at the same moment both are answered the same, and it is in the trail once', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { store, done, act } = await twoStudios(seed)
    const both = (action: string, step: PollChange['act'], isSeal = false) =>
      done(
        ([0, 1] as const).map((studio) =>
          act(studio, action, step, isSeal ? certificateOf(studio) : undefined),
        ),
      )
    for (const [action, step] of [
      ['open', openPoll],
      ['close', closePoll],
      ['reveal', revealPoll],
      ['seal', sealPoll],
    ] as const) {
      const answers = await both(action, step, action === 'seal')
      expect(codes(answers), `seed ${seed}, ${action}`).toEqual(['done', 'done'])
      const [one, other] = answers.map((answer) => (answer as PromiseFulfilledResult<Poll>).value)
      // One of them may have looked at the clock once more.
      expect({ ...one!, reached: '', version: 0 }, `seed ${seed}`).toEqual({
        ...other!,
        reached: '',
        version: 0,
      })
    }
    const trail = await store.polls.trail('final', { limit: 99 })
    expect(trail.map(({ action }) => action).toReversed(), `seed ${seed}`).toEqual([
      ...['open', 'close', 'reveal', 'seal'],
    ])
    expect(await store.polls.certificate('final', 'mvp')).toBeDefined()
  }
})

test('of two different changes at the same moment none is lost: each is kept, or refused with its code', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { clock, store, studios, done, act } = await twoStudios(seed)
    const late = (poll: Poll, at: number) => changePoll(poll, { countLate: false }, at)
    const farm = (poll: Poll, at: number) => changePoll(poll, { countQuarantined: true }, at)
    const says = `seed ${seed}`
    const changed = await done<unknown>([
      act(0, 'change', late),
      act(1, 'change', farm),
      studios[0]!.changeShow({
        ...who,
        act: (show) => ({ ...show, title: 'One', version: show.version + 1 }),
      }),
      studios[1]!.changeShow({
        ...who,
        act: (show) => ({ ...show, accent: '#000000', version: show.version + 1 }),
      }),
    ])
    expect(codes(changed), says).toEqual(['done', 'done', 'done', 'done'])
    expect(await store.polls.find('final', 'mvp'), says).toMatchObject({
      ...{ countLate: false, countQuarantined: true },
    })
    expect(await store.show('final'), says).toMatchObject({ title: 'One', accent: '#000000' })
    await done([act(0, 'open', openPoll)])
    await done([act(1, 'close', closePoll)])
    const ending = codes(
      await done([act(0, 'seal', sealPoll, certificateOf(0)), act(1, 'reveal', revealPoll)]),
    )
    const poll = (await store.polls.find('final', 'mvp'))!
    expect([ending[0], stateOf(poll, clock.now())], says).toEqual(['done', 'sealed'])
    expect(['done', 'wrong_state'], says).toContain(ending[1])
    // Whatever each of them had heard first, both know the same in the end.
    for (const { directory } of studios) {
      await directory.caughtUp()
      expect(directory.poll('final', 'mvp').poll, says).toEqual(poll)
    }
  }
})

test('what was kept and could not be told is told when somebody asks for it again, of whichever studio', async () => {
  for (const again of [0, 1] as const) {
    const { log, store, studios, done, act } = await twoStudios(1)
    const toldNobody = () =>
      spyOn(log, 'append').mockRejectedValueOnce(new RoarError('log_unavailable', 'it is gone'))
    const rename = (studio: 0 | 1) =>
      studios[studio]!.changeShow({
        ...who,
        act: (show) => (show.title === 'One' ? show : { ...show, title: 'One', version: show.version + 1 }),
      })
    toldNobody()
    expect(codes(await done([act(0, 'open', openPoll)]))).toEqual(['log_unavailable'])
    expect(codes(await done([act(again, 'open', openPoll)]))).toEqual(['done'])
    toldNobody()
    expect(codes(await done([rename(0)]))).toEqual(['log_unavailable'])
    expect(codes(await done([rename(again)]))).toEqual(['done'])
    for (const { directory } of studios) {
      await directory.caughtUp()
      expect(directory.poll('final', 'mvp').poll).toEqual((await store.polls.find('final', 'mvp'))!)
      expect(directory.get('final').show).toEqual((await store.show('final'))!)
    }
    expect((await store.polls.trail('final', { limit: 9 })).map(({ action }) => action)).toEqual([
      ...['change-show', 'open'],
    ])
  }
})

test('a studio that stood still, and closes again what another has closed meanwhile, leaves its end where every role knows it', async () => {
  const { clock, log, reads, done, act, studios } = await twoStudios(1, {
    leadMs: 2_000,
    knownWithinMs: 1_000,
  })
  await done([act(0, 'open', openPoll)])
  const reading = Promise.withResolvers<void>()
  reads[0] = reading.promise
  const [closed] = await done([act(1, 'close', closePoll)])
  const { closes } = (closed as PromiseFulfilledResult<Poll>).value
  clock.advance(40_000)
  const { append } = log
  log.append = async (...given) => {
    const places = await append.apply(log, given)
    reading.resolve()
    return places
  }
  expect(codes(await done([act(0, 'close', closePoll)]))).toEqual(['done'])
  for (const { directory } of studios) expect(directory.poll('final', 'mvp').poll.closes).toBe(closes)
})

test('what the schedule did is in the trail once, however much came between two tries of the seal that records it', async () => {
  const { clock, store, done, act } = await twoStudios(1)
  const [opens, closes] = [NOW + 100, NOW + 200]
  await done([act(0, 'change', (poll, at) => changePoll(poll, { opens, closes, graceMs: 0 }, at))])
  clock.advance(1000)
  const away = () => Promise.reject(new RoarError('log_unavailable', 'it is gone'))
  expect(codes(await done([act(0, 'seal', sealPoll, away)]))).toEqual(['log_unavailable'])
  for (let i = 0; i < 60; i++)
    await store.polls.record('final', { at: clock.now() + i, who: 'ann', action: 'pin', poll: '' })
  expect(codes(await done([act(1, 'seal', sealPoll, certificateOf(1))]))).toEqual(['done'])
  const trail = await store.polls.trail('final', { limit: 99 })
  expect(trail.filter(({ who }) => who === 'schedule')).toMatchObject([
    { action: 'close', at: closes },
    { action: 'open', at: opens },
  ])
})

const who = { show: 'final', who: 'boss', action: 'change-show' }
