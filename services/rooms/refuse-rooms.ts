import { refuseEnded } from '../../engine/shows/admission.ts'
import { DEFAULT_RULES } from '../../engine/shows/life.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Show } from '../../protocol/show.ts'
import type { Viewer } from '../identity/claims.ts'

/** Refuses a viewer who may not be in rooms of the show now. @throws RoarError show_ended, rooms_off, guests_not_allowed */
export function refuseRooms(show: Show, { guest }: Pick<Viewer, 'guest'>, now: number): void {
  refuseEnded(show, now)
  const { rooms, guests } = show.rules ?? DEFAULT_RULES
  if (!rooms) throw new RoarError('rooms_off', 'the show has no rooms')
  if (guest === true && !guests)
    throw new RoarError('guests_not_allowed', 'this show is for signed-in viewers only')
}
