import type { Clock } from '../../adapters/clock/clock.ts'
import type { Store } from '../../adapters/store/store.ts'
import type { Health } from '../supervision/supervisor.ts'

/** How often the store is asked, while nobody else does: a producer's press is rare, and must not be what finds it out. */
const PROBE_MS = 2_000

/** Reports whether the store can be written, from now on. Returns what ends it. */
export function watchStore({
  store,
  clock,
  health,
}: {
  store: Pick<Store, 'probe'>
  clock: Clock
  health: Health
}): () => void {
  let isClosed = false
  let cancel = (): void => {}

  async function look(): Promise<void> {
    try {
      await store.probe()
      health.working()
    } catch (cause) {
      // Whatever it is, a person has to look, and what is there can be read meanwhile: no reason to end the process.
      health.waiting((cause as Error).message)
    }
    if (!isClosed) cancel = clock.after(PROBE_MS, look)
  }
  void look()

  return () => {
    isClosed = true
    cancel()
  }
}
