import type { SQL } from 'bun'
import { POLL_TABLES } from './polls-sql.ts'
import { WEBHOOK_TABLES } from './webhooks-sql.ts'

/** The statements of one schema version, in SQL that SQLite and PostgreSQL share. */
type Migration = readonly string[]

const FIRST: Migration = [
  'CREATE TABLE IF NOT EXISTS shows (show_id TEXT PRIMARY KEY, document TEXT NOT NULL)',
  `CREATE TABLE IF NOT EXISTS totals (show_id TEXT, segment TEXT, sticker TEXT, n BIGINT NOT NULL,
    PRIMARY KEY (show_id, segment, sticker))`,
  `CREATE TABLE IF NOT EXISTS history (show_id TEXT, step_at BIGINT, segment TEXT, sticker TEXT, n BIGINT NOT NULL,
    PRIMARY KEY (show_id, step_at, segment, sticker))`,
  `CREATE TABLE IF NOT EXISTS cells (show_id TEXT, window_at BIGINT, segment TEXT, sticker TEXT, cell TEXT NOT NULL,
    PRIMARY KEY (show_id, window_at, segment, sticker))`,
  `CREATE TABLE IF NOT EXISTS moods (show_id TEXT, segment TEXT, packet TEXT NOT NULL, PRIMARY KEY (show_id, segment))`,
  'CREATE TABLE IF NOT EXISTS terms (writes TEXT PRIMARY KEY, term BIGINT NOT NULL)',
  'CREATE TABLE IF NOT EXISTS reach (show_id TEXT PRIMARY KEY, cells_from BIGINT NOT NULL)',
  ...POLL_TABLES,
]

/**
 * Every schema version, oldest first. A release appends one and never changes one, because existing stores have applied it. The
 * first one may find tables of a store older than versions.
 */
export const MIGRATIONS: readonly Migration[] = [
  FIRST,
  [
    // A show's version: of two studios that change one show the second is refused.
    'ALTER TABLE shows ADD COLUMN version BIGINT NOT NULL DEFAULT 0',
    'CREATE TABLE packs (pack_id TEXT PRIMARY KEY, document TEXT NOT NULL, version BIGINT NOT NULL)',
  ],
  // How far the log of ballots reached, to detect an older copy.
  ['CREATE TABLE log_ends (topic TEXT PRIMARY KEY, next_at BIGINT NOT NULL)'],
  // The largest tree of each poll with a signed head, to detect a different log.
  [
    `CREATE TABLE tree_heads (show_id TEXT, poll_id TEXT, tree_size BIGINT NOT NULL, root TEXT NOT NULL,
      PRIMARY KEY (show_id, poll_id))`,
  ],
  [
    // The studio's people, and their credentials as hashes.
    `CREATE TABLE people (person_id TEXT PRIMARY KEY, email_key TEXT NOT NULL UNIQUE, document TEXT NOT NULL,
      version BIGINT NOT NULL)`,
    `CREATE TABLE credentials (hash TEXT PRIMARY KEY, credential_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
      person_id TEXT NOT NULL, document TEXT NOT NULL, made_at BIGINT NOT NULL, used_at BIGINT NOT NULL, ends_at BIGINT NOT NULL)`,
    'CREATE INDEX credentials_of_people ON credentials (person_id, kind)',
    'CREATE TABLE trail_turns (show_id TEXT PRIMARY KEY, turns BIGINT NOT NULL)',
  ],
  // The log place of each ballot of a sealed poll: publishing some of them needs to read no others.
  ["ALTER TABLE marked_leaves ADD COLUMN places TEXT NOT NULL DEFAULT ''"],
  // The last record's hash: another log may have the same length.
  ["ALTER TABLE log_ends ADD COLUMN last TEXT NOT NULL DEFAULT ''"],
  WEBHOOK_TABLES,
  // Where quarantined ballots came from, and why.
  [
    `CREATE TABLE suspects (show_id TEXT, poll_id TEXT, cohort TEXT, watch TEXT, quarantined BIGINT NOT NULL,
      document TEXT NOT NULL, PRIMARY KEY (show_id, poll_id, cohort, watch))`,
  ],
  // Requests by one person that another decides.
  [
    `CREATE TABLE decision_requests (show_id TEXT, poll_id TEXT, request_id TEXT NOT NULL, state TEXT NOT NULL,
      document TEXT NOT NULL, PRIMARY KEY (show_id, poll_id))`,
  ],
  // Who has which screen of a show open.
  [
    `CREATE TABLE presence (show_id TEXT, who TEXT, tab TEXT, name TEXT NOT NULL, screen TEXT NOT NULL, at BIGINT NOT NULL,
      PRIMARY KEY (show_id, who, tab))`,
  ],
  // A poll's version: of two concurrent changes the second is detected.
  ['ALTER TABLE polls ADD COLUMN version BIGINT NOT NULL DEFAULT 0'],
  // What programme time adds to each step of history.
  [
    `CREATE TABLE shifts (show_id TEXT, step_at BIGINT, segment TEXT, sticker TEXT, n BIGINT NOT NULL,
      PRIMARY KEY (show_id, step_at, segment, sticker))`,
  ],
]

