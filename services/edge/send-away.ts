import type { Clock } from '../../adapters/clock/clock.ts'
import { IN_ONE_TURN } from '../../engine/turns.ts'
import { stopping } from './goodbye.ts'
import type { Hub } from './hub.ts'

/** So many come to other edges at once without a storm: a stop for them takes no time. */
const AT_ONCE = 100
/** How often some of a crowd are sent away, at most; more often where they are more than one turn takes. */
const STEP_MS_MIN = 100
/** The share of the time in which a crowd leaves; the rest is for what follows. */
const SHARE = 0.9

/**
 * Says goodbye to every member: a crowd evenly over `drainMs`, so that other edges take it at that rate; at once where this
 * address is back in `backInS` and nobody else takes it.
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
