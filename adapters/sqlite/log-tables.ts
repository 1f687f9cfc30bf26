import type { Database } from 'bun:sqlite'
import type { LogTopic } from '../log/log.ts'

/** A topic is a table whose row id is the offset. */
export const tableOf = (topic: LogTopic): string => `log_${topic.replaceAll('-', '_')}`

/** Topics with a table in the file. */
export const topicsIn = (db: Database): LogTopic[] =>
  (
    db.query("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'log_%'").all() as {
      name: string
    }[]
  ).map(({ name }) => name.slice(4).replaceAll('_', '-') as LogTopic)
