import { kafka } from './kafka/adapter.ts'
import type { MediaStore } from './media/media.ts'
import { mediaFiles } from './media/media-files.ts'
import { mediaS3 } from './media/media-s3.ts'
import { MEDIA_SETTINGS } from './media/settings.ts'
import { PUBSUB_SETTINGS } from './mqtt/settings.ts'
import { type Holding, openPostgresStore } from './postgres/store-postgres.ts'
import { openSqliteStore } from './sqlite/store-sqlite.ts'
import { STORE_SETTINGS } from './store/settings.ts'
import type { Store } from './store/store.ts'

export type { Holding }

/** The log of a cluster: what `--log` may name. A process on its own has `memory/` and `sqlite/`. */
export const sharedLog = kafka

/** The settings of every adapter. */
export const ADAPTER_SETTINGS = {
  ...STORE_SETTINGS,
  ...sharedLog.settings,
  ...PUBSUB_SETTINGS,
  ...MEDIA_SETTINGS,
}

/**
 * The store at an address, by its scheme: `sqlite:FILE` or `postgres://…`.
 * @param holding Of a database, whose it is to be. A file is locked by whoever opens it, who is no guest. Default: nobody else is there.
 * @throws when it cannot be opened
 */
export const openStore = (url: string, holding?: Holding): Promise<Store> =>
  url.startsWith('sqlite:')
    ? openSqliteStore(url.slice('sqlite:'.length), { isGuest: holding === 'guest' })
    : openPostgresStore(url, holding)

/** The place for pictures at an address, by its scheme: `file:FOLDER` or `s3://…`. Nothing is asked of it yet. */
export const openMedia = (address: string): MediaStore =>
  address.startsWith('file:') ? mediaFiles(address.slice('file:'.length)) : mediaS3(address)
