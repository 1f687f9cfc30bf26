import type { Log } from '../../adapters/log/log.ts'
import type { Store } from '../../adapters/store/store.ts'
import { RevokedMarks } from '../../engine/revoked-marks.ts'
import { FIRST_PACK } from '../../engine/shows/life.ts'
import { control } from '../../protocol/records/control.ts'
import type { Revoked } from '../../protocol/revoked.ts'
import type { Show } from '../../protocol/show.ts'

/** How the trail calls the act. */
export const REVOKE_TOKEN = 'revoke-token'
const TRAIL_PAGE = 1_000

/**
 * Tells every role of the shows and polls that the store holds. The store is what lasts; the control log is how it gets around.
 * @param first Made when there is no show at all.
 */
export async function announceShows({
  store,
  log,
  first,
}: {
  store: Store
  log: Log
  first: Show
}): Promise<void> {
  if ((await store.packs()).length === 0)
    await store.savePack(
      { pack: FIRST_PACK, title: 'Classic', stickers: first.stickers, version: 1 },
      { replaces: 0 },
    )
  let shows = await store.shows()
  if (shows.length === 0) {
    await store.saveShow(first, { replaces: 0 })
    // Another process may have made it, and changed it since.
    shows = await store.shows()
  }
  const polls = await store.polls.all()
  const revoked = await revokedIn(store)
  await log.append('control', [...shows, ...polls, ...revoked].map(control.encode))
}

/** The tokens that are revoked still: the trail has each as it was said. */
async function revokedIn({ polls }: Pick<Store, 'polls'>): Promise<Revoked[]> {
  const marks = new RevokedMarks()
  const nowMs = Date.now()
  let before: number | undefined
  do {
    const page = await polls.trail('', { before, limit: TRAIL_PAGE })
    for (const { action, detail } of page) if (action === REVOKE_TOKEN) marks.take(detail as Revoked, nowMs)
    before = page.length < TRAIL_PAGE ? undefined : page.at(-1)!.entry
  } while (before !== undefined)
  return marks.live(nowMs)
}
