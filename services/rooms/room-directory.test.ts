import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Log } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { RoarError } from '../../protocol/errors.ts'
import { ROOM_MEMBERS_MAX } from '../../protocol/limits.ts'
import { control } from '../../protocol/records/control.ts'
import type { RoomEvent } from '../../protocol/records/rooms.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { RoomDirectory } from './room-directory.ts'

const logger = pino({ level: 'silent' })
const turn = () => new Promise((resolve) => setImmediate(resolve))
const ROOM = { show: 'final', room: 'r', by: '', invite: 'i', channel: '' }
const joined = (viewer: string) => ({ ...ROOM, kind: 'joined' as const, viewer, name: viewer })
const made: Omit<RoomEvent, 'id' | 'at'> = { ...joined('ada'), kind: 'made', channel: 'r' }
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (outcome) => outcome,
    ({ code }) => code,
  )

/** Two ingests of one cluster, and their log. */
async function cluster({ through = (log: Log) => log } = {}) {
  const clock = new ManualClock(1_000_000)
  const log = new MemoryLog({ clock })
  await log.append('control', [control.encode(DEMO_SHOW)])
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  await directory.caughtUp()
  const open = () => new RoomDirectory({ log: through(log), directory, clock, logger, health: UNSUPERVISED })
  const [one, other] = [open(), open()]
  return { clock, log, one, other, open, close: () => log.close() }
}

test('of two ingests that give the last place at once, one says that the room is full', async () => {
  const { one, other, close } = await cluster()
  await one.write(made)
  for (let i = 1; i < ROOM_MEMBERS_MAX - 1; i++) await one.write(joined(`v${i}`))
  await other.caughtUp()
  const outcomes = await Promise.all([codeOf(one.write(joined('last'))), codeOf(other.write(joined('late')))])
  expect(outcomes.toSorted()).toEqual(['changed', 'room_full'])
  await Promise.all([one.caughtUp(), other.caughtUp()])
  expect(one.find('final', 'r')).toEqual(other.find('final', 'r')!)
  await close()
})

test('an invite that was replaced while it was under way lets nobody in', async () => {
  const { one, other, close } = await cluster()
  await one.write(made)
  await one.write(joined('ben'))
  await other.caughtUp()
  const removed = {
    ...ROOM,
    kind: 'removed',
    viewer: 'ben',
    name: '',
    by: 'ada',
    invite: 'i2',
    channel: 'c2',
  } as const
  const outcomes = await Promise.all([codeOf(one.write(removed)), codeOf(other.write(joined('ben-again')))])
  expect(outcomes).toEqual(['changed', 'unknown_link'])
  await close()
})

test('until every room is read nobody hears that theirs does not exist, nothing is written, and what was done before is no news', async () => {
  let isAway = false
  const through = (log: Log): Log => ({
    ...log,
    append: log.append.bind(log),
    consume: (topic, handle, options) =>
      log.consume(
        topic,
        (...batch) => {
          if (isAway) throw new RoarError('log_unavailable', 'the log cannot be read')
          return handle(...batch)
        },
        options,
      ),
  })
  const { one, open, clock, close } = await cluster({ through })
  await one.write(made)
  isAway = true
  const later = open()
  const news: string[] = []
  later.follow(({ viewer }) => news.push(viewer))
  await turn()
  expect(() => later.ofMember('final', 'r', 'ada')).toThrow('the rooms are still being read')
  expect(await codeOf(later.write(joined('ben')))).toBe('log_unavailable')
  isAway = false
  clock.advance(5_000)
  await later.caughtUp()
  await later.write(joined('ben'))
  expect([...later.ofMember('final', 'r', 'ada').members.keys()]).toEqual(['ada', 'ben'])
  expect(news).toEqual(['ben'])
  await close()
})

test('what cannot hold is not written', async () => {
  const { one, log, close } = await cluster()
  expect(await codeOf(one.write(joined('ben')))).toBe('unknown_room')
  expect(await log.ends('rooms')).toEqual([0])
  await close()
})

test('whoever starts later has the same rooms', async () => {
  const { one, open, close } = await cluster()
  await one.write(made)
  await one.write(joined('ben'))
  const late = open()
  await late.caughtUp()
  expect(late.find('final', 'r')).toEqual(one.find('final', 'r')!)
  await close()
})

test('a log that does not confirm in time is a failure that may be tried again, and changes nothing twice', async () => {
  const held: (() => void)[] = []
  const { one, clock, close } = await cluster({
    // Takes records, and hands none of them out until it is let go.
    through: (log) =>
      new Proxy(log, {
        get: (target, name) =>
          name === 'consume'
            ? (topic: never, handle: (batch: never) => void, options: never) =>
                target.consume(
                  topic,
                  async (batch) => {
                    await new Promise<void>((resolve) => held.push(resolve))
                    handle(batch as never)
                  },
                  options,
                )
            : Reflect.get(target, name).bind(target),
      }),
  })
  const refused = codeOf(one.write(made))
  while (held.length < 2) await turn()
  clock.advance(5_000)
  expect(await refused).toBe('log_unavailable')
  for (const letGo of held) letGo()
  await one.caughtUp()
  expect(await codeOf(one.write(made))).toBe('same')
  await close()
})
