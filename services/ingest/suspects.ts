import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { PollStore, StoredSuspect } from '../../adapters/store/polls.ts'
import type { PollKeys } from '../polls/poll-keys.ts'
import type { Quarantine } from './quarantine.ts'

/** How long after a quarantine producers see its place, in milliseconds. */
const WRITE_MS = 1_000
/** Suspects that wait for an unavailable store; one more waits for its next ballot. */
const WAITING_MAX = 1_000
/** Length of a keyed hash: enough to distinguish places, and to read out. */
const COHORT_LENGTH = 8

/**
 * Stores, for producers, from which places this process quarantined ballots, and why. Stored values are absolute, so repeating a
 * write changes nothing, and no vote waits for one. A place is named by a hash under its poll's key: once the voters are
 * forgotten nobody can find out what it was.
 * @returns a function that writes the rest and stops
 */
export function keepSuspects({
  quarantine,
  store,
  keys,
  clock,
  logger,
}: {
  quarantine: Pick<Quarantine, 'takeSuspects'>
  store: Pick<PollStore, 'saveSuspects'>
  keys: Pick<PollKeys, 'voterOf'>
  clock: Clock
  logger: Logger
}): () => Promise<void> {
  const waiting = new Map<string, StoredSuspect>()
  let inHand: Promise<void> | undefined
  let isFailing = false
  let cancel = () => {}

  async function collect(): Promise<void> {
    for (const { show, poll, watch, suspect } of quarantine.takeSuspects()) {
      const hash = await keys.voterOf(show, poll, `cohort ${suspect.kind} ${suspect.cohort}`)
      // Its key was deleted: then nothing can name a place.
      if (hash === undefined) continue
      const cohort = hash.slice(0, COHORT_LENGTH)
      const key = `${watch} ${cohort}`
      if (waiting.size < WAITING_MAX || waiting.has(key))
        waiting.set(key, { show, poll, watch, suspect: { ...suspect, cohort } })
    }
  }

  async function write(): Promise<void> {
    try {
      await collect()
      if (waiting.size === 0) return
      await store.saveSuspects([...waiting.values()])
      waiting.clear()
      isFailing = false
    } catch (cause) {
      if (!isFailing) logger.warn({ err: cause }, 'the sources of quarantined ballots cannot be stored')
      isFailing = true
    }
  }

  function tick(): void {
    cancel = clock.after(WRITE_MS, tick)
    // Writes do not queue up behind a store that hangs.
    inHand ??= write().finally(() => {
      inHand = undefined
    })
  }
  cancel = clock.after(WRITE_MS, tick)

  return async () => {
    cancel()
    await inHand
    await write()
  }
}
