import { createHash } from 'node:crypto'
import { type AuditEntry, type TrailEntry, trailText } from '../../protocol/trail.ts'

/** So many of a trail's newest entries are looked through for one that comes again. */
export const RECENT_ENTRIES = 50

/**
 * Whether an act is noted: whoever was not answered says it again, and nobody does the same thing twice in one millisecond.
 * @param newest `RECENT_ENTRIES` of the trail.
 */
export function isNoted(newest: readonly TrailEntry[], done: AuditEntry): boolean {
  const text = textOf(done)
  return newest.some((known) => known.at === done.at && textOf(known) === text)
}

const textOf = (done: AuditEntry): string => trailText('', { show: '', entry: 0, done })

/** The next entry of a show's trail. @param newest undefined for the first. */
export function nextEntry(show: string, newest: TrailEntry | undefined, done: AuditEntry): TrailEntry {
  const entry = (newest?.entry ?? 0) + 1
  const text = trailText(newest?.hash ?? '', { show, entry, done })
  return { ...done, entry, hash: createHash('sha256').update(text).digest('base64url') }
}
