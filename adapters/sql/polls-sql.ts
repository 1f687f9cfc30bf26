import type { SQL } from 'bun'
import type { DecisionRequest } from '../../protocol/decisions.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { BallotPlace, Certificate, Poll } from '../../protocol/polls.ts'
import { type LeafChunk, type LeafIndex, type PollStore, SUSPECTS_MAX } from '../store/polls.ts'
import { documentIn, documentOr, documentsIn, type OnUnreadable } from './document.ts'
import { isStill } from './is-still.ts'
import { CERTIFICATES, POLLS, REQUESTS, SUSPECTS } from './tables.ts'
import { note, noteOnce, trailOf } from './trail-sql.ts'

/** The polls' tables, in SQL that SQLite and PostgreSQL share: bytes are base64 text. */
export const POLL_TABLES = [
  'CREATE TABLE IF NOT EXISTS polls (show_id TEXT, poll_id TEXT, document TEXT NOT NULL, PRIMARY KEY (show_id, poll_id))',
  `CREATE TABLE IF NOT EXISTS voter_keys (show_id TEXT, poll_id TEXT, voter_key TEXT NOT NULL,
    PRIMARY KEY (show_id, poll_id))`,
  'CREATE TABLE IF NOT EXISTS signing_keys (from_at BIGINT PRIMARY KEY, kid TEXT NOT NULL, jwk TEXT NOT NULL)',
  // `entry` orders two actions of one millisecond.
  `CREATE TABLE IF NOT EXISTS audit_trail (show_id TEXT, done_at BIGINT, entry BIGINT, document TEXT NOT NULL,
    PRIMARY KEY (show_id, entry))`,
  `CREATE TABLE IF NOT EXISTS certificates (show_id TEXT, poll_id TEXT, document TEXT NOT NULL,
    PRIMARY KEY (show_id, poll_id))`,
  `CREATE TABLE IF NOT EXISTS marked_leaves (show_id TEXT, poll_id TEXT, chunk BIGINT, from_at BIGINT NOT NULL, to_at BIGINT NOT NULL,
    root TEXT NOT NULL, ballots TEXT NOT NULL, hashes TEXT NOT NULL, marks TEXT NOT NULL, PRIMARY KEY (show_id, poll_id, chunk))`,
]

const HASH_BYTES = 32
/** Chunks of an index read at once: a few milliseconds. */
const INDEX_ROWS = 1024

interface RequestRow {
  poll_id: string
  request_id: string
  state: 'waiting' | 'decided'
  document: string
}

interface LeafRow {
  chunk: number
  from_at: number
  to_at: number
  root: string
  ballots: string
  hashes: string
  marks: string
  places: string
}

