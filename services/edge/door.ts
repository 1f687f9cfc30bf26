import type { EdgeContext } from './context.ts'
import { countRefused } from './counters.ts'
import type { Refusal } from './goodbye.ts'
import { type Origins, spend } from './origins.ts'

/** Why a connection from there is refused now; undefined: it is not. Counted by reason. */
export function refusalAtDoor(context: EdgeContext, origins: Origins): Refusal | undefined {
  const refusal = look(context, origins)
  if (refusal) countRefused(context.counters, refusal)
  if (refusal === 'overloaded' && !context.full) {
    context.full = true
    context.onFull(true)
  }
  return refusal
}

/** How many viewers the edge takes, with those that it has now. */
export const viewersMax = ({ limits, counters }: Pick<EdgeContext, 'limits' | 'counters'>): number =>
  Math.min(limits.connectionsMax, limits.filesMax - counters.extraFiles)

/** The files that all sockets take, also those whose connection has ended. */
const filesTaken = ({ members, counters }: EdgeContext): number =>
  members.size + counters.extraFiles + counters.endingFiles

/** Whether a socket may wait to be turned away: some files are kept for these, beyond those that viewers may take. */
export const mayTurnAway = (context: EdgeContext): boolean => {
  const { turnedAway, limits } = context
  return turnedAway < limits.turnedAwayMax && filesTaken(context) < limits.filesMax + limits.turnedAwayMax
}

/** Whether a twentieth of the room is free. */
export const hasRoom = (context: EdgeContext): boolean =>
  context.members.size <= viewersMax(context) * 0.95 && filesTaken(context) <= context.limits.filesMax * 0.95

function look(context: EdgeContext, origins: Origins): Refusal | undefined {
  const { draining, members, turnedAway, limits, connects, passedMs } = context
  if (draining) return 'draining'
  const isFull =
    members.size - turnedAway >= viewersMax(context) || filesTaken(context) - turnedAway >= limits.filesMax
  if (isFull) return 'overloaded'
  if (origins.some(({ isFull }) => isFull)) return 'address_connections'
  if (!spend(origins, 'connects', 1, passedMs())) return 'address_connects'
  return connects.spend(1, passedMs()) ? undefined : 'connects'
}
