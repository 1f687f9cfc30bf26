import type { Store } from '../../adapters/store/store.ts'
import type { Show } from '../../protocol/show.ts'
import type { ShowDirectory } from '../directory/directory.ts'

/**
 * A show as the store has it, or as everybody has heard of it where that is newer: a store that lost its newest writes, as a backup or
 * a replica that was behind, must not make an ended show live again.
 * @returns with the version that a change replaces in the store @throws RoarError unknown_show, catching_up
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
