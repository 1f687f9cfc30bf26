import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { type Holding, openStore as openAt } from '../../adapters/registry.ts'
import type { Store } from '../../adapters/store/store.ts'
import { isRetryable } from '../../protocol/errors.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { checkFolder, checkPlaceOf } from '../../settings/files.ts'
import { part } from '../assembly/part.ts'
import { isHalfRestored, openDataFolder, storeFileOf, takeLock, unopenedStore } from '../data-folder.ts'

/** The folder of a server that keeps everything itself. */
export const folder = part({
  name: 'folder',
  settings: ['data'],
  check: ({ data }) => checkFolder('data', data),
  open({ config }) {
    const folder = openDataFolder(config.data)
    if (isHalfRestored(config.data)) {
      folder.release()
      throw new ConfigError('data', `${config.data} was not restored to the end: repeat roar restore`)
    }
    return { thing: folder, close: () => folder.release() }
  },
})

/**
 * The database that the settings name, or one in the folder. Locked for this process, as the folder is: two would count in it,
 * each without the other's part.
 */
export const ownStore = part({
  name: 'store',
  settings: ['store'],
  needs: ['folder'],
  check: ({ store }) => checkStore(store),
  async open({ folder, config, health, logger }) {
    const file = storeFileOf({ store: config.store, data: dirname(folder.file('roar.db')) })
    const release = file === undefined ? () => {} : lockStore(file)
    try {
      const { thing, close } = await opened(file === undefined ? config.store : `sqlite:${file}`, {
        holders: 'one process',
        ...{ onTaken: health.failed, logger },
      })
      return { thing, close: () => close().finally(release) }
    } catch (cause) {
      release()
      throw cause
    }
  },
})

/** Checks that its file is usable; a database elsewhere is not contacted. @throws ConfigError */
function checkStore(store: string): void {
  const file = store.replace(/^sqlite:/, '')
  if (file !== '' && file !== store) checkPlaceOf('store', file)
}

/** @throws ConfigError when another process has it, or its folder cannot be written */
function lockStore(file: string): () => void {
  try {
    return takeLock(`${file}.lock`, { setting: 'store', what: file })
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    throw unopenedStore(file, cause)
  }
}

/** The database of a cluster: shared by its roles, but not with a `roar up`. */
export const sharedStore = part({
  name: 'store',
  settings: ['store'],
  check({ store }) {
    if (store === '') throw new ConfigError('store', 'is missing: a database that every role can access')
    checkStore(store)
  },
  open: ({ config, health, logger }) =>
    opened(config.store, { holders: 'a cluster', onTaken: health.failed, logger }),
})

type Opening = Exclude<Holding, 'guest'> & { logger: Logger }

async function opened(url: string, { logger, ...holding }: Opening) {
  const store = await openStore(url, holding, logger)
  return { thing: store, close: () => store.close() }
}

/** @throws ConfigError when the database cannot be opened; RoarError store_unavailable when it is not reachable */
async function openStore(url: string, holding: Holding, logger: Logger): Promise<Store> {
  try {
    return await openAt(url, holding, namedOnce(logger))
  } catch (cause) {
    if (isRetryable(cause)) throw cause
    throw unopenedStore(storeFileOf({ store: url, data: '' }), cause)
  }
}

/** So many damaged rows are named; whoever reads of these knows that there are more. */
const NAMED_MAX = 100

/** Names each damaged row with its first read: some are read each second. */
function namedOnce(logger: Logger): (sentence: string) => void {
  const named = new Set<string>()
  return (sentence) => {
    if (named.has(sentence) || named.size === NAMED_MAX) return
    named.add(sentence)
    logger.error(`store: ${sentence}`)
  }
}
