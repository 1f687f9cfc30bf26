/**
 * Of several processes that make packets of the counts one is active. Pure: what the log and the store say comes as
 * events, and the caller does what the state asks for.
 *
 * ```
 *             the counts are shared out to it        took a term, read the store
 *   standby ─────────────────────────────▶ resuming ──────────────────────────▶ active
 *      ▲                                   │      ▲                              │
 *      │   shared out to another           │      │ a write failed: what became of it nobody knows until a new term
 *      └───────────────────────────────────┤      │ a write found another's term, and yet it is us who reads
 *      └───────────────────────────────────┼──────┴──────────────────────────────┤
 *          cut off from the log, and another has taken a term ───────────────────┘
 * ```
 * A term fences: the store takes a write under the newest alone, so a write that comes late changes nothing any more.
 */
export type Leadership =
  | { state: 'standby' }
  /** `refusals`: how often in a row another's term was found; many are two groups that fight over one store. */
  | { state: 'resuming'; refusals: number }
  | { state: 'active'; term: number; refusals: number }

export type LeadershipEvent =
  /** The partitions of the counts have been shared out; so many are ours. */
  | { type: 'shared'; partitions: number }
  /** The newest term in the store is another's: `reading` says whether the log still gives the counts to us. */
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
