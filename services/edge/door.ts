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

function look(context: EdgeContext, origins: Origins): Refusal | undefined {
  const { draining, members, turnedAway, connects, passedMs } = context
  if (draining) return 'draining'
  if (members.size - turnedAway >= viewersMax(context)) return 'overloaded'
  if (origins.some(({ isFull }) => isFull)) return 'address_connections'
  if (!spend(origins, 'connects', 1, passedMs())) return 'address_connects'
  return connects.spend(1, passedMs()) ? undefined : 'connects'
}
