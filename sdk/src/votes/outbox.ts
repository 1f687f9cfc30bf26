import type { Receipt } from '../../../protocol/polls.ts'
import type { RoarError } from '../error.ts'
import { retryInMs as backoffOf } from '../machine.ts'

/**
 * A vote being sent. The server counts a repeated vote once, so it is sent until there is an answer.
 *
 * ```
 *             failed, retryable
 *   sending ─────────────────────▶ waiting      not before Retry-After, then 0 to 5 s, doubling to 30 s
 *      │  ◀───────────────────────    │
 *      │         due, online          │
 *      │ answered                     │
 *      ▼                              │
 *   counted     refused ◀─────────────┘ only from sending: a wait alone refuses nothing
 * ```
 */
export type Progress =
  | { state: 'sending'; failures: number }
  | { state: 'waiting'; failures: number; retryInMs: number; code: RoarError['code'] }
  | { state: 'counted'; receipt: Receipt }
  | { state: 'refused'; error: RoarError }

export type OutboxEvent =
  | { type: 'answered'; receipt: Receipt }
  | { type: 'failed'; error: RoarError }
  /** The waiting time is over. */
  | { type: 'due' }
  /** The network is back. */
  | { type: 'online' }

export const sending: Progress = { state: 'sending', failures: 0 }

/** The next state of a vote. An event that does not apply to its state changes nothing. */
export function progress(vote: Progress, event: OutboxEvent, random: () => number): Progress {
  if (vote.state === 'waiting' && (event.type === 'due' || event.type === 'online')) {
    return { state: 'sending', failures: vote.failures }
  }
  if (vote.state !== 'sending') return vote
  if (event.type === 'answered') return { state: 'counted', receipt: event.receipt }
  if (event.type !== 'failed') return vote
  const { error } = event
  if (!error.retryable) return { state: 'refused', error }
  const failures = vote.failures + 1
  const retryInMs = (error.retryAfterMs ?? 0) + backoffOf(failures, random)
  return { state: 'waiting', failures, retryInMs, code: error.code }
}
