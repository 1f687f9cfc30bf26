import { RoarError } from '../../protocol/errors.ts'
import { within } from '../within.ts'
import { eachCall } from './each-call.ts'
import { isOutage } from './outage.ts'
import type { Store } from './store.ts'

/** How long a call may take, in milliseconds, unless said otherwise. */
const CALL_MS = 5_000
/** Calls that may take several times as long: they read or write a show's whole history, or all ballots of a poll. */
const LONG_CALLS = new Map([
  ['history', 6],
  ['beginRun', 12],
  ['leafIndex', 6],
  ['saveLeaves', 12],
])

/**
 * A store whose every call ends: with its result, with its error, or with `store_unavailable` if the store is unreachable, cannot
 * write, or does not respond in time. The outcome of a write without a response is unknown: it may come late. Such a connection
 * is closed and reopened, because it may hang forever.
 * @param options.callMs Default 5 s. @param options.connect Creates a new store without waiting. Default: the store is in this
 * process, and has no connection that could hang.
 */
export function boundedStore(
  first: Store,
  { callMs = CALL_MS, connect }: { callMs?: number; connect?: () => Store } = {},
): Store {
  let current = first

  async function call(name: string, work: (store: Store) => Promise<unknown>): Promise<unknown> {
    const used = current
    const limitMs = callMs * (LONG_CALLS.get(name) ?? 1)
    const late = () => new RoarError('store_unavailable', `the store did not answer within ${limitMs} ms`)
    try {
      return await within(limitMs, work(used), late)
    } catch (cause) {
      if (connect !== undefined && cause instanceof RoarError && current === used) {
        current = connect()
        // Not awaited: it hangs.
        used.close().catch(() => {})
      }
      if (!isOutage(cause)) throw cause
      throw new RoarError('store_unavailable', `the store failed: ${(cause as Error).message}`, { cause })
    }
  }

  return { ...eachCall(first, call), close: () => current.close() }
}
