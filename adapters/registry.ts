import { kafka } from './kafka/adapter.ts'
import { PUBSUB_SETTINGS } from './mqtt/settings.ts'
import { openPostgresStore } from './postgres/store-postgres.ts'
import { openSqliteStore } from './sqlite/store-sqlite.ts'
import { STORE_SETTINGS } from './store/settings.ts'
import type { Store } from './store/store.ts'

/** The log of a cluster: what `--log` may name. A process on its own has `memory/` and `sqlite/`. */
export const sharedLog = kafka

/** The settings of every adapter. */
export const ADAPTER_SETTINGS = { ...STORE_SETTINGS, ...sharedLog.settings, ...PUBSUB_SETTINGS }

/** The store at an address, by its scheme: `sqlite:FILE` or `postgres://…`. @throws when it cannot be opened */
export const openStore = (url: string): Promise<Store> =>
  url.startsWith('sqlite:') ? openSqliteStore(url.slice('sqlite:'.length)) : openPostgresStore(url)
