import type { SQL } from 'bun'
import type { AuditEntry, TrailEntry } from '../../protocol/trail.ts'
import { isNoted, nextEntry, RECENT_ENTRIES } from '../store/trail.ts'
import { documentIn } from './document.ts'

/**
 * Locks a trail until the end of the transaction: otherwise two concurrent writers would find the same newest entry, and the
 * second would fail.
 */
export async function takeTurn(transaction: SQL, show: string): Promise<void> {
  await transaction`INSERT INTO trail_turns ${transaction({ show_id: show, turns: 1 })}
    ON CONFLICT (show_id) DO UPDATE SET turns = trail_turns.turns + 1`
}

/** Appends to a show's audit trail, in the transaction of the action. */
export async function note(transaction: SQL, show: string, entry: AuditEntry): Promise<void> {
  await takeTurn(transaction, show)
  const [newest] = await trailOf(transaction, show, { limit: 1 })
  await append(transaction, show, nextEntry(show, newest, entry))
}

/** The same for an action that exists only in the trail: a repeat is not appended. */
export async function noteOnce(transaction: SQL, show: string, entry: AuditEntry): Promise<void> {
  await takeTurn(transaction, show)
  const newest = await trailOf(transaction, show, { limit: RECENT_ENTRIES })
  if (!isNoted(newest, entry)) await append(transaction, show, nextEntry(show, newest[0], entry))
}

async function append(transaction: SQL, show: string, next: TrailEntry): Promise<void> {
  const row = { show_id: show, done_at: next.at, entry: next.entry, document: JSON.stringify(next) }
  await transaction`INSERT INTO audit_trail ${transaction(row)}`
}

export async function trailOf(
  sql: SQL,
  show: string,
  { before = Number.MAX_SAFE_INTEGER, limit }: { before?: number | undefined; limit: number },
): Promise<TrailEntry[]> {
  const rows: { document: string }[] = await sql`SELECT document FROM audit_trail
    WHERE show_id = ${show} AND entry < ${before} ORDER BY entry DESC LIMIT ${limit}`
  return rows.map(({ document }) => documentIn<TrailEntry>(document, 'audit_trail', show))
}
