import { randomBytes } from 'node:crypto'
import { AUTH_SETTINGS } from '../../services/identity/settings.ts'
import { namesOf } from '../../settings/setting.ts'
import { part } from '../assembly/part.ts'
import { identityOf } from '../from-config.ts'

/** Whose tokens are good. Without a secret in the settings it is the one that the folder keeps. */
export const ownIdentity = part({
  name: 'identity',
  settings: namesOf(AUTH_SETTINGS),
  needs: ['folder'],
  open: ({ folder, config }) => ({ thing: identityOf(config, folder.secret('auth-secret')) }),
})

/** In a cluster every process knows the same secret. */
export const sharedIdentity = part({
  name: 'identity',
  settings: namesOf(AUTH_SETTINGS),
  check: (config) => void identityOf(config, undefined, () => {}),
  open: ({ config }) => ({ thing: identityOf(config) }),
})

/** An edge can do with the key set alone: it signs nothing. */
export const checkingIdentity = part({
  name: 'identity',
  settings: namesOf(AUTH_SETTINGS),
  open: ({ config }) => ({ thing: identityOf(config, randomBytes(32)) }),
})
