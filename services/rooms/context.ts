import type { Clock } from '../../adapters/clock/clock.ts'
import type { Moments } from '../../engine/rooms/moments.ts'
import type { CallContext } from '../http/call/spec.ts'
import type { RoomDirectory } from './room-directory.ts'

/** What the calls of rooms share. */
export interface RoomsContext extends CallContext {
  /** Whose time says whether a show has ended. */
  logClock: Pick<Clock, 'now'>
  rooms: RoomDirectory
  moments: Moments
  counters: { presences: number }
}
