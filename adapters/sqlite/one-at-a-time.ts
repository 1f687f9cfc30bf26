import { RoarError } from '../../protocol/errors.ts'
import { eachCall } from '../store/each-call.ts'
import type { Store } from '../store/store.ts'

/**
 * A store whose calls come one after another. A file has one connection, and what is written beside a transaction is written in it:
 * it would be lost with one that is taken back, and whoever has been told that it is there would not know. Who waits is bounded by who
 * calls; `boundedStore` counts the waiting into each call's limit, and what it has given up is still done in its turn.
 * @param options.refusal Asked before each call but `close`: why it cannot be made; undefined: it can.
 */
export function oneAtATime(store: Store, { refusal }: { refusal: () => string | undefined }): Store {
  let last: Promise<unknown> = Promise.resolve()
  return eachCall(store, (name, call) => {
    const done = last.then(() => {
      const why = name === 'close' ? undefined : refusal()
      if (why !== undefined) throw new RoarError('store_unavailable', `the store failed: ${why}`)
      return call()
    })
    last = done.catch(() => {})
    return done
  })
}
