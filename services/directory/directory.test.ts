import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { ReaderState } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { admit } from '../../engine/polls/admission.ts'
import { RULES } from '../../engine/polls/rules-fixture.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Poll } from '../../protocol/polls.ts'
import { control } from '../../protocol/records/control.ts'
import type { Show } from '../../protocol/show.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { ShowDirectory } from './directory.ts'

const show = (version: number, more: Partial<Show> = {}): Show => ({
  show: 'final',
  title: `version ${version}`,
  stickers: [{ sticker: 'heart', title: 'Heart' }],
  segments: [],
  version,
  ...more,
})
const poll = (version: number, more: Partial<Poll> = {}): Poll => ({
  show: 'final',
  poll: 'mvp',
  ...RULES,
  question: `version ${version}`,
  version,
  ...more,
})

/** A directory that has read these documents. */
const following = (...documents: (Show | Poll)[]) => followingWith({}, ...documents)

async function followingWith(options: { knownWithinMs?: number }, ...documents: (Show | Poll)[]) {
  const clock = new ManualClock(1_000_000)
  const log = new MemoryLog({ clock })
  const announce = async (...more: (Show | Poll)[]) => {
    await log.append('control', more.map(control.encode))
  }
  await announce(...documents)
  const follow = async () => {
    const logger = pino({ level: 'silent' })
    const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED, ...options })
    await directory.caughtUp()
    return directory
  }
  const directory = await follow()
  return {
    ...{ clock, directory, follow },
    announce: async (...more: (Show | Poll)[]) => {
      await announce(...more)
      await directory.caughtUp()
    },
  }
}

const refusal = (call: () => unknown): string => {
  try {
    call()
    return 'none'
  } catch (cause) {
    return (cause as RoarError).code
  }
}

test('the newest version of a show and of a poll stands, in whatever order they come', async () => {
  const { directory, announce } = await following(show(3), show(2), poll(5), poll(4))
  const heard: string[] = []
  directory.follow((view) => heard.push(`show ${view.show.version}`))
  directory.followPolls((view) => heard.push(`poll ${view.poll.version}`))
  await announce(show(1), poll(1), show(3, { title: 'another' }), poll(5, { question: 'another' }))
  expect([directory.get('final').show.title, directory.poll('final', 'mvp').poll.question]).toEqual([
    'version 3',
    'version 5',
  ])
  await announce(show(4), poll(6))
  expect(heard).toEqual(['show 3', 'poll 5', 'show 4', 'poll 6'])
  directory.close()
})

test('who no longer follows hears nothing more', async () => {
  const { directory, announce } = await following(show(1), poll(1))
  const heard: number[] = []
  const unfollow = [
    directory.follow((view) => heard.push(view.show.version)),
    directory.followPolls((view) => heard.push(view.poll.version)),
  ]
  for (const stop of unfollow) stop()
  await announce(show(2), poll(2))
  expect(heard).toEqual([1, 1])
  directory.close()
})

test('what is not there is said so by its name, cut where it is long', async () => {
  const { directory } = await following(show(1), poll(1))
  expect(directory.has('final')).toBe(true)
  expect(directory.has('semi')).toBe(false)
  expect(directory.findPoll('final', 'quiz')).toBeUndefined()
  expect(directory.findPoll('semi', 'mvp')).toBeUndefined()
  expect(refusal(() => directory.get('semi'))).toBe('unknown_show')
  expect(refusal(() => directory.poll('semi', 'mvp'))).toBe('unknown_show')
  expect(refusal(() => directory.poll('final', 'quiz'))).toBe('unknown_poll')
  expect(() => directory.get('x'.repeat(99))).toThrow(
    new RoarError('unknown_show', `there is no show "${'x'.repeat(32)}"`),
  )
  directory.close()
})

test('shows and polls are listed, polls in the order in which they came', async () => {
  const { directory } = await following(
    show(1),
    show(1, { show: 'semi' }),
    poll(1, { poll: 'z' }),
    poll(1, { poll: 'a' }),
    poll(2, { poll: 'z' }),
  )
  expect(directory.shows()).toEqual(['final', 'semi'])
  expect(directory.polls('final').map(({ poll }) => poll.poll)).toEqual(['z', 'a'])
  expect(directory.polls('semi')).toEqual([])
  directory.close()
})

test('a change that is heard early stands at once, and one that could not be kept is taken back', async () => {
  const { directory, announce } = await following(show(1), poll(1))
  const version = () => directory.poll('final', 'mvp').poll.version
  const takeBack = directory.anticipate(poll(2))
  expect(version()).toBe(2)
  takeBack()
  expect(version()).toBe(1)
  // What has come since is not taken back with it.
  const late = directory.anticipate(poll(2))
  await announce(poll(3))
  late()
  expect(version()).toBe(3)
  directory.close()
})

