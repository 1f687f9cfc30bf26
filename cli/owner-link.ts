import { existsSync } from 'node:fs'
import { systemClock } from '../adapters/clock/clock.ts'
import { openStore } from '../adapters/registry.ts'
import { linkAt } from '../services/people/outside.ts'
import { createPasswords } from '../services/people/passwords.ts'
import { createPeople } from '../services/people/people.ts'
import { ConfigError } from '../settings/config-error.ts'
import { storeFileOf, unopenedStore } from './data-folder.ts'
import type { Config } from './settings.ts'
import { urlHere } from './url-here.ts'

/**
 * Prints a one-time link that makes an owner, for an operator whose last owner cannot sign in. The server may be running.
 * @throws ConfigError without a store, or with one that another version of the program is using
 */
export async function printOwnerLink(
  config: Pick<Config, 'data' | 'store' | 'host' | 'port' | 'public-url' | 'tls-cert'>,
): Promise<number> {
  const file = storeFileOf(config)
  if (file !== undefined && !existsSync(file))
    throw new ConfigError('data', `${file} does not exist: no server has its data there`)
  const store = await openStore(file === undefined ? config.store : `sqlite:${file}`, 'guest').catch(
    (cause) => {
      throw unopenedStore(file, cause)
    },
  )
  try {
    const people = createPeople({ store: store.people, passwords: createPasswords(), clock: systemClock })
    const secret = await people.ownersLink('further', 'an operator')
    const base = config['public-url'] || urlHere(config)
    process.stdout.write(`${linkAt(base, secret!)}\n`)
    return 0
  } finally {
    await store.close()
  }
}
