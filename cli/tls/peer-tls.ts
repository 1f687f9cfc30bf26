import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { BrokerTls } from '../../adapters/mqtt/mqtt-link.ts'
import type { NumberMetric } from '../../services/http/operator.ts'
import { authorityIn } from '../../settings/authority.ts'
import { ConfigError } from '../../settings/config-error.ts'
import type { Config } from '../settings.ts'
import { type CertificateConfig, certificateOf, expiryMetric } from './certificate.ts'
import { keepFiles } from './kept-files.ts'

/** The settings of TLS towards brokers and upstream edges. */
export const PEER_TLS_NAMES = ['pubsub-ca', 'pubsub-cert', 'pubsub-key'] as const
export type PeerTlsConfig = CertificateConfig<'pubsub'> &
  Pick<Config, 'pubsub-ca'> &
  Partial<Pick<Config, 'upstream' | 'pubsub'>>

interface PeerTls extends BrokerTls {
  /** Expiry of `cert`. */
  expiresMs?: number
}

/**
 * The TLS options for these addresses.
 * @throws ConfigError for unusable files, and for any where no address of this role uses TLS: it would seem to be in use. A bridge
 * has two addresses, one of which may be in the clear.
 */
export function peerTlsOf(
  name: 'upstream' | 'pubsub',
  { config, url, nowMs }: { config: PeerTlsConfig; url: string; nowMs: number },
): PeerTls {
  const ca = authorityIn('pubsub-ca', config['pubsub-ca'], nowMs)
  const certificate = certificateOf('pubsub', config, nowMs)
  const given = (['pubsub-cert', 'pubsub-ca'] as const).find((each) => config[each] !== '')
  if (given !== undefined && ![url, config.upstream, config.pubsub].some(usesTls))
    throw new ConfigError(given, `needs TLS: ${name} has no mqtts:// or wss:// address`)
  return { ...(ca !== undefined && { ca }), ...certificate }
}

const usesTls = (addresses = ''): boolean => /(^|,)(mqtts|wss):/.test(addresses)

/** The same, while the files may change: each connection uses the current ones. */
export function keepPeerTls(
  name: 'upstream' | 'pubsub',
  { config, url, clock, logger }: { config: PeerTlsConfig; url: string; clock: Clock; logger: Logger },
): { tls(): BrokerTls; metrics: NumberMetric[]; stop(): void } {
  const files = PEER_TLS_NAMES.map((each) => config[each])
  const kept = keepFiles<PeerTls>({
    name: 'pubsub-cert and pubsub-ca',
    files,
    read: () => peerTlsOf(name, { config, url, nowMs: clock.now() }),
    ...{ clock, logger },
  })
  if (files.some((file) => file !== '')) kept.watch()
  const expiresMs = () => kept.current().expiresMs!
  return {
    tls: kept.current,
    metrics: config['pubsub-cert'] === '' ? [] : [expiryMetric('pubsub', { clock, expiresMs })],
    stop: kept.stop,
  }
}
