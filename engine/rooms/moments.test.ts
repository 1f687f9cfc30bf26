import { expect, test } from 'bun:test'
import { ROOM_MEMBERS_MAX } from '../../protocol/limits.ts'
import {
  MOMENT_COUNT_MAX,
  MOMENT_ENTRIES_MAX,
  MOMENT_ROOMS_MAX,
  MOMENT_STICKERS_MAX,
  roomMoments,
} from '../../protocol/records/room-moments.ts'
import { Moments } from './moments.ts'

test('however long nothing is taken, however members come, go and tap, what a room did fits in a record', () => {
  const moments = new Moments()
  for (let member = 0; member < 3 * ROOM_MEMBERS_MAX; member++)
    for (const count of [1, MOMENT_COUNT_MAX - 1, MOMENT_COUNT_MAX])
      moments.add({ show: 'final', room: 'r' }, `v${member}`, { taps: [['heart', count]], asks: false })
  const [record, ...others] = moments.take()
  expect(others).toEqual([])
  expect(roomMoments.decode(roomMoments.encode(record!).value)).toEqual(record!)
  expect(record!.rooms[0]!.present).toHaveLength(ROOM_MEMBERS_MAX)
  expect(record!.rooms[0]!.taps).toEqual([{ sticker: 'heart', count: MOMENT_COUNT_MAX }])
  expect(moments.take()).toEqual([])
})

test('what the members of a room do is one entry: whether any of them asks, and from when on posts are wanted', () => {
  const moments = new Moments()
  const room = { show: 'final', room: 'r' }
  moments.add(room, 'ada', { taps: [['heart', 2]], asks: false, after: 70 })
  moments.add(room, 'ben', {
    taps: [
      ['six', 1],
      ['heart', 3],
    ],
    asks: true,
    after: 50,
  })
  moments.add(room, 'ada', { taps: [], asks: false, after: 60 })
  moments.add({ ...room, room: 's' }, 'cat', { taps: [], asks: false })
  const taps = [
    { sticker: 'heart', count: 5 },
    { sticker: 'six', count: 1 },
  ]
  expect(moments.take()).toEqual([
    {
      rooms: [
        { ...room, present: ['ada', 'ben'], asks: true, after: 50, taps },
        { show: 'final', room: 's', present: ['cat'], asks: false, taps: [] },
      ],
    },
  ])
})

test('of stickers the first are kept, and taps of those go on being counted', () => {
  const moments = new Moments()
  const tap = (i: number) =>
    moments.add({ show: 'final', room: 'r' }, 'ada', { taps: [[`s${i}`, 1]], asks: false })
  for (let i = 0; i <= MOMENT_STICKERS_MAX; i++) tap(i)
  for (let i = 0; i <= MOMENT_STICKERS_MAX; i++) tap(i)
  expect(moments.take()[0]!.rooms[0]!.taps).toEqual(
    Array.from({ length: MOMENT_STICKERS_MAX }, (_, i) => ({ sticker: `s${i}`, count: 2 })),
  )
})

test('more rooms than a record holds, or more entries, come in several records: each room once, in order', () => {
  for (const { rooms, members, stickers } of [
    { rooms: 2 * MOMENT_ROOMS_MAX + 1, members: 1, stickers: 0 },
    { rooms: 1000, members: 15, stickers: 4 },
    { rooms: 400, members: 40, stickers: 0 },
  ]) {
    const moments = new Moments()
    const taps = Array.from({ length: stickers }, (_, i) => [`s${i}`, 1] as const)
    for (let room = 0; room < rooms; room++)
      for (let member = 0; member < members; member++)
        moments.add({ show: 'final', room: `r${room}` }, `v${member}`, { taps, asks: false })
    const records = moments.take()
    expect(records.flatMap((record) => record.rooms.map(({ room }) => room))).toEqual(
      Array.from({ length: rooms }, (_, room) => `r${room}`),
    )
    const isFull = (count: number) =>
      count === MOMENT_ROOMS_MAX || count * (members + stickers) >= MOMENT_ENTRIES_MAX
    // Each record is full with its last room and not before; only the last record may have space left.
    for (const { rooms } of records) expect(isFull(rooms.length - 1)).toBe(false)
    for (const { rooms } of records.slice(0, -1)) expect(isFull(rooms.length)).toBe(true)
    expect(records.length).toBeGreaterThan(1)
  }
})
