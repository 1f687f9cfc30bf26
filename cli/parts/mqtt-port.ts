import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Edge } from '../../services/edge/edge.ts'
import { addressesOf } from '../../services/http/address-ranges.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { listenMqtt } from '../listen.ts'
import type { Config } from '../settings.ts'
import { type Certificate, certificateOf, keepCertificate } from '../tls/certificate.ts'
import { tlsOptions } from '../tls/tls-options.ts'

/** The settings that `openMqttPort` reads. */
export const MQTT_PORT_NAMES = [
  'host',
  'mqtt-port',
  'mqtt-cert',
  'mqtt-key',
  'tls-min',
  'edge-proxies',
  'relay-ca',
] as const
type PortConfig = Pick<Config, (typeof MQTT_PORT_NAMES)[number]>

/** Finds faults in the settings of that port and its certificate. @throws ConfigError */
export function checkMqttPort(config: PortConfig): void {
  if (config['mqtt-port'] === 'off') return
  if (certificateOf('mqtt', config, Date.now()) === undefined || config['edge-proxies'].length === 0) return
  throw new ConfigError(
    'mqtt-cert',
    'conflicts with edge-proxies: a PROXY header comes before TLS, so the proxies must terminate it',
  )
}

/**
 * Makes an edge listen for MQTT over TCP, with TLS if there is a certificate. When the certificate's files change, the port is
 * reopened with them and connections stay; an invalid certificate changes nothing. Undefined if no port is wanted.
 * @throws ConfigError when the port or the certificate is not available
 */
export async function openMqttPort({
  edge,
  config,
  clock,
  logger,
  reusePort,
}: {
  edge: Edge
  config: PortConfig
  clock: Clock
  logger: Logger
  reusePort: boolean
}) {
  if (config['mqtt-port'] === 'off') return undefined
  checkMqttPort(config)
  const proxies = config['edge-proxies']
  const isProxy = proxies.length > 0 ? addressesOf(proxies) : undefined
  const open = (port: number, certificate: Certificate | undefined) =>
    listenMqtt(edge, {
      ...{ host: config.host, port, reusePort, isProxy },
      tls: certificate && tlsOptions(certificate, config['tls-min']),
    })
  let listener: ReturnType<Edge['listenTcp']> | undefined
  const kept = keepCertificate('mqtt', {
    ...{ config, clock, logger },
    async renew(certificate) {
      listener?.stop()
      listener = undefined
      listener = await open(port, certificate)
    },
  })
  listener = await open(config['mqtt-port'], kept?.current())
  const { port } = listener
  kept?.watch()
  logger.info({ mqttPort: port, tls: kept !== undefined }, 'MQTT over TCP')
  return { port, metrics: kept ? [kept.metric] : [], stop: () => kept?.stop() }
}
