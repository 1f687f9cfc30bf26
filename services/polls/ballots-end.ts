import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { PollStore } from '../../adapters/store/polls.ts'

/** How often the end of the log is written to the store, in milliseconds. */
const EVERY_MS = 1000

export interface BallotsEnd {
  /** What is missing, in a sentence; undefined: the log has all that the store knows of. */
  missing: string | undefined
  close(): Promise<void>
}

/**
 * Holds the log of ballots against what the store knows of it. One that ends earlier is an older copy, or an empty file: votes
 * on polls that had ballots would be taken anew, by people who have receipts. Where every such poll is sealed nothing is lost.
 */
export async function watchBallotsEnd({
  log,
  store,
  clock,
}: {
  log: Log
  store: PollStore
  clock: Clock
}): Promise<BallotsEnd> {
  let known = await store.ballotsEnd()
  const end = async () => (await log.ends('ballots')).reduce((sum, next) => sum + next, 0)
  const isOpen = (await store.all()).some(({ opens, sealed }) => opens !== undefined && sealed === undefined)
  const now = await end()
  if (now < known && isOpen) {
    const missing = `the log of ballots ends at ${now} and once ended at ${known}: it is an older copy or another file. Put the right one back, or seal the polls that are not sealed; until then no votes are accepted`
    return { missing, close: async () => {} }
  }
  let cancel = () => {}
  let saving: Promise<void> | undefined

  async function save(): Promise<void> {
    const next = await end()
    if (next === known) return
    await store.saveBallotsEnd(next)
    known = next
  }

  function tick(): void {
    cancel = clock.after(EVERY_MS, tick)
    saving ??= save()
      // The next tick tries again: nothing depends on it but the check of a later start.
      .catch(() => {})
      .finally(() => {
        saving = undefined
      })
  }
  tick()

  return {
    missing: undefined,
    async close() {
      cancel()
      await saving
      await save()
    },
  }
}
