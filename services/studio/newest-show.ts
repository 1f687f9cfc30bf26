import type { Store } from '../../adapters/store/store.ts'
import type { Show } from '../../protocol/show.ts'
import type { ShowDirectory } from '../directory/directory.ts'

/**
 * The stored show, or the published one if that is newer: a store that lost its newest writes, such as a backup or a lagging
 * replica, must not make an ended show live again.
 * @returns also the stored version, which a change replaces @throws RoarError unknown_show, catching_up
 */
export async function newestShow(
  { store, directory }: { store: Pick<Store, 'show'>; directory: ShowDirectory },
  name: string,
): Promise<{ show: Show; replaces: number }> {
  const stored = await store.show(name)
  const heard = directory.find(name)?.show
  const isBehind = stored === undefined || (heard !== undefined && heard.version > stored.version)
  return { show: isBehind ? directory.get(name).show : stored, replaces: stored?.version ?? 0 }
}
