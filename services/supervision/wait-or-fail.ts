import { isRetryable } from '../../protocol/errors.ts'
import type { Health } from './supervisor.ts'

/**
 * Reports a fault: waiting if retrying can help, failed otherwise.
 * @param reason Why it waits. Default: the cause's message.
 */
export function waitOrFail(health: Health, cause: Error, reason = cause.message): void {
  if (isRetryable(cause)) health.waiting(reason)
  else health.failed(cause)
}
