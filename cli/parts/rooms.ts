import { MEMBERSHIPS_MAX, ROOMS_MAX } from '../../protocol/limits.ts'
import { RoomDirectory } from '../../services/rooms/room-directory.ts'
import { heardWaiting } from '../../services/supervision/heard-waiting.ts'
import type { Health } from '../../services/supervision/supervisor.ts'
import { part, type Surroundings } from '../assembly/part.ts'
import type { Things } from '../assembly/things.ts'
import { gauge } from '../metrics.ts'

const DEFINITION = {
  name: 'rooms',
  needs: ['log', 'log-clock', 'directory'],
  reads: ['rooms'],
  reports: true,
} as const

/** Who is in which room. Not ready until it knows every room: until then it would miss what their members do. */
export const rooms = part({
  ...DEFINITION,
  async open(given) {
    const { rooms, opened } = open(given)
    await rooms.caughtUp()
    return opened
  },
})

/**
 * The same where one process does everything. It waits as far as they can be read: until all are known it refuses what members do,
 * so that it misses nothing, and everything else runs.
 */
export const ownRooms = part({
  ...DEFINITION,
  async open(given) {
    const { health, waits } = heardWaiting(given.health)
    const { rooms, opened } = open({ ...given, health })
    await Promise.race([rooms.caughtUp(), waits])
    return opened
  },
})

function open({
  log,
  'log-clock': clock,
  directory,
  logger,
  health,
}: Pick<Things, (typeof DEFINITION.needs)[number]> & Pick<Surroundings, 'logger'> & { health: Health }) {
  const rooms = new RoomDirectory({ log, directory, clock, logger, health })
  const opened = {
    thing: rooms,
    metrics: [
      gauge('rooms', 'Rooms that there are', () => rooms.count),
      gauge('rooms_max', 'The most rooms that there may be', () => ROOMS_MAX),
      gauge('room_memberships', 'Members of all rooms together', () => rooms.memberships),
      gauge('room_memberships_max', 'The most members of all rooms together', () => MEMBERSHIPS_MAX),
    ],
    close: () => rooms.close(),
  }
  return { rooms, opened }
}
