import { isObject } from '../../protocol/json-shapes.ts'
import { ConfigError } from '../../settings/config-error.ts'

/**
 * Parses a row's document. @param table Its table. @param key What identifies the row, as far as that may be said to anybody.
 * @throws ConfigError when it is no JSON object: damaged, or changed by hand
 */
export function documentIn<Document>(text: string, table: string, ...key: (string | number)[]): Document {
  const value = parsed(text)
  if (isObject(value)) return value as Document
  throw new ConfigError(
    'store',
    `a document of the table ${table}${key.length === 0 ? '' : `, of ${key.join('/')},`} cannot be read: restore the store from a backup`,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
