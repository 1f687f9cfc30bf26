import { createHash } from 'node:crypto'
import { type AuditEntry, type TrailEntry, trailText } from '../../protocol/trail.ts'

/** How many of a trail's newest entries are searched for a repeat. */
export const RECENT_ENTRIES = 50

/**
 * Whether an action is in the trail already: a caller without a response repeats it, and nobody does the same thing twice within
 * one millisecond.
 * @param newest The trail's last `RECENT_ENTRIES`.
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
  return { ...done, entry, hash: hashOf(text) }
}

/** SHA-256, in base64url. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')
