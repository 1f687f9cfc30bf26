import type { TokenClaims } from '../services/edge/context.ts'
import type { EdgeOptions } from '../services/edge/edge.ts'
import { relayRule } from '../services/edge/relay.ts'
import { EDGE_SETTINGS } from '../services/edge/settings.ts'
import { FORWARDED_FILES } from '../services/http/fast-lane/fast-lane.ts'
import type { Identity } from '../services/identity/identity.ts'
import { authorityIn } from '../settings/authority.ts'
import { ConfigError } from '../settings/config-error.ts'
import { namesOf } from '../settings/setting.ts'
import { connectionsFor } from './open-files.ts'
import type { Config } from './settings.ts'

/** The settings that `edgeSettingsOf` reads. */
export const EDGE_NAMES = [
  ...namesOf(EDGE_SETTINGS),
  'tls-cert',
  'public-url',
  'window-ms',
  'trust-proxy',
  'limit-loopback',
  'drain-ms',
] as const
/** The last ones are absent where there is no port for MQTT over TCP, or no fast lane. */
type EdgeConfig = Pick<Config, (typeof EDGE_NAMES)[number]> &
  Partial<Pick<Config, 'mqtt-port' | 'mqtt-cert' | 'fast-lane'>>

/** The size of a burst, in seconds of the steady rate. */
const BURST_S = 10

/**
 * The edge's options, from the settings. @param identity Absent: passwords are ignored, as MQTT clients may send any.
 * @throws ConfigError where tokens are required and no setting says whose are valid, and for more viewers than this process can
 * hold
 */
export function edgeSettingsOf(config: EdgeConfig, identity: Identity | undefined) {
  const tokensDemanded = config['edge-tokens'] === 'required'
  if (tokensDemanded && identity === undefined) {
    throw new ConfigError(
      'edge-tokens',
      'is required, but without auth-secret or auth-jwks no token can be verified',
    )
  }
  return {
    windowMs: config['window-ms'],
    urls: config['edge-urls'],
    isRelay: relayRule({
      secret: config['relay-secret'],
      names: config['relay-ca'] === '' ? undefined : config['relay-names'],
      behindProxy: isBehindProxy(config),
    }),
    trustProxy: config['trust-proxy'],
    limitLoopback: config['limit-loopback'],
    tokensDemanded,
    ...(identity && { verify: verifierOf(identity) }),
    limits: limitsOf(config),
  } satisfies Partial<EdgeOptions>
}

/** Finds faults in the settings for relays' certificates, without opening anything. @throws ConfigError */
export function checkRelays(config: EdgeConfig): void {
  if (config['relay-ca'] === '') {
    if (config['relay-names'].length === 0) return
    throw new ConfigError('relay-names', 'needs relay-ca, the authority of the certificates with these names')
  }
  authorityIn('relay-ca', config['relay-ca'], Date.now())
  const { 'mqtt-port': port = 'off', 'mqtt-cert': cert = '' } = config
  if (config['tls-cert'] === '' && (port === 'off' || cert === ''))
    throw new ConfigError(
      'relay-ca',
      'needs a port with TLS, because certificates are presented over TLS: set tls-cert, or mqtt-port and mqtt-cert',
    )
}

/**
 * Whether other people's connections may appear to come from this machine: a proxy is named, or viewers use TLS that does not end
 * here.
 */
function isBehindProxy(config: EdgeConfig): boolean {
  const [isTls, isMqttTls] = [config['tls-cert'] !== '', (config['mqtt-cert'] ?? '') !== '']
  const endsElsewhere = (url: string) =>
    (/^(wss|https):/.test(url) && !isTls) || (url.startsWith('mqtts:') && !isMqttTls)
  return (
    config['trust-proxy'] !== false ||
    config['edge-proxies'].length > 0 ||
    [config['public-url'], ...config['edge-urls']].some(endsElsewhere)
  )
}

const verifierOf =
  (identity: Identity) =>
  async (token: string): Promise<TokenClaims> => {
    const { show, expires, key, tokenId } = await identity.verify(token)
    const holder = { key, ...(tokenId && { tokenId }) }
    return {
      expiresMs: expires,
      isRevoked: () => identity.revocations.covers(holder, Date.now()),
      ...(show === undefined ? {} : { show }),
    }
  }

/** Whether requests come by way of a fast lane. */
const isBehindLane = (config: EdgeConfig): boolean =>
  config['tls-cert'] !== '' || ![undefined, 'off'].includes(config['fast-lane'])

const limitsOf = (config: EdgeConfig) => ({
  ...connectionsFor(config['edge-connections']),
  serverFiles: isBehindLane(config) ? FORWARDED_FILES : 1,
  subscriptionsMax: config['edge-filters'],
  packetsPerSecondMax: config['edge-packets-per-second'],
  packetsBurstMax: config['edge-packets-per-second'] * BURST_S,
  workPerSecondMax: config['edge-work-per-second'],
  workBurstMax: config['edge-work-per-second'] * BURST_S,
  keepAliveMaxS: config['edge-keep-alive-s'],
  backlogBytesMax: config['edge-backlog-bytes'],
  slowMs: config['edge-slow-ms'],
  topicsMax: config['edge-topics'],
  addressConnectionsMax: config['edge-address-connections'] || Number.POSITIVE_INFINITY,
  addressConnectsPerSecond: config['edge-address-connects-per-second'],
  addressBadTokensPerMinute: config['edge-address-bad-tokens'],
  addressBytesPerSecond: config['edge-address-bytes-per-second'],
  drainMs: Math.max(config['drain-ms'], 100_000 / config['edge-drain-percent']),
  connectsPerSecond: config['edge-connects-per-second'],
})
