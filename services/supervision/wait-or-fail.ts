import { isRetryable } from '../../protocol/errors.ts'
import type { Health } from './supervisor.ts'

/**
 * A part's work went wrong: it waits where trying again can help, and has failed where it cannot.
 * @param reason Why it waits. Default: the cause's message.
 */
export function waitOrFail(health: Health, cause: Error, reason = cause.message): void {
  if (isRetryable(cause)) health.waiting(reason)
  else health.failed(cause)
}
