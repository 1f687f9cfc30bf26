import { RoarError } from '../../protocol/errors.ts'
import { within } from '../within.ts'
import { eachCall } from './each-call.ts'
import { isOutage } from './outage.ts'
import type { Store } from './store.ts'

/** How long a call may take, in milliseconds, unless said otherwise. */
const CALL_MS = 5_000
/** As much longer may take what reads or writes a whole show's past, or all ballots of a poll. */
const LONG_CALLS = new Map([
  ['history', 6],
  ['beginRun', 12],
  ['leafIndex', 6],
  ['saveLeaves', 12],
])

/**
 * A store whose every call ends: with its answer, with its error, or with `store_unavailable`, when it cannot be reached,
 * cannot write, or does not answer in time. What becomes of a write that did not answer nobody knows: it may come late.
 * A connection that did not answer is closed and opened anew, because one that hangs may hang for ever.
 * @param options.callMs Default 5 s. @param options.connect Makes the store anew, without waiting for anybody. Default: it is
 *   in this process, and has no connection that could hang.
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
        // Not waited for: it hangs.
        used.close().catch(() => {})
      }
      if (!isOutage(cause)) throw cause
      throw new RoarError('store_unavailable', `the store failed: ${(cause as Error).message}`, { cause })
    }
  }

  return { ...eachCall(first, call), close: () => current.close() }
}
