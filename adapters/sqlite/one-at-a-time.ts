import { RoarError } from '../../protocol/errors.ts'
import { eachCall } from '../store/each-call.ts'
import type { Store } from '../store/store.ts'
import { turns } from '../turns.ts'

/**
 * A store whose calls run one after another. A file has one connection, and a write beside a transaction would become part of it:
 * a rollback would lose it after its caller was told that it is stored. The number of callers bounds the queue; `boundedStore`
 * counts waiting into each call's limit, and calls that it has given up still run in their turn.
 * @param options.refusal Checked before each call but `close`: why it cannot be made; undefined: it can.
 */
export function oneAtATime(store: Store, { refusal }: { refusal: () => string | undefined }): Store {
  const inTurn = turns()
  return eachCall(store, (name, call) =>
    inTurn(() => {
      const why = name === 'close' ? undefined : refusal()
      if (why !== undefined) throw new RoarError('store_unavailable', `the store failed: ${why}`)
      return call()
    }),
  )
}
