import { afterEach, expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { PRESENCE_HOLDS_MS } from '../../protocol/limits.ts'
import type { RoomPacket } from '../../protocol/packets.ts'
import { control } from '../../protocol/records/control.ts'
import { type RoomMoment, roomMoments } from '../../protocol/records/room-moments.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { RoomDirectory } from '../rooms/room-directory.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { RoomDesk } from './room-desk.ts'

const logger = pino({ level: 'silent' })
const closing: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

/** A desk, its log and its clock in the test's hands, and a room of two. */
async function rig() {
  const clock = new ManualClock(1_000_000)
  const log = new MemoryLog({ clock })
  await log.append('control', [control.encode(DEMO_SHOW)])
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  await directory.caughtUp()
  const rooms = new RoomDirectory({ log, directory, clock, logger, health: UNSUPERVISED })
  await rooms.caughtUp()
  const heard: [channel: string, packet: RoomPacket][] = []
  const open = () => {
    const desk = new RoomDesk({
      ...{ log, rooms, clock, logger, health: UNSUPERVISED },
      publish: (_, channel, packet) => void heard.push([channel, packet]),
    })
    desk.start()
    return desk
  }
  const ROOM = { show: 'final', room: 'r', by: '', invite: 'i', channel: '' }
  await rooms.write({ ...ROOM, kind: 'made', viewer: 'ada', name: 'Ada', channel: 'r' })
  await rooms.write({ ...ROOM, kind: 'joined', viewer: 'ben', name: 'Ben' })
  const desk = open()
  const moment = async (change: Partial<RoomMoment>) => {
    const told = { show: 'final', room: 'r', present: ['ada'], asks: false, taps: [], ...change }
    await log.append('room-moments', [roomMoments.encode({ rooms: [told] })])
    // The reader has it after some turns.
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  closing.push(() => log.close())
  /** Time in which it publishes, as a process does that is not stopped. */
  const passes = (ms: number) => {
    for (let left = ms; left > 0; left -= 1_000) {
      clock.advance(Math.min(left, 1_000))
      desk.publish()
    }
  }
  const present = () =>
    heard.flatMap(([, packet]) => (packet.present ? [packet.present.map(({ name }) => name)] : []))
  return { clock, log, rooms, desk, open, heard, moment, passes, present, ROOM }
}
const post = (id: string, viewer = 'ben') => ({
  ...{ show: 'final', id, viewer, name: viewer, sticker: 'six', at: 1, room: 'r', channel: 'r' },
})

test('who is silent for too long is no longer there, and the others are told once', async () => {
  const { desk, moment, passes, present } = await rig()
  await moment({ present: ['ada', 'ben'] })
  desk.publish()
  passes(PRESENCE_HOLDS_MS - 1)
  await moment({})
  passes(5_000)
  expect(present()).toEqual([['Ada', 'Ben'], ['Ada']])
})

test.each([
  ['ahead', -3_600_000],
  ['back', 3_600_000],
])('a clock that is set %s takes nobody from a room who is there', async (_way, backMs) => {
  const { clock, desk, moment, passes, present } = await rig()
  await moment({ present: ['ada', 'ben'] })
  desk.publish()
  clock.setBack(backMs)
  passes(PRESENCE_HOLDS_MS - 1)
  expect(present()).toEqual([['Ada', 'Ben']])
  passes(5_000)
  expect(present().at(-1)).toEqual([])
})

test('a process that stood still takes nobody from a room whose report it has not read yet', async () => {
  const { clock, desk, moment, passes, present } = await rig()
  await moment({ present: ['ada', 'ben'] })
  passes(PRESENCE_HOLDS_MS / 3)
  clock.standStill(10 * PRESENCE_HOLDS_MS)
  desk.publish()
  await moment({ present: ['ada'] })
  desk.publish()
  expect(present()).toEqual([['Ada', 'Ben']])
  passes(PRESENCE_HOLDS_MS - 1)
  expect(present()).toEqual([['Ada', 'Ben'], ['Ada']])
})

test('another name is told at once, and nothing of a room that nobody is in', async () => {
  const { desk, heard, moment, present, rooms, ROOM } = await rig()
  await moment({ present: ['ada', 'ben'] })
  desk.publish()
  await rooms.write({ ...ROOM, kind: 'joined', viewer: 'ben', name: 'Benjamin' })
  desk.publish()
  expect(present()).toEqual([
    ['Ada', 'Ben'],
    ['Ada', 'Benjamin'],
  ])
  await rooms.write({ ...ROOM, room: 'quiet', kind: 'made', viewer: 'cat', name: 'Cat', channel: 'quiet' })
  desk.publish()
  expect(heard.filter(([channel]) => channel === 'quiet')).toEqual([])
})

test('a post of a room that this process does not know yet goes where its writer said', async () => {
  const { desk, heard } = await rig()
  desk.takePost({ ...post('1'), room: 'new', channel: 'c' })
  desk.publish()
  expect(heard).toMatchObject([['c', { posts: [{ id: '1' }] }]])
})

test('what was posted before a removal is told before it; after it nobody who was removed is heard or told', async () => {
  const { desk, rooms, heard, ROOM } = await rig()
  desk.takePost(post('1'))
  await rooms.write({
    ...ROOM,
    kind: 'removed',
    viewer: 'ben',
    name: '',
    by: 'ada',
    invite: 'i2',
    channel: 'c2',
  })
  // Their ingest had not heard of it.
  desk.takePost(post('2'))
  // Neither had hers.
  desk.takePost(post('3', 'ada'))
  desk.publish()
  expect(heard.map(([channel, { posts, moved }]) => [channel, posts.map(({ id }) => id), moved])).toEqual([
    ['r', ['1'], undefined],
    ['r', [], true],
    ['c2', ['3'], undefined],
  ])
})

test('a deliver that takes over knows who is there once they say so again', async () => {
  const { desk, open, moment, present } = await rig()
  await moment({ present: ['ada', 'ben'] })
  desk.publish()
  await desk.stop()
  const next = open()
  await moment({ present: ['ben'] })
  next.publish()
  await moment({ present: ['ada'] })
  next.publish()
  expect(present()).toEqual([['Ada', 'Ben'], ['Ben'], ['Ada', 'Ben']])
})

test('nothing is kept of a room that nobody is in', async () => {
  const { desk, moment, passes, heard } = await rig()
  await moment({ taps: [{ sticker: 'heart', count: 3 }] })
  desk.publish()
  passes(2 * PRESENCE_HOLDS_MS)
  expect(heard.map(([, { present }]) => present?.length)).toEqual([1, 0])
  expect(desk.liveRooms).toBe(0)
})
