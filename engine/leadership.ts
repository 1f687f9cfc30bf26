/**
 * Of several processes that make packets from the counts one is active. Pure: what the log and the store report comes as
 * events, and the caller does what the state asks for.
 *
 * ```
 *             the log assigns it the counts          took a term, read the store
 *   standby ─────────────────────────────▶ resuming ──────────────────────────▶ active
 *      ▲                                   │      ▲                              │
 *      │   assigned to another             │      │ a write failed: its outcome is unknown until a new term
 *      └───────────────────────────────────┤      │ a write found another's term, but the log still reads to us
 *      └───────────────────────────────────┼──────┴──────────────────────────────┤
 *          cut off from the log, and another has taken a term ───────────────────┘
 * ```
 * A term fences: the store accepts writes only under the newest term, so a late write changes nothing.
 */
export type Leadership =
  | { state: 'standby' }
  /** `refusals`: how often in a row another's term was found; many mean that two groups fight over one store. */
  | { state: 'resuming'; refusals: number }
  | { state: 'active'; term: number; refusals: number }

export type LeadershipEvent =
  /** The log has assigned the partitions of the counts; how many of them are ours. */
  | { type: 'shared'; partitions: number }
  /** The newest term in the store is another's: `reading` says whether the log still assigns the counts to us. */
  | { type: 'replaced'; reading: boolean }
  | { type: 'took'; term: number }
  | { type: 'wrote' }
  | { type: 'writeFailed' }

export const STANDBY: Leadership = { state: 'standby' }

export function lead(now: Leadership, event: LeadershipEvent): Leadership {
  const refusals = now.state === 'standby' ? 0 : now.refusals
  switch (event.type) {
    case 'shared':
      if (event.partitions === 0) return STANDBY
      return now.state === 'standby' ? { state: 'resuming', refusals } : now
    case 'replaced':
      return event.reading ? { state: 'resuming', refusals: refusals + 1 } : STANDBY
    case 'took':
      return now.state === 'resuming' ? { state: 'active', term: event.term, refusals } : now
    case 'wrote':
      return now.state === 'active' ? { ...now, refusals: 0 } : now
    case 'writeFailed':
      return now.state === 'active' ? { state: 'resuming', refusals } : now
  }
}
