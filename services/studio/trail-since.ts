import type { PollStore } from '../../adapters/store/polls.ts'
import { RECENT_ENTRIES } from '../../adapters/store/trail.ts'
import type { TrailEntry } from '../../protocol/trail.ts'

/**
 * The entries of a show's trail since a time, newest first, and some that are older. Until a whole page is older: the schedule's
 * entries have the times that were planned, so one of them may be older than those before it.
 */
export async function* trailSince(
  polls: Pick<PollStore, 'trail'>,
  show: string,
  since: number,
): AsyncGenerator<TrailEntry> {
  for (let before: number | undefined; ; ) {
    const page = await polls.trail(show, { before, limit: RECENT_ENTRIES })
    yield* page
    if (page.every(({ at }) => at < since)) return
    before = page.at(-1)?.entry
  }
}
