import type { Clock } from '../../adapters/clock/clock.ts'
import type { Store } from '../../adapters/store/store.ts'
import { checkShowChange, type Second } from '../../engine/polls/two-people.ts'
import type { Poll } from '../../protocol/polls.ts'
import type { Show } from '../../protocol/show.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { asSeen } from '../http/versions.ts'
import type { Control } from './control.ts'
import { newestShow } from './newest-show.ts'
import { untilKept } from './races.ts'

/** One thing that a producer does to a show. */
export interface ShowChange {
  show: string
  who: string
  /** The verb, in the audit trail. */
  action: string
  /** What is asked for, where the verb does not say it all. */
  detail?: unknown
  /** The version that the producer saw, as `If-Match` has it; undefined: whatever it is. */
  ifMatch?: string | undefined
  /** Says what becomes of the show; the show itself: nothing, as it is so already. */
  act: (show: Show, now: number) => Show | Promise<Show>
  /** Who approves it, where it takes two people. */
  second?: Second | undefined
  /** The polls that change by the same act, with the version that each replaces, and what the trail says of it. Absent: none. */
  with?: (
    changed: Show,
    now: number,
  ) => Promise<{ polls: { poll: Poll; replaces: number }[]; detail: unknown }>
}

/**
 * Changes shows, each one change at a time. It resolves once every reader of this process has the change; other processes
 * have it within two seconds. A change that changes nothing leaves no entry in the trail.
 * @throws RoarError stale, with the newer document, for a producer who saw an older version
 */
export function showChanges({
  store,
  control,
  directory,
  clock,
}: {
  store: Store
  control: Control
  directory: ShowDirectory
  clock: Clock
}): (change: ShowChange) => Promise<Show> {
  async function attempt({ show: id, who, action, detail, ifMatch, act, second, with: more }: ShowChange) {
    // The store, not the directory: another studio may have been faster than the control log.
    const { show, replaces } = await newestShow({ store, directory }, id)
    const at = clock.now()
    const changed = await asSeen(ifMatch, 'the show', show, () => act(show, at))
    if (changed === show) {
      await control.retellShow(show)
      return show
    }
    checkShowChange({ before: show, after: changed }, at, second)
    const { polls, ...asked } = (await more?.(changed, at)) ?? {
      polls: [],
      ...(detail !== undefined && { detail }),
    }
    const entry = { at, who, action, poll: '', ...asked }
    await control.keepShow(changed, { replaces, entry, polls }, show)
    return changed
  }

  return (change) => control.inTurn(change.show, () => untilKept('the show', () => attempt(change)))
}
