import { kafka } from './kafka/adapter.ts'
import type { MediaStore } from './media/media.ts'
import { mediaFiles } from './media/media-files.ts'
import { mediaS3 } from './media/media-s3.ts'
import { MEDIA_SETTINGS } from './media/settings.ts'
import { PUBSUB_SETTINGS } from './mqtt/settings.ts'
import { type Holding, openPostgresStore } from './postgres/store-postgres.ts'
import type { OnUnreadable } from './sql/document.ts'
import { openSqliteStore } from './sqlite/store-sqlite.ts'
import { STORE_SETTINGS } from './store/settings.ts'
import type { Store } from './store/store.ts'

export type { Holding }

/** The log of a cluster, as named by `--log`. A single process uses `memory/` and `sqlite/`. */
export const sharedLog = kafka

/** The settings of every adapter. */
export const ADAPTER_SETTINGS = {
  ...STORE_SETTINGS,
  ...sharedLog.settings,
  ...PUBSUB_SETTINGS,
  ...MEDIA_SETTINGS,
}

/**
 * Opens a store by the scheme of its address: `sqlite:FILE` or `postgres://…`.
 * @param holding For a database: who will use it. A file is locked by the caller, unless it is a guest. Default: nobody else.
 * @param onUnreadable Is told of rows that are passed over; of the same one with every read. @throws when it cannot be opened
 */
export const openStore = (url: string, holding?: Holding, onUnreadable?: OnUnreadable): Promise<Store> =>
  url.startsWith('sqlite:')
    ? openSqliteStore(url.slice('sqlite:'.length), {
        isGuest: holding === 'guest',
        ...(onUnreadable && { onUnreadable }),
      })
    : openPostgresStore(url, holding, onUnreadable)

/** Opens a store of pictures by the scheme of its address: `file:FOLDER` or `s3://…`. Does not contact it yet. */
export const openMedia = (address: string): MediaStore =>
  address.startsWith('file:') ? mediaFiles(address.slice('file:'.length)) : mediaS3(address)
