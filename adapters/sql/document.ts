import { isObject } from '../../protocol/json-shapes.ts'
import { faultOf } from '../../protocol/records/fault.ts'
import { ConfigError } from '../../settings/config-error.ts'
import type { Table } from './tables.ts'

/** Is told of a row that is passed over, in a sentence; of the same one with every read. */
export type OnUnreadable = (sentence: string) => void

/** What identifies a row, as far as that may be said to anybody. */
type Key = readonly (string | number)[]

/**
 * Parses the document of a row without which nothing can go on: what is counted, or what a result follows from.
 * @throws ConfigError when it is damaged, or was changed by hand
 */
export function documentIn<Document>(text: string, table: Table<Document>, ...key: Key): Document {
  const document = parsed(text, table)
  if (document === undefined)
    throw new ConfigError('store', `${unreadable(table, key)}: restore the store from a backup`)
  return document
}

/** Parses the document of a row that others do not depend on. Returns undefined for an unreadable one, which is reported. */
export function documentOr<Document>(
  text: string,
  table: Table<Document>,
  { key, onUnreadable }: { key: Key; onUnreadable: OnUnreadable },
): Document | undefined {
  const document = parsed(text, table)
  if (document === undefined)
    onUnreadable(`${unreadable(table, key)} and is passed over: restore the store from a backup`)
  return document
}

/** The same for rows: one that is unreadable must not hold up the others. */
export const documentsIn = <Document, Row extends { document: string }>(
  rows: readonly Row[],
  table: Table<Document>,
  { keyOf, onUnreadable }: { keyOf: (row: Row) => Key; onUnreadable: OnUnreadable },
): Document[] =>
  rows.flatMap((row) => documentOr(row.document, table, { key: keyOf(row), onUnreadable }) ?? [])

const unreadable = ({ name }: Table<unknown>, key: Key): string =>
  `a document of the table ${name}, of ${key.join('/') || 'no show'}, cannot be read`

function parsed<Document>(text: string, { grammar }: Table<Document>): Document | undefined {
  const fields = fieldsIn(text)
  return fields === undefined || faultOf(fields, grammar) !== undefined ? undefined : (fields as Document)
}

function fieldsIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
