import { Database } from 'bun:sqlite'
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { MIGRATIONS } from '../../adapters/sql/migrations.ts'
import { isMediaName } from '../../protocol/media.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { megabytes, Progress } from '../progress.ts'

/** What a data folder keeps, readable by its owner alone. Also the names of a backup's entries. */
export const KEPT = ['roar.db', 'log.db', 'auth-secret'] as const
export const MANIFEST = 'manifest.json'
/** In the format of `sha256sum`, so that a backup can be checked without this program. */
export const SUMS = 'SHA256SUMS'
/** Every entry in the order written; the stickers' pictures follow. */
export const ENTRIES = [MANIFEST, SUMS, ...KEPT]
/** The folder of pictures; its files are entries below this name. */
export const MEDIA = 'media'

/** Raised by whatever an older program cannot restore: 2 adds pictures. */
export const FORM = 2
export const STORE_VERSION = MIGRATIONS.length

export const Manifest = v.object({
  /** The version of the archive's format. */
  form: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** The version of the program that made it. */
  roar: v.string(),
  takenAt: v.string(),
  /** The version of the store's schema. */
  store: v.pipe(v.number(), v.integer(), v.minValue(0)),
})
export type Manifest = v.InferOutput<typeof Manifest>

/** The pictures of a folder as entry names, without files that are still being written. */
export function picturesIn(folder: string): string[] {
  const media = join(folder, MEDIA)
  if (!existsSync(media)) return []
  return readdirSync(media)
    .filter(isMediaName)
    .sort()
    .map((name) => `${MEDIA}/${name}`)
}

export const isPictureEntry = (entry: string): boolean =>
  entry.startsWith(`${MEDIA}/`) && isMediaName(entry.slice(MEDIA.length + 1))

/** The text of `SHA256SUMS` for the contents of a folder. */
export async function sumsOf(folder: string, progress = new Progress()): Promise<string> {
  const names = [MANIFEST, ...KEPT, ...picturesIn(folder)]
  const total = megabytes(names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0))
  let read = 0
  const lineOf = async (name: string): Promise<string> => {
    const hasher = new Bun.CryptoHasher('sha256')
    for await (const chunk of createReadStream(join(folder, name))) {
      hasher.update(chunk as Uint8Array)
      read += chunk.length
      progress.at(() => `checksums: ${megabytes(read)} of ${total}`)
    }
    return `${hasher.digest('hex')}  ${name}\n`
  }
  const lines: string[] = []
  for (const name of names) lines.push(await lineOf(name))
  return lines.join('')
}

/** The schema version of a store; 0: it has none. @throws Error for a file that is no database */
export function storeVersionIn(path: string): number {
  const store = new Database(path, { readonly: true })
  try {
    const row = store
      .query<{ version: number | null }, []>('SELECT MAX(version) AS version FROM schema_versions')
      .get()
    return row?.version ?? 0
  } finally {
    store.close()
  }
}

/** Refuses an installation on Kafka or PostgreSQL: those have backup tools of their own. @throws ConfigError */
export function checkOwn({ log, store }: { log: string; store: string }): void {
  if (log !== '')
    throw new ConfigError(
      'log',
      'is Kafka, which is not in a data folder. Replicate its topics or use MirrorMaker, and back up PostgreSQL with pg_dump or pg_basebackup first, so that the log is never older than the store',
    )
  if (store !== '' && !store.startsWith('sqlite:'))
    throw new ConfigError(
      'store',
      'is PostgreSQL: back it up with pg_dump or pg_basebackup, and then log.db of the data folder with sqlite3 … .backup, so that it is never older than the store',
    )
}
