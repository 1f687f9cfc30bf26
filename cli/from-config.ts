import { isLoopback } from '../services/http/ip.ts'
import { checkIssuers, parseClaimRule } from '../services/identity/claim-rule.ts'
import type { TokenRules } from '../services/identity/claims.ts'
import { Identity, type IdentityOptions } from '../services/identity/identity.ts'
import { keySetAddress } from '../services/identity/key-set.ts'
import type { AUTH_SETTINGS } from '../services/identity/settings.ts'
import type { IngestSettings } from '../services/ingest/context.ts'
import { TAP_SETTINGS } from '../services/ingest/settings.ts'
import { ConfigError } from '../settings/config-error.ts'
import { readNamedFile } from '../settings/files.ts'
import { namesOf, type ValuesOf } from '../settings/setting.ts'
import { revocationsOf } from './revoked.ts'
import type { Config } from './settings.ts'
import { unwiseTokens, warnOnStderr } from './warnings.ts'

export type AuthConfig = ValuesOf<typeof AUTH_SETTINGS>

/** The settings that `ingestSettingsOf` reads. */
export const INGEST_NAMES = [
  ...namesOf(TAP_SETTINGS),
  'host',
  'public-url',
  'trust-proxy',
  'tls-cert',
  'window-ms',
] as const

/**
 * The verifier of viewers' tokens. @param ownSecret The secret of this process's folder, if it has one.
 * @param options.warn Receives warnings. Default: prints to stderr. @param options.onKeyFault See `IdentityOptions`.
 * @throws ConfigError without a secret, and for an invalid key set
 */
export function identityOf(
  config: AuthConfig,
  ownSecret?: Uint8Array,
  {
    warn = warnOnStderr,
    ...told
  }: { warn?: (words: string) => void } & Pick<IdentityOptions, 'onKeyFault'> = {},
): Identity {
  checkIssuers(config)
  const given = config['auth-secret']
  if (given === '' && ownSecret === undefined) {
    throw new ConfigError('auth-secret', 'is missing: all processes of a cluster need the same one')
  }
  const secret = given === '' ? ownSecret! : new TextEncoder().encode(given)
  const revocations = revocationsOf(config['auth-revoked'])
  const options = { secret, guests: config.guests, rules: tokenRulesOf(config), revocations }
  const jwks = config['auth-jwks']
  if (jwks === '') return new Identity(options)
  try {
    const keySet = keySetAddress(jwks) ?? JSON.parse(readNamedFile('auth-jwks', jwks))
    const identity = new Identity({ ...options, ...told, jwks: keySet })
    const unwise = unwiseTokens(config)
    if (unwise !== undefined) warn(unwise)
    return identity
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    throw new ConfigError('auth-jwks', `${jwks} is not a key set: ${(cause as Error).message}`)
  }
}

const tokenRulesOf = (config: AuthConfig): TokenRules => ({
  issuers: config['auth-issuer'],
  audiences: config['auth-audience'],
  producer: config['auth-producer'].map((rule) => parseClaimRule(rule)!),
  verified: config['auth-verified'].map((rule) => parseClaimRule(rule)!),
})

export function ingestSettingsOf(config: Pick<Config, (typeof INGEST_NAMES)[number]>): IngestSettings {
  const onLoopback = isLoopback(config.host) && config['trust-proxy'] === false
  return {
    sliceMs: config['slice-ms'] || config['window-ms'],
    sliceReactionsMax: config['slice-reactions'],
    sliceForm: config['slice-form'],
    waitingMax: config['slices-waiting'],
    flushMs: config['flush-ms'],
    flushMsMax: config['flush-ms-max'],
    requestsPerSecondMax: config['requests-per-second'],
    viewerPerSecond: config['viewer-per-second'],
    viewerBurst: config['viewer-burst'],
    onLoopback,
    // All peers are this machine, which is not limited: there is nobody to limit.
    addressPerSecond: onLoopback && !config['limit-loopback'] ? 0 : config['address-per-second'],
    addressBurst: config['address-burst'],
    guestsPerSecond: config['guests-per-second'],
    guestsBurst: config['guests-burst'],
    loopbackUnlimited: !config['limit-loopback'],
    trustProxy: config['trust-proxy'],
    tls: config['tls-cert'] !== '',
    windowMs: config['window-ms'],
    pubsub: config['pubsub-urls'],
    publicUrl: config['public-url'],
  }
}
