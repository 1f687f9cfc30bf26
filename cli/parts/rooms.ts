import { MEMBERSHIPS_MAX, ROOMS_MAX } from '../../protocol/limits.ts'
import { RoomDirectory } from '../../services/rooms/room-directory.ts'
import { part } from '../assembly/part.ts'
import { gauge } from '../metrics.ts'

/** Who is in which room. Not ready until it knows every room: until then it would tell members that theirs does not exist. */
export const rooms = part({
  name: 'rooms',
  needs: ['log', 'log-clock', 'directory'],
  reads: ['rooms'],
  reports: true,
  async open({ log, 'log-clock': clock, directory, logger, health }) {
    const rooms = new RoomDirectory({ log, directory, clock, logger, health })
    await rooms.caughtUp()
    return {
      thing: rooms,
      metrics: [
        gauge('rooms', 'Rooms that there are', () => rooms.count),
        gauge('rooms_max', 'The most rooms that there may be', () => ROOMS_MAX),
        gauge('room_memberships', 'Members of all rooms together', () => rooms.memberships),
        gauge('room_memberships_max', 'The most members of all rooms together', () => MEMBERSHIPS_MAX),
      ],
      close: () => rooms.close(),
    }
  },
})