/** Any number that nothing else in the database locks. */
const MIGRATION_LOCK = 776_602_019

/**
 * Migrates the tables of a store to this program's version, one transaction a version, so that an interrupted start resumes.
 * Several processes may start at once: one migrates and the others wait.
 * @throws Error, one sentence, when the store belongs to a newer program
 */
export async function migrate(
  sql: SQL,
  { sqlite, migrations = MIGRATIONS }: { sqlite: boolean; migrations?: readonly Migration[] },
): Promise<void> {
  while (!(await step(sql, { sqlite, migrations }))) {
    // One more migration was applied.
  }
}

/**
 * A guest in a store that another process may be using leaves the tables unchanged.
 * @throws Error, one sentence, when their version is not this program's
 */
export async function checkMigrated(sql: SQL, { sqlite }: { sqlite: boolean }): Promise<void> {
  const needed = MIGRATIONS.length
  const made: unknown[] = await (sqlite
    ? sql`SELECT 1 FROM sqlite_master WHERE name = 'schema_versions'`
    : sql`SELECT 1 FROM pg_tables WHERE tablename = 'schema_versions' AND schemaname = current_schema()`)
  const version = made.length === 0 ? 0 : await versionIn(sql)
  if (version > needed) throw newerThan(version, needed)
  if (version < needed)
    throw new Error(
      `the store has version ${version} and this program needs ${needed}: use the version that runs on it, or start this one on it first`,
    )
}

async function versionIn(sql: SQL): Promise<number> {
  const [row]: { version: number | null }[] = await sql`SELECT MAX(version) AS version FROM schema_versions`
  return Number(row?.version ?? 0)
}

const newerThan = (version: number, known: number) =>
  new Error(`the store has version ${version} and this program knows ${known}: start a newer one`)

/** Applies the next migration, if there is one. @returns whether there was none */
function step(
  sql: SQL,
  { sqlite, migrations }: { sqlite: boolean; migrations: readonly Migration[] },
): Promise<boolean> {
  const locked = async (transaction: SQL): Promise<boolean> => {
    // In PostgreSQL two processes that create one table at once fail, even with IF NOT EXISTS. SQLite's `immediate` is a lock.
    if (!sqlite) await transaction`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`
    await transaction.unsafe('CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY)')
    const version = await versionIn(transaction)
    if (version > migrations.length) throw newerThan(version, migrations.length)
    if (version === migrations.length) return true
    for (const statement of migrations[version]!) await transaction.unsafe(statement)
    await transaction`INSERT INTO schema_versions (version) VALUES (${version + 1})`
    return false
  }
  return sqlite ? sql.begin('immediate', locked) : sql.begin(locked)
}
