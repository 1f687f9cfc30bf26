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

/** A producer's change of a show. */
export interface ShowChange {
  show: string
  who: string
  /** The verb for the audit trail. */
  action: string
  /** What was requested, if the verb does not say it all. */
  detail?: unknown
  /** The version that the producer saw, from `If-Match`; undefined: any. */
  ifMatch?: string | undefined
  /** Returns the changed show; the show itself if the change is in place already. */
  act: (show: Show, now: number) => Show | Promise<Show>
  /** The approver, if it takes two people. */
  second?: Second | undefined
  /** Polls that change together with it, with the version that each replaces, and the audit detail. Absent: none. */
  with?: (
    changed: Show,
    now: number,
  ) => Promise<{ polls: { poll: Poll; replaces: number }[]; detail: unknown }>
}

/**
 * Changes shows, one change at a time for each. Resolves once every reader of this process has the change; other processes have
 * it within two seconds. A change without effect leaves no audit entry.
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
    // From the store, not the directory: another studio may have been faster than the control log.
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
