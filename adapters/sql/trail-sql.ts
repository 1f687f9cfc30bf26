import type { SQL } from 'bun'
import type { AuditEntry, TrailEntry } from '../../protocol/trail.ts'
import { hashOf, isNoted, nextEntry, RECENT_ENTRIES } from '../store/trail.ts'
import { documentOr, type OnUnreadable } from './document.ts'
import { TRAIL } from './tables.ts'

/**
 * Locks a trail until the end of the transaction: otherwise two concurrent writers would find the same newest entry, and the
 * second would fail.
 */
export async function takeTurn(transaction: SQL, show: string): Promise<void> {
  await transaction`INSERT INTO trail_turns ${transaction({ show_id: show, turns: 1 })}
    ON CONFLICT (show_id) DO UPDATE SET turns = trail_turns.turns + 1`
}

interface Noting {
  show: string
  entry: AuditEntry
  onUnreadable: OnUnreadable
}

/** Appends to a show's audit trail, in the transaction of the action. */
export async function note(transaction: SQL, { show, entry, onUnreadable }: Noting): Promise<void> {
  await takeTurn(transaction, show)
  const [newest] = await trailOf(transaction, { show, limit: 1, onUnreadable })
  await append(transaction, show, nextEntry(show, newest, entry))
}

/** The same for an action that exists only in the trail: a repeat is not appended. */
export async function noteOnce(transaction: SQL, { show, entry, onUnreadable }: Noting): Promise<void> {
  await takeTurn(transaction, show)
  const newest = await trailOf(transaction, { show, limit: RECENT_ENTRIES, onUnreadable })
  if (!isNoted(newest, entry)) await append(transaction, show, nextEntry(show, newest[0], entry))
}

async function append(transaction: SQL, show: string, next: TrailEntry): Promise<void> {
  const row = { show_id: show, done_at: next.at, entry: next.entry, document: JSON.stringify(next) }
  await transaction`INSERT INTO audit_trail ${transaction(row)}`
}

interface TrailRow {
  entry: number
  done_at: number
  document: string
}

/** A page of a show's trail, newest first, with every entry of it: an unreadable one is there without what was done. */
export async function trailOf(
  sql: SQL,
  {
    show,
    before = Number.MAX_SAFE_INTEGER,
    limit,
    onUnreadable,
  }: { show: string; before?: number | undefined; limit: number; onUnreadable: OnUnreadable },
): Promise<TrailEntry[]> {
  const rows: TrailRow[] = await sql`SELECT entry, done_at, document FROM audit_trail
    WHERE show_id = ${show} AND entry < ${before} ORDER BY entry DESC LIMIT ${limit}`
  return rows.map((row) => {
    const entry = Number(row.entry)
    const known = documentOr(row.document, TRAIL, { key: [show, entry], onUnreadable })
    return { ...(known ?? lostEntry(row)), entry }
  })
}

/** What comes behind it is chained to what is there now: `roar audit` finds it, and the actions of a running show go on. */
const lostEntry = ({ done_at, document }: TrailRow): Omit<TrailEntry, 'entry'> => ({
  ...{ at: Number(done_at), who: '', action: 'unreadable', poll: '' },
  hash: hashOf(document),
})
