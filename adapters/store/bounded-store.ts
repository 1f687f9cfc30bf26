import { RoarError } from '../../protocol/errors.ts'
import { within } from '../within.ts'
import { eachCall, type StoreCall } from './each-call.ts'
import { isConflict, isOutage } from './outage.ts'
import type { Store } from './store.ts'

/** How long a call may take, in milliseconds, unless said otherwise. */
const CALL_MS = 5_000
/** Calls that may take several times as long: they read or write a show's whole history, or all ballots of a poll. */
const LONG_CALLS = new Map([
  ['history', 6],
  ['beginRun', 12],
  ['polls.leafIndex', 6],
  ['polls.saveLeaves', 12],
])
/** So many rows of counts may take as long as a call. More come at once only after an outage: a tenth of that is usual. */
const ROWS_A_CALL = 10_000
/** However much is written. */
const TIMES_MAX = 12

/**
 * How long a call may take, in milliseconds; then its caller is told that the store did not answer. What an outage has left is
 * written at once: refused for taking long, it would be tried again with more, and never be done.
 */
export function limitMsOf({ name, given }: StoreCall, callMs = CALL_MS): number {
  if (name !== 'saveCounts') return callMs * (LONG_CALLS.get(name) ?? 1)
  const [, changes] = given as Parameters<Store['saveCounts']>
  const rows = changes.totals.length + changes.history.length + changes.shifts.length + changes.cells.length
  return callMs * Math.min(1 + Math.floor(rows / ROWS_A_CALL), TIMES_MAX)
}

/**
 * A store whose every call ends: with its result, with its error, or with `store_unavailable` if the store is unreachable, cannot
 * write, or does not respond in time. The outcome of a write without a response is unknown: it may come late.
 *
 * After each such failure but a conflict the next call gets new connections: the old ones may hang forever, or keep what was wrong when they
 * began, such as PostgreSQL's `default_transaction_read_only`, a former primary, or a wrong `search_path`.
 * @param options.callMs Default 5 s. @param options.connect Creates a new store without waiting. Default: the store is in this
 * process, and has no connection.
 */
export function boundedStore(
  first: Store,
  { callMs, connect }: { callMs?: number; connect?: () => Store } = {},
): Store {
  let current = { store: first, underWay: new Set<Promise<unknown>>() }

  /** Others' calls end first, each within its limit. */
  function renew({ store, underWay }: typeof current): void {
    current = { store: connect!(), underWay: new Set() }
    // Not awaited: it may hang.
    Promise.allSettled(underWay)
      .then(() => store.close())
      .catch(() => {})
  }

  async function call(made: StoreCall, work: (store: Store) => Promise<unknown>): Promise<unknown> {
    const used = current
    const limitMs = limitMsOf(made, callMs)
    const late = () => new RoarError('store_unavailable', `the store did not answer within ${limitMs} ms`)
    const underWay = within(limitMs, work(used.store), late)
    used.underWay.add(underWay)
    try {
      return await underWay
    } catch (cause) {
      const isOut = isOutage(cause)
      const isSuspect = (isOut || cause instanceof RoarError) && !isConflict(cause)
      if (connect !== undefined && current === used && isSuspect) renew(used)
      if (!isOut) throw cause
      throw new RoarError('store_unavailable', `the store failed: ${(cause as Error).message}`, { cause })
    } finally {
      used.underWay.delete(underWay)
    }
  }

  return { ...eachCall(first, call), close: () => current.store.close() }
}
