import { readFileSync } from 'node:fs'
import type { KafkaAddress } from '../adapters/log/kafka/connection.ts'
import { parseBrokers } from '../adapters/log/kafka/connection.ts'
import type { Log } from '../adapters/log/log.ts'
import { openKafkaLog } from '../adapters/log/log-kafka.ts'
import { isLoopback } from '../services/http/ip.ts'
import { parseClaimRule } from '../services/identity/claim-rule.ts'
import type { TokenRules } from '../services/identity/claims.ts'
import { Identity } from '../services/identity/identity.ts'
import { keySetAddress } from '../services/identity/key-set.ts'
import type { IngestSettings } from '../services/ingest/context.ts'
import { ConfigError } from './config.ts'
import type { Config, SettingName } from './settings.ts'
import { unwiseTokens, warnOnStderr } from './warnings.ts'

/** What `kafkaAddressOf` reads. */
export const KAFKA_SETTINGS = [
  'log',
  'topic-prefix',
  'kafka-tls',
  'kafka-ca',
  'kafka-sasl',
  'kafka-user',
  'kafka-password',
] as const satisfies SettingName[]
type KafkaConfig = Pick<Config, (typeof KAFKA_SETTINGS)[number]>

/** What `identityOf` reads. */
export const AUTH_SETTINGS = [
  'guests',
  'auth-secret',
  'auth-jwks',
  'auth-issuer',
  'auth-audience',
  'auth-producer',
  'auth-verified',
] as const satisfies SettingName[]
type AuthConfig = Pick<Config, (typeof AUTH_SETTINGS)[number]>

/** What `ingestSettingsOf` reads. */
export const INGEST_SETTINGS = [
  'host',
  'trust-proxy',
  'slice-ms',
  'slice-reactions',
  'slice-form',
  'slices-waiting',
  'flush-ms',
  'flush-ms-max',
  'requests-per-second',
  'viewer-per-second',
  'viewer-burst',
  'limit-loopback',
  'address-per-second',
  'address-burst',
  'window-ms',
  'pubsub-urls',
] as const satisfies SettingName[]

/**
 * Where Kafka is and who we are there.
 * @throws ConfigError for an address or a sign-in that can not be
 */
export function kafkaAddressOf(config: KafkaConfig): KafkaAddress {
  const address: KafkaAddress = { brokers: brokersOf(config.log), topicPrefix: config['topic-prefix'] }
  const ca = config['kafka-ca']
  if (config['kafka-tls'] || ca !== '') address.tls = ca === '' ? {} : { ca: readPem('kafka-ca', ca) }
  const [mechanism, username, password] = [
    config['kafka-sasl'],
    config['kafka-user'],
    config['kafka-password'],
  ]
  if (mechanism === '') return address
  if (username === '') throw new ConfigError('kafka-user', 'is missing beside kafka-sasl')
  if (password === '') throw new ConfigError('kafka-password', 'is missing beside kafka-sasl')
  return { ...address, sasl: { mechanism: SASL_MECHANISMS[mechanism], username, password } }
}

const SASL_MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const

/** @throws ConfigError for an address that can not be */
export function brokersOf(log: string): string[] {
  if (log === '') throw new ConfigError('log', 'is missing: say where Kafka is, like kafka://host:9092')
  try {
    return parseBrokers(log)
  } catch (cause) {
    throw new ConfigError('log', (cause as TypeError).message)
  }
}

/** @throws ConfigError, under the setting's name, when the file can not be read */
export function readPem(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigError(name, `can not be read: ${(cause as Error).message}`)
  }
}

/** Opens the log of a cluster. @throws ConfigError for an address that can not be, and when no broker answers there */
export async function openLog(config: KafkaConfig): Promise<Log> {
  const address = kafkaAddressOf(config)
  try {
    return await openKafkaLog(address)
  } catch (cause) {
    throw new ConfigError('log', (cause as Error).message)
  }
}

/**
 * The viewers' tokens. @param ownSecret The secret of this process's folder, where it has one.
 * @param warn Hears of what is unwise about them. Default: the standard error.
 * @throws ConfigError without a secret, and for a key set that is none
 */
export function identityOf(config: AuthConfig, ownSecret?: Uint8Array, warn = warnOnStderr): Identity {
  const given = config['auth-secret']
  if (given === '' && ownSecret === undefined) {
    throw new ConfigError('auth-secret', 'is missing: the processes of a cluster share one')
  }
  const secret = given === '' ? ownSecret! : new TextEncoder().encode(given)
  const options = { secret, guests: config.guests, rules: tokenRulesOf(config) }
  const jwks = config['auth-jwks']
  if (jwks === '') return new Identity(options)
  try {
    const keySet = keySetAddress(jwks) ?? JSON.parse(readFileSync(jwks, 'utf8'))
    const identity = new Identity({ ...options, jwks: keySet })
    const unwise = unwiseTokens(config)
    if (unwise !== undefined) warn(unwise)
    return identity
  } catch (cause) {
    throw new ConfigError('auth-jwks', `${jwks} is not a key set: ${(cause as Error).message}`)
  }
}

const tokenRulesOf = (config: AuthConfig): TokenRules => ({
  issuers: config['auth-issuer'],
  audiences: config['auth-audience'],
  producer: config['auth-producer'].map((rule) => parseClaimRule(rule)!),
  verified: config['auth-verified'].map((rule) => parseClaimRule(rule)!),
})

/** The authority of the brokers' certificates. @throws ConfigError when the file can not be read */
export const pubsubCaOf = (config: Pick<Config, 'pubsub-ca'>): string | undefined =>
  config['pubsub-ca'] === '' ? undefined : readPem('pubsub-ca', config['pubsub-ca'])

export function ingestSettingsOf(config: Pick<Config, (typeof INGEST_SETTINGS)[number]>): IngestSettings {
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
    // With no other peers, and these free, there is nothing to limit.
    addressPerSecond: onLoopback && !config['limit-loopback'] ? 0 : config['address-per-second'],
    addressBurst: config['address-burst'],
    loopbackUnlimited: !config['limit-loopback'],
    trustProxy: config['trust-proxy'],
    windowMs: config['window-ms'],
    pubsub: config['pubsub-urls'],
  }
}