/** @param options.sqlite Deleted data must also leave the file: SQLite keeps it in its pages and its WAL. */
export function sqlPollStore(
  sql: SQL,
  { sqlite, onUnreadable }: { sqlite: boolean; onUnreadable: OnUnreadable },
): PollStore {
  return {
    async all() {
      const rows: { show_id: string; poll_id: string; document: string }[] =
        await sql`SELECT show_id, poll_id, document FROM polls ORDER BY show_id, poll_id`
      return rows.map(({ show_id, poll_id, document }) => documentIn(document, POLLS, show_id, poll_id))
    },
    async find(show, poll) {
      const [row]: { document: string }[] = await sql`SELECT document FROM polls
        WHERE show_id = ${show} AND poll_id = ${poll}`
      return row && documentIn(row.document, POLLS, show, poll)
    },
    save: (poll, { replaces, entry, certificate }) =>
      sql.begin(async (transaction) => {
        if (!(await savePoll(transaction, { poll, replaces, certificate }))) return false
        if (entry !== undefined) await note(transaction, { show: poll.show, entry, onUnreadable })
        return true
      }),
    trail: (show, page) => trailOf(sql, { ...page, show, onUnreadable }),
    record: (show, entry) => sql.begin((transaction) => noteOnce(transaction, { show, entry, onUnreadable })),
    async voterKey(show, poll) {
      const [row]: { voter_key: string }[] = await sql`SELECT voter_key FROM voter_keys
        WHERE show_id = ${show} AND poll_id = ${poll}`
      return row && Uint8Array.fromBase64(row.voter_key)
    },
    async saveVoterKey(show, poll, key) {
      const row = { show_id: show, poll_id: poll, voter_key: key.toBase64() }
      await sql`INSERT INTO voter_keys ${sql(row)} ON CONFLICT (show_id, poll_id) DO NOTHING`
    },
    async forgetVoterKey(show, poll) {
      if (sqlite) await sql.unsafe('PRAGMA secure_delete = ON')
      await sql`DELETE FROM voter_keys WHERE show_id = ${show} AND poll_id = ${poll}`
      if (!sqlite) return
      const [{ busy }]: [{ busy: number }] = await sql.unsafe('PRAGMA wal_checkpoint(TRUNCATE)')
      if (busy !== 0)
        throw new RoarError(
          'store_unavailable',
          'the key is deleted, but its bytes are still in the file, because another program is reading it: forget again',
        )
    },
    async signingKeys() {
      const rows: { from_at: number; kid: string; jwk: string }[] = await sql`SELECT from_at, kid, jwk
        FROM signing_keys ORDER BY from_at`
      return rows.map(({ from_at, kid, jwk }) => ({ kid, from: Number(from_at), jwk }))
    },
    saveSigningKey: ({ kid, from, jwk }, entry) =>
      sql.begin(async (transaction) => {
        const written: unknown[] = await transaction`INSERT INTO signing_keys
          ${transaction({ from_at: from, kid, jwk })} ON CONFLICT (from_at) DO NOTHING RETURNING kid`
        if (written.length > 0 && entry !== undefined)
          await note(transaction, { show: '', entry, onUnreadable })
      }),
    async ballotsEnd() {
      const [row]: { next_at: number; last: string }[] =
        await sql`SELECT next_at, last FROM log_ends WHERE topic = 'ballots'`
      return { next: Number(row?.next_at ?? 0), last: row?.last ?? '' }
    },
    async saveBallotsEnd({ next, last }, before) {
      const written: unknown[] =
        await sql`INSERT INTO log_ends ${sql({ topic: 'ballots', next_at: next, last })}
        ON CONFLICT (topic) DO UPDATE SET next_at = excluded.next_at, last = excluded.last
        WHERE (log_ends.next_at = ${before.next} AND log_ends.last = ${before.last})
          OR (log_ends.next_at = ${next} AND log_ends.last = ${last}) RETURNING topic`
      return written.length > 0
    },
    async treeHead(show, poll) {
      const [row]: { tree_size: number; root: string }[] = await sql`SELECT tree_size, root FROM tree_heads
        WHERE show_id = ${show} AND poll_id = ${poll}`
      return row && { size: Number(row.tree_size), root: row.root }
    },
    async saveTreeHead(show, poll, { size, root }) {
      const row = { show_id: show, poll_id: poll, tree_size: size, root }
      await sql`INSERT INTO tree_heads ${sql(row)} ON CONFLICT (show_id, poll_id)
        DO UPDATE SET tree_size = excluded.tree_size, root = excluded.root
        WHERE tree_heads.tree_size < excluded.tree_size`
    },
    replaceSigningKey: (before, { kid, from, jwk }, entry) =>
      sql.begin(async (transaction) => {
        const written: unknown[] = await transaction`UPDATE signing_keys SET jwk = ${jwk}
          WHERE from_at = ${from} AND kid = ${kid} AND jwk = ${before.jwk} RETURNING kid`
        if (written.length > 0 && entry !== undefined)
          await note(transaction, { show: '', entry, onUnreadable })
        return written.length > 0
      }),
    async certificate(show, poll) {
      const [row]: { document: string }[] = await sql`SELECT document FROM certificates
        WHERE show_id = ${show} AND poll_id = ${poll}`
      return row && documentIn(row.document, CERTIFICATES, show, poll)
    },
    saveSuspects: (suspects) =>
      sql.begin(async (transaction) => {
        if (suspects.length === 0) return
        const rows = suspects.map(({ show, poll, watch, suspect }) => ({
          ...{ show_id: show, poll_id: poll, cohort: suspect.cohort, watch },
          ...{ quarantined: suspect.quarantined, document: JSON.stringify(suspect) },
        }))
        await transaction`INSERT INTO suspects ${transaction(rows)} ON CONFLICT (show_id, poll_id, cohort, watch)
          DO UPDATE SET quarantined = excluded.quarantined, document = excluded.document
          WHERE suspects.quarantined <= excluded.quarantined`
        const polls = new Map(suspects.map(({ show, poll }) => [`${show}/${poll}`, { show, poll }]))
        for (const { show, poll } of polls.values())
          await transaction`DELETE FROM suspects WHERE show_id = ${show} AND poll_id = ${poll}
            AND (cohort, watch) NOT IN (SELECT cohort, watch FROM suspects WHERE show_id = ${show} AND poll_id = ${poll}
              ORDER BY quarantined DESC, cohort, watch LIMIT ${SUSPECTS_MAX})`
      }),
    async suspects(show, poll) {
      const rows: { document: string }[] = await sql`SELECT document FROM suspects
        WHERE show_id = ${show} AND poll_id = ${poll} ORDER BY quarantined DESC, cohort, watch`
      return documentsIn(rows, SUSPECTS, { keyOf: () => [show, poll], onUnreadable })
    },
    saveRequest: (request, { replaces, entry }) =>
      sql.begin(async (transaction) => {
        const { show, poll, request: id } = request
        const row = { show_id: show, poll_id: poll, request_id: id, state: 'waiting' }
        const state = replaces?.decided === undefined ? 'waiting' : 'decided'
        const written: unknown[] =
          await transaction`INSERT INTO decision_requests ${transaction({ ...row, document: JSON.stringify(request) })}
          ON CONFLICT (show_id, poll_id) DO UPDATE
          SET request_id = excluded.request_id, state = excluded.state, document = excluded.document
          WHERE decision_requests.request_id = ${replaces?.request ?? ''} AND decision_requests.state = ${state}
          RETURNING request_id`
        if (written.length === 0) return false
        await note(transaction, { show, entry, onUnreadable })
        return true
      }),
    async requests(show) {
      const rows: RequestRow[] = await sql`SELECT poll_id, request_id, state, document FROM decision_requests
        WHERE show_id = ${show} ORDER BY poll_id`
      return rows.map(
        (row) =>
          documentOr(row.document, REQUESTS, { key: [show, row.poll_id], onUnreadable }) ??
          lostRequest(show, row),
      )
    },
    decideRequest: (request, entry) =>
      sql.begin(async (transaction) => {
        // Of two concurrent decisions the second finds it decided already.
        const rows = await transaction`UPDATE decision_requests
          SET state = 'decided', document = ${JSON.stringify(request)}
          WHERE show_id = ${request.show} AND request_id = ${request.request} AND state = 'waiting'
          RETURNING request_id`
        if (rows.length === 0) return false
        await note(transaction, { show: request.show, entry, onUnreadable })
        return true
      }),
    saveLeaves: (show, poll, chunks) =>
      sql.begin(async (transaction) => {
        const rows = chunks.map((chunk) => rowOf(show, poll, chunk))
        await transaction`INSERT INTO marked_leaves ${transaction(rows)} ON CONFLICT (show_id, poll_id, chunk) DO UPDATE
          SET from_at = excluded.from_at, to_at = excluded.to_at, root = excluded.root,
            ballots = excluded.ballots, hashes = excluded.hashes, marks = excluded.marks, places = excluded.places
          WHERE length(marked_leaves.hashes) <= length(excluded.hashes)`
      }),
    async leafIndex(show, poll) {
      const index: LeafIndex = []
      for (;;) {
        const rows: Pick<LeafRow, 'from_at' | 'to_at' | 'root'>[] =
          await sql`SELECT from_at, to_at, root FROM marked_leaves
          WHERE show_id = ${show} AND poll_id = ${poll} AND chunk >= ${index.length} ORDER BY chunk LIMIT ${INDEX_ROWS}`
        for (const { from_at, to_at, root } of rows)
          index.push({ from: Number(from_at), to: Number(to_at), root: Uint8Array.fromBase64(root) })
        if (rows.length < INDEX_ROWS) return index
        // SQLite reads within this turn of the event loop: other work, except the store's other calls, runs between two reads.
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
    },
    async leaves(show, poll, chunk) {
      const [row]: LeafRow[] =
        await sql`SELECT chunk, from_at, to_at, root, ballots, hashes, marks, places FROM marked_leaves
        WHERE show_id = ${show} AND poll_id = ${poll} AND chunk = ${chunk}`
      return row && chunkOf(row)
    },
  }
}

/** The poll's part of a transaction. @returns false, without writing, if the stored version is not the one it replaces */
export async function savePoll(
  transaction: SQL,
  { poll, replaces, certificate }: { poll: Poll; replaces: number; certificate?: Certificate | undefined },
): Promise<boolean> {
  const { show, poll: id, version } = poll
  const row = (document: object) => ({ show_id: show, poll_id: id, document: JSON.stringify(document) })
  const written: unknown[] = await transaction`INSERT INTO polls ${transaction({ ...row(poll), version })}
    ON CONFLICT (show_id, poll_id) DO UPDATE SET document = excluded.document, version = excluded.version
    WHERE ${isStill(transaction, 'polls', replaces)} RETURNING poll_id`
  if (written.length === 0) return false
  if (certificate !== undefined) await transaction`INSERT INTO certificates ${transaction(row(certificate))}`
  if (poll.wiped === undefined) return true
  for (const table of [
    'certificates',
    'marked_leaves',
    'tree_heads',
    'voter_keys',
    'suspects',
    'decision_requests',
  ])
    await transaction`DELETE FROM ${transaction(table)} WHERE show_id = ${show} AND poll_id = ${id}`
  return true
}

/** In the place of one that is unreadable: its time is over, so that another one can be made for the poll. */
function lostRequest(
  show: string,
  { poll_id: poll, request_id: request, state }: RequestRow,
): DecisionRequest {
  const by = { person: '', name: '', who: '' }
  return {
    ...{ request, show, poll, action: 'seal', reason: '', by, at: 0, expires: 0, version: 0, seen: '' },
    ...(state === 'decided' && { decided: { approved: false, by, at: 0 } }),
  }
}

const rowOf = (
  show: string,
  poll: string,
  { chunk, from, to, ballots, places, hashes, marks, root }: LeafChunk,
) => ({
  show_id: show,
  poll_id: poll,
  chunk,
  from_at: from,
  to_at: to,
  root: root.toBase64(),
  ballots: ballots.join(' '),
  places: places.map(({ partition, offset }) => `${partition}:${offset}`).join(' '),
  hashes: Buffer.concat(hashes).toString('base64'),
  // `q` or `-` before each salt.
  marks: marks.map(({ quarantined, markSalt }) => `${quarantined ? 'q' : '-'}${markSalt}`).join(' '),
})

function chunkOf({ chunk, from_at, to_at, root, ballots, places, hashes, marks }: LeafRow): LeafChunk {
  const bytes = Uint8Array.fromBase64(hashes)
  const ids = ballots.split(' ')
  return {
    chunk: Number(chunk),
    from: Number(from_at),
    to: Number(to_at),
    ballots: ids,
    places: places === '' ? [] : places.split(' ').map(placeIn),
    marks: marks.split(' ').map((mark) => ({ quarantined: mark[0] === 'q', markSalt: mark.slice(1) })),
    hashes: ids.map((_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES)),
    root: Uint8Array.fromBase64(root),
  }
}

function placeIn(text: string): BallotPlace {
  const [partition, offset] = text.split(':').map(Number) as [number, number]
  return { partition, offset }
}
