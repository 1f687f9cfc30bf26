import { randomBytes } from 'node:crypto'
import { AUTH_SETTINGS } from '../../services/identity/settings.ts'
import { namesOf } from '../../settings/setting.ts'
import { part, type Surroundings } from '../assembly/part.ts'
import type { Things } from '../assembly/things.ts'
import { type AuthConfig, identityOf } from '../from-config.ts'
import { watchRevoked } from '../revoked.ts'

/** Whose tokens are valid. Without a secret in the settings it uses the one in the data folder. */
export const ownIdentity = part({
  name: 'identity',
  settings: namesOf(AUTH_SETTINGS),
  needs: ['folder'],
  uses: ['directory'],
  check: (config) => checkIdentity(config, ANY_SECRET),
  open: ({ folder, ...given }) => opened(given, folder.secret('auth-secret')),
})

/** In a cluster all processes share one secret. */
export const sharedIdentity = part({
  name: 'identity',
  settings: namesOf(AUTH_SETTINGS),
  uses: ['directory'],
  check: (config) => checkIdentity(config),
  open: (given) => opened(given),
})

/** An edge needs only the key set: it signs nothing. */
export const checkingIdentity = part({
  name: 'identity',
  settings: namesOf(AUTH_SETTINGS),
  uses: ['directory'],
  check: (config) => checkIdentity(config, ANY_SECRET),
  open: (given) => opened(given, randomBytes(32)),
})

/** Stands for the secret that is created when the process starts. */
const ANY_SECRET = new Uint8Array(32)
/** No warnings here: they are printed once, when the part is opened. */
const checkIdentity = (config: AuthConfig, ownSecret?: Uint8Array): void =>
  void identityOf(config, ownSecret, { warn: () => {} })

type Given = Pick<Surroundings, 'clock' | 'logger'> &
  Partial<Pick<Things, 'directory'>> & { config: AuthConfig }

/** Tokens may be revoked at run time: in the file, and over the control log if this process reads it. */
function opened({ config, clock, logger, directory }: Given, ownSecret?: Uint8Array) {
  const onKeyFault = (fault: string | undefined) =>
    fault === undefined
      ? logger.info('the key set of auth-jwks can be fetched again')
      : logger.error(
          `the key set of auth-jwks cannot be fetched, and known keys stay valid for 12 h: ${fault}`,
        )
  const identity = identityOf(config, ownSecret, { onKeyFault })
  const { revocations } = identity
  const unwatch = watchRevoked(config['auth-revoked'], { revocations, clock, logger })
  const unfollow = directory?.followRevoked((revoked) => revocations.hear(revoked, Date.now()))
  const close = () => {
    unfollow?.()
    unwatch()
  }
  return { thing: identity, close }
}
