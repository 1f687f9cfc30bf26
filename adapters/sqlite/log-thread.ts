/**
 * The thread that writes the log's file, so that only it waits for the disk. One group after another; the answer is why it could
 * not be committed, or null.
 */
import { Database, type Statement } from 'bun:sqlite'
import { workerData } from 'node:worker_threads'
import type { LogTopic } from '../log/log.ts'
import { type Group, rowReader } from './log-group.ts'
import { tableOf } from './log-tables.ts'
import { answerEach } from './thread-side.ts'

export interface ThreadOptions {
  file: string
  /** Topics that only keep the newest record of each key. */
  compacted: LogTopic[]
  /** Minimum retention of a topic's records, in milliseconds; the others are kept forever. */
  keptMs: Partial<Record<LogTopic, number>>
}

/** After this many records of a topic with retention the outdated ones are deleted; also with the first after a start. */
const CLEAN_AFTER = 20_000

const { file, compacted, keptMs } = workerData as ThreadOptions
const db = new Database(file, { readwrite: true, create: false, strict: true })
// Checkpoints the WAL at every MB: it is done all at once, so it must be short.
db.run('PRAGMA wal_autocheckpoint = 256')
db.run('PRAGMA synchronous = FULL')
promiseDurability()
db.run('PRAGMA busy_timeout = 0')
const savePlace = db.prepare(
  'INSERT INTO places VALUES (?, ?, ?) ON CONFLICT (topic, reader) DO UPDATE SET next = excluded.next',
)

interface Table {
  insert: Statement
  /** Deletes outdated records at a given time. */
  clean: ((nowMs: number) => void) | undefined
  untilClean: number
}
const tables = new Map<LogTopic, Table>()

function tableFor(topic: LogTopic): Table {
  const known = tables.get(topic)
  if (known !== undefined) return known
  const name = tableOf(topic)
  db.run(
    `CREATE TABLE IF NOT EXISTS ${name} (place INTEGER PRIMARY KEY, at INTEGER NOT NULL, name TEXT, value BLOB NOT NULL) STRICT`,
  )
  const table = {
    insert: db.prepare(`INSERT INTO ${name} VALUES (?, ?, ?, ?)`),
    clean: cleaning(topic, name),
    untilClean: 0,
  }
  tables.set(topic, table)
  return table
}

function cleaning(topic: LogTopic, name: string): Table['clean'] {
  const ageMs = keptMs[topic]
  const drop = ageMs !== undefined && db.prepare(`DELETE FROM ${name} WHERE at < ?`)
  const compact =
    compacted.includes(topic) &&
    db.prepare(`DELETE FROM ${name} WHERE place NOT IN (SELECT MAX(place) FROM ${name} GROUP BY name)`)
  if (!drop && !compact) return undefined
  return (nowMs) => {
    if (drop) drop.run(nowMs - ageMs!)
    if (compact) compact.run()
  }
}

function cleanSometimes(table: Table, records: number, nowMs: number): void {
  table.untilClean -= records
  if (table.untilClean >= 0) return
  table.clean?.(nowMs)
  table.untilClean = CLEAN_AFTER
}

/** One transaction. @throws when it fails: then none of it is committed */
function commit({ timestampMs, appends, places, probeBytes, rows }: Group): void {
  const count = appends.reduce((sum, append) => sum + append.count, 0)
  const row = rowReader(rows, count)
  db.run('BEGIN IMMEDIATE')
  try {
    for (const { topic, offset, count } of appends) {
      const table = tableFor(topic)
      cleanSometimes(table, count, timestampMs)
      for (let i = 0; i < count; i++) {
        const { key, value } = row()
        table.insert.run(offset + i, timestampMs, key, value)
      }
    }
    for (const { topic, group, offset } of places) savePlace.run(topic, group, offset)
    // An empty commit would succeed on a full disk, too.
    if (probeBytes > 0) db.run('INSERT OR REPLACE INTO probe VALUES (0, randomblob(?))', [probeBytes])
    db.run('COMMIT')
  } catch (cause) {
    if (db.inTransaction) db.run('ROLLBACK')
    // A table created in it is rolled back, too.
    tables.clear()
    throw cause
  }
}

function answer(group: Group): string | null {
  try {
    commit(group)
    return null
  } catch (cause) {
    return (cause as Error).message
  }
}

answerEach(answer, () => db.close())

/** Receipts promise that a ballot is on the disk. @throws if this connection's commits are not */
function promiseDurability(): void {
  // SQLite's numbers: 0 is OFF, 1 is NORMAL, which in WAL mode loses the last commits when the machine ends.
  const FULL = 2
  const { synchronous } = db.query('PRAGMA synchronous').get() as { synchronous: number }
  if (synchronous !== FULL) throw new Error(`SQLite commits with synchronous=${synchronous}, not ${FULL}`)
}
