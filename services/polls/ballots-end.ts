import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { BallotsReach, PollStore } from '../../adapters/store/polls.ts'
import { ballotAt, recordId } from './ballot-at.ts'

/** How often the end of the log is written to the store, in milliseconds. */
const EVERY_MS = 1000

export interface BallotsEnd {
  /** What is missing, in a sentence; undefined: the log has everything that the store knows of. */
  missing: string | undefined
  close(): Promise<void>
}

/**
 * Compares the log of ballots with what the store knows of it. A log that ends earlier, or has another record where it once
 * ended, is an older copy or another file: polls with ballots would accept votes again, by people who have receipts. If every
 * such poll is sealed nothing is lost.
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
  const isOpen = (await store.all()).some(({ opens, sealed }) => opens !== undefined && sealed === undefined)
  const fault = await faultOf(log, known)
  if (fault !== undefined && isOpen) {
    const missing = `the log of ballots ${fault}: it is an older copy or another file. Put the right one back, or seal the polls that are not sealed; until then no votes are accepted`
    return { missing, close: async () => {} }
  }
  /** The store's knowledge is of another log, none of whose polls is open. */
  let isOther = fault !== undefined
  let cancel = () => {}
  let saving: Promise<void> | undefined

  async function save(): Promise<void> {
    const ends = await log.ends('ballots')
    const next = sum(ends)
    if (next === known.next && !isOther) return
    const reach = { next, last: await lastOf(log, ends, next) }
    const isKept = await store.saveBallotsEnd(reach, known)
    // Another ingest may have written since, with less: the next comparison uses its value.
    known = isKept ? reach : await store.ballotsEnd()
    if (isKept) isOther = false
  }

  function tick(): void {
    cancel = clock.after(EVERY_MS, tick)
    saving ??= save()
      // The next tick retries: only the check at a later start depends on it.
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
      // Twice: another ingest may have written in between. Costs nothing if there is nothing new.
      await save()
      await save()
    },
  }
}

const sum = (ends: number[]): number => ends.reduce((total, next) => total + next, 0)

/** How the log differs from the one that the store knows; undefined if it has all of it, or more. */
async function faultOf(log: Log, known: BallotsReach): Promise<string | undefined> {
  const ends = await log.ends('ballots')
  const now = sum(ends)
  if (now < known.next) return `ends at ${now} and once ended at ${known.next}`
  // A different log may have grown to the same length since.
  const last = known.last === '' ? '' : await lastOf(log, ends, known.next)
  return last === known.last ? undefined : `has another record at ${known.next - 1} than it once had`
}

/** The hash of the record before `next`; empty if the log has several partitions, or no record there. */
async function lastOf(log: Log, ends: number[], next: number): Promise<string> {
  if (ends.length !== 1 || next === 0) return ''
  const record = await ballotAt(log, { partition: 0, offset: next - 1 })
  return record === undefined ? '' : recordId(record.value)
}
