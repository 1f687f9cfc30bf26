import type { Clock } from '../../adapters/clock/clock.ts'
import { IN_ONE_TURN } from '../../engine/turns.ts'
import { stopping } from './goodbye.ts'
import type { Hub } from './hub.ts'

/** This many may reconnect at once without a storm: stopping takes no time for them. */
const AT_ONCE = 100
/** The shortest interval between groups that are sent away; a group too large for one turn is split further. */
const STEP_MS_MIN = 100
/** The share of the time in which a crowd leaves; the rest is reserved for what follows. */
const SHARE = 0.9

/**
 * Closes every member: a crowd evenly over `drainMs`, so that other edges receive it at that rate; all at once if this address is
 * back in `backInS` and no other edge takes over.
 */
export async function sendAway(
  hub: Hub,
  { clock, backInS }: { clock: Clock; backInS: number },
): Promise<void> {
  const { members, limits } = hub.context
  const drainMs = members.size <= AT_ONCE || backInS > 0 ? 0 : limits.drainMs * SHARE
  const step = Math.ceil(members.size / Math.max(1, Math.floor(drainMs / STEP_MS_MIN)))
  const slice = Math.min(step, IN_ONE_TURN)
  const stepMs = drainMs / Math.ceil(members.size / slice)
  for (const _ of hub.close(slice, stopping(backInS))) {
    if (members.size > 0) await new Promise<void>((resume) => clock.after(stepMs, resume))
  }
}
