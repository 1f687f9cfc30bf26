import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { BallotsReach, PollStore } from '../../adapters/store/polls.ts'
import type { Health } from '../supervision/supervisor.ts'
import { ballotAt, recordId } from './ballot-at.ts'

/** How often the end of the log is looked at, and written to the store, in milliseconds. */
const EVERY_MS = 1000

export interface BallotsEnd {
  /** What is missing now, in a sentence; undefined: the log has everything that is known of it. */
  readonly missing: string | undefined
  close(): Promise<void>
}

/**
 * Compares the log of ballots with what is known of it, at the start by the store, and from then on each second. A log that ends
 * earlier, or has another record where it once ended, is an older copy, another file, or a topic that lost its end or was made
 * anew: polls with ballots would accept votes again, by people who have receipts. If every such poll is sealed nothing is lost.
 * @param options.health Waits while something is missing.
 */
export async function watchBallotsEnd({
  log,
  store,
  clock,
  health,
}: {
  log: Log
  store: PollStore
  clock: Clock
  health: Health
}): Promise<BallotsEnd> {
  let known = await store.ballotsEnd()
  /** Where each partition ended, as far as it was seen here: the store knows of all together. */
  let seen: number[] = []
  let missing: string | undefined
  /** What is known is of another log, none of whose polls is open. */
  let isOther = false
  let cancel = () => {}
  let looking: Promise<void> | undefined

  async function judge(ends: number[]): Promise<void> {
    const fault = shrunk(seen, ends) ?? (await faultOf(log, known, ends))
    const loss =
      fault &&
      `the log of ballots ${fault}: it is an older copy or another one, or has lost its end. Put the right one back, or seal the polls that are not sealed; until then no votes are accepted`
    // A poll may be open until the store says that none is, and it may be away at the same time.
    if (loss !== undefined && !isOther) {
      missing = loss
      health.waiting(loss)
    }
    isOther = loss !== undefined && !(await hasOpenPoll(store))
    missing = isOther ? undefined : loss
    if (missing === undefined) {
      seen = ends
      health.working()
    } else health.waiting(missing)
  }

  async function look(): Promise<void> {
    const ends = await log.ends('ballots')
    if (sum(ends) === known.next && missing === undefined && !isOther) return
    await judge(ends)
    if (missing === undefined) await save(ends)
  }

  async function save(ends: number[]): Promise<void> {
    const next = sum(ends)
    const reach = { next, last: await lastOf(log, ends, next) }
    const isKept = await store.saveBallotsEnd(reach, known)
    // Another ingest may have written since, with less: the next comparison uses its value.
    known = isKept ? reach : await store.ballotsEnd()
    if (isKept) isOther = false
  }

  function tick(): void {
    cancel = clock.after(EVERY_MS, tick)
    looking ??= look()
      // The next tick retries.
      .catch(() => {})
      .finally(() => {
        looking = undefined
      })
  }
  await judge(await log.ends('ballots'))
  tick()

  return {
    get missing() {
      return missing
    },
    async close() {
      cancel()
      await looking
      // Twice: another ingest may have written in between. Costs nothing if there is nothing new.
      await look()
      await look()
    },
  }
}

const hasOpenPoll = async (store: PollStore): Promise<boolean> =>
  (await store.all()).some(({ opens, sealed }) => opens !== undefined && sealed === undefined)

/** How a partition has shrunk since it was seen; undefined: none has. */
function shrunk(seen: number[], ends: number[]): string | undefined {
  const partition = seen.findIndex((end, i) => (ends[i] ?? 0) < end)
  if (partition === -1) return undefined
  const where = seen.length === 1 ? '' : `in partition ${partition} `
  return `ends ${where}at ${ends[partition] ?? 0} and once ended at ${seen[partition]}`
}

const sum = (ends: number[]): number => ends.reduce((total, next) => total + next, 0)

/** How the log differs from the one that the store knows; undefined if it has all of it, or more. */
async function faultOf(log: Log, known: BallotsReach, ends: number[]): Promise<string | undefined> {
  const now = sum(ends)
  if (now < known.next) return `ends at ${now} and once ended at ${known.next}`
  if (known.last === '') return undefined
  // A different log may have grown to the same length since. One that begins behind the record has removed it by its age.
  const offset = known.next - 1
  const record = await ballotAt(log, { partition: 0, offset })
  const isSame = record === undefined ? offset < ends[0]! : recordId(record.value) === known.last
  return isSame ? undefined : `has another record at ${offset} than it once had`
}

/** The hash of the record before `next`; empty if the log has several partitions, or no record there. */
async function lastOf(log: Log, ends: number[], next: number): Promise<string> {
  if (ends.length !== 1 || next === 0) return ''
  const record = await ballotAt(log, { partition: 0, offset: next - 1 })
  return record === undefined ? '' : recordId(record.value)
}
