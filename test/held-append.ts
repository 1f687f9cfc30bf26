import type { Log } from '../adapters/log/log.ts'
import { withAppend } from '../adapters/log/with-append.ts'

/** A log whose appends wait until they are let through. @returns also when the first has come, and what lets all through */
export function heldAppend(log: Log): { log: Log; sent: Promise<void>; letThrough: () => void } {
  const sent = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  return {
    log: withAppend(log, async (topic, records) => {
      sent.resolve()
      await gate.promise
      return log.append(topic, records)
    }),
    sent: sent.promise,
    letThrough: gate.resolve,
  }
}
