import { createHash } from 'node:crypto'
import { type AuditEntry, type TrailEntry, trailText } from '../../protocol/trail.ts'

/** The next entry of a show's trail. @param newest undefined for the first. */
export function nextEntry(show: string, newest: TrailEntry | undefined, done: AuditEntry): TrailEntry {
  const entry = (newest?.entry ?? 0) + 1
  const text = trailText(newest?.hash ?? '', { show, entry, done })
  return { ...done, entry, hash: createHash('sha256').update(text).digest('base64url') }
}
