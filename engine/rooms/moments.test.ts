import { expect, test } from 'bun:test'
import { ROOM_MEMBERS_MAX } from '../../protocol/limits.ts'
import { MOMENT_COUNT_MAX, roomMoments } from '../../protocol/records/room-moments.ts'
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