test('of two changes under one version the one that was kept stands, also where the other was heard early here', async () => {
  const { directory, announce } = await following(show(1), poll(1))
  const takeBack = directory.anticipate(poll(2, { question: 'Ours?' }))
  await announce(poll(2, { question: 'Theirs?' }))
  takeBack()
  expect(directory.poll('final', 'mvp').poll.question).toBe('Theirs?')
  directory.close()
})

test('a poll that is told later than it was closed takes votes in time until every role knows it, whenever that reads', async () => {
  const open = poll(1, { opens: 1_000_000, graceMs: 60_000 })
  const closed = { ...open, closes: 1_002_000, version: 2 }
  const { clock, directory, announce, follow } = await followingWith({ knownWithinMs: 1_000 }, show(1), open)
  const known = () => directory.poll('final', 'mvp').poll
  clock.advance(40_000)
  await announce(closed)
  expect(known()).toEqual({ ...closed, closes: 1_041_000 })
  expect(admit(known(), 1_040_999)).toEqual({ late: false })
  // Nor does it end earlier because it is told again, or because somebody changes something else of it.
  clock.advance(40_000)
  await announce(closed)
  expect(known()).toEqual({ ...closed, closes: 1_041_000 })
  expect((await follow()).poll('final', 'mvp').poll).toEqual(known())
  await announce({ ...closed, reached: 'closed', version: 3 })
  expect(known()).toEqual({ ...closed, closes: 1_041_000, reached: 'closed', version: 3 })
  expect((await follow()).poll('final', 'mvp').poll).toEqual(known())
})

test('a poll is closed when it says where every role knows that in time, and where there is one process', async () => {
  const open = poll(1, { opens: 1_000_000 })
  const closed = { ...open, closes: 1_002_000, version: 2 }
  const cluster = await followingWith({ knownWithinMs: 1_000 }, show(1), open)
  cluster.clock.advance(1_000)
  await cluster.announce(closed)
  const alone = await following(show(1), open)
  alone.clock.advance(40_000)
  await alone.announce(closed)
  for (const { directory } of [cluster, alone]) expect(directory.poll('final', 'mvp').poll).toEqual(closed)
})

test('a record that is no document is passed, and the next one is read', async () => {
  const log = new MemoryLog({ clock: new ManualClock(1_000_000) })
  const bytes = (text: string) => ({ key: 'x', value: new TextEncoder().encode(text) })
  await log.append('control', [bytes('{'), bytes('{"show":"final\\n"}'), control.encode(show(1)), bytes('')])
  const directory = new ShowDirectory({ log, logger: pino({ level: 'silent' }), health: UNSUPERVISED })
  await directory.caughtUp()
  expect(directory.shows()).toEqual(['final'])
  directory.close()
})

test('word lists are read anew only where they changed: a version that changes something else has the judge of before', async () => {
  const wordLists = [{ language: 'en', hold: ['cheat'], refuse: [] }]
  const { directory, announce } = await following(show(1, { wordLists }))
  const { judge } = directory.get('final')
  await announce(show(2, { wordLists: structuredClone(wordLists), title: 'renamed' }))
  expect(directory.get('final').show.version).toBe(2)
  expect(directory.get('final').judge).toBe(judge)
  await announce(show(3, { wordLists: [{ ...wordLists[0]!, hold: ['ref'] }] }))
  expect(directory.get('final').judge('cheat')).toBeUndefined()
  expect(directory.get('final').judge('ref')).toMatchObject({ does: 'hold' })
  await announce(show(4))
  expect(directory.get('final').judge('ref')).toBeUndefined()
})

test('while the control log cannot be read nobody is told that a show or a poll does not exist', async () => {
  const log = new MemoryLog({ clock: new ManualClock(1_000_000) })
  await log.append('control', [show(1)].map(control.encode))
  const states: ((state: ReaderState) => void)[] = []
  const consume = log.consume.bind(log)
  log.consume = (topic, handle, options) => {
    states.push(options!.onState!)
    return consume(topic, handle, options)
  }
  const directory = new ShowDirectory({ log, logger: pino({ level: 'silent' }), health: UNSUPERVISED })
  await directory.caughtUp()
  const codes = () =>
    [() => directory.get('derby'), () => directory.poll('final', 'mvp')].map((ask) => {
      try {
        return ask()
      } catch (error) {
        return (error as RoarError).code
      }
    })
  expect(codes()).toEqual(['unknown_show', 'unknown_poll'])
  states[0]!({ state: 'waiting', cause: new RoarError('log_unavailable', 'cut off') })
  expect([codes(), directory.isInStep()]).toEqual([['catching_up', 'catching_up'], false])
  expect(directory.get('final').show.version).toBe(1)
  states[0]!({ state: 'reading' })
  expect(codes()).toEqual(['unknown_show', 'unknown_poll'])
})
