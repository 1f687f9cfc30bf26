import type { Clock } from '../../adapters/clock/clock.ts'
import type { Store } from '../../adapters/store/store.ts'
import type { Health } from '../supervision/supervisor.ts'

/** How often the store is probed when nobody else uses it: a producer's click is rare, and must not be what finds an outage. */
const PROBE_MS = 2_000

/** Reports whether the store can be written, and read, which each change does first. Returns a function that stops. */
export function watchStore({
  store,
  clock,
  health,
}: {
  store: Pick<Store, 'probe' | 'term'>
  clock: Clock
  health: Health
}): () => void {
  let isClosed = false
  let cancel = (): void => {}

  async function look(): Promise<void> {
    try {
      await store.probe()
      await store.term()
      health.working()
    } catch (cause) {
      // Whatever it is, a person has to look, and stored data can be read meanwhile: no reason to end the process.
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
