/**
 * The thread that writes the log's file: it waits for the disk, and nobody else does. One group after another; each is answered with
 * why it could not be committed, or null.
 */
import { Database, type Statement } from 'bun:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { LogTopic } from '../log/log.ts'
import { type Group, rowReader } from './log-group.ts'
import { tableOf } from './log-tables.ts'

export interface ThreadOptions {
  file: string
  /** Topics of which only the newest record of each key is kept. */
  compacted: LogTopic[]
  /** How long records of a topic are kept at least, in milliseconds; the others for ever. */
  keptMs: Partial<Record<LogTopic, number>>
}

/** Records of a topic that does not keep all, after which those that it does not are deleted; and with the first after a start. */
const CLEAN_AFTER = 20_000

const { file, compacted, keptMs } = workerData as ThreadOptions
const db = new Database(file, { readwrite: true, create: false, strict: true })
// The WAL is copied at 4 MB: all of it at once, so no more than takes a moment.
db.run('PRAGMA wal_autocheckpoint = 256')
db.run('PRAGMA synchronous = FULL')
promiseDurability()
db.run('PRAGMA busy_timeout = 0')
const savePlace = db.prepare(
  'INSERT INTO places VALUES (?, ?, ?) ON CONFLICT (topic, reader) DO UPDATE SET next = excluded.next',
)

interface Table {
  insert: Statement
  /** Deletes what nobody needs any more, given until when records are too old. */
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

/** One transaction. @throws when it is not committed: then nothing of it is */
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
    // A commit of nothing succeeds on a full disk too.
    if (probeBytes > 0) db.run('INSERT OR REPLACE INTO probe VALUES (0, randomblob(?))', [probeBytes])
    db.run('COMMIT')
  } catch (cause) {
    if (db.inTransaction) db.run('ROLLBACK')
    // A table that was made in it is gone too.
    tables.clear()
    throw cause
  }
}

parentPort!.on('message', (message: Group | 'close') => {
  if (message === 'close') {
    db.close()
    parentPort!.close()
    return
  }
  let fault: string | null = null
  try {
    commit(message)
  } catch (cause) {
    fault = (cause as Error).message
  }
  parentPort!.postMessage(fault)
})

/** Receipts promise that a ballot is on the disk. @throws where a commit of this connection is not. */
function promiseDurability(): void {
  // As SQLite numbers it: 0 is OFF, 1 is NORMAL, which in a WAL loses what was committed last when the machine ends.
  const FULL = 2
  const { synchronous } = db.query('PRAGMA synchronous').get() as { synchronous: number }
  if (synchronous !== FULL) throw new Error(`SQLite commits with synchronous=${synchronous}, not ${FULL}`)
}
