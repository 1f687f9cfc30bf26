import { createPrivateKey, X509Certificate } from 'node:crypto'
import { statSync } from 'node:fs'
import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Edge } from '../../services/edge/edge.ts'
import { addressesOf } from '../../services/http/address-ranges.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { readNamedFile } from '../../settings/files.ts'
import { listenMqtt } from '../listen.ts'
import type { Config } from '../settings.ts'

/** What `openMqttPort` reads. */
export const MQTT_PORT_NAMES = ['host', 'mqtt-port', 'mqtt-cert', 'mqtt-key', 'edge-proxies'] as const
type PortConfig = Pick<Config, (typeof MQTT_PORT_NAMES)[number]>

/** How often the files of the certificate are looked at. */
const LOOK_MS = 10_000

/**
 * Lets an edge take MQTT over TCP, with TLS where there is a certificate. When its files change the port is opened anew with
 * them, and who is connected stays; where they are no certificate it stays as it is. Undefined where no port is wanted.
 * @throws ConfigError when the port or the certificate cannot be had
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
  const proxies = config['edge-proxies']
  const isProxy = proxies.length > 0 ? addressesOf(proxies) : undefined
  const open = (port: number, tls: Tls | undefined) =>
    listenMqtt(edge, { host: config.host, port, reusePort, isProxy, tls })
  // Before the files are read: what changes meanwhile is taken at the next look.
  let seen = changedMs(config)
  const first = tlsOf(config)
  let listener: Awaited<ReturnType<typeof open>> | undefined = await open(config['mqtt-port'], first)
  const { port } = listener
  let cancelLook = () => {}

  const renew = async (): Promise<void> => {
    const tls = tlsOf(config)
    listener?.stop()
    listener = undefined
    listener = await open(port, tls)
    logger.info('mqtt-port has a new certificate')
  }
  const look = async (): Promise<void> => {
    const changed = changedMs(config)
    // Where the port could not be opened anew nobody can connect: it is tried again.
    if (changed !== seen || listener === undefined) {
      seen = changed
      await renew().catch((cause) => logger.error({ err: cause }, 'mqtt-port cannot use its new certificate'))
    }
    cancelLook = clock.after(LOOK_MS, () => void look())
  }
  if (first) await look()
  logger.info({ mqttPort: port, tls: first !== undefined }, 'MQTT over TCP')
  return { port, stop: () => cancelLook() }
}

type Tls = { cert: string; key: string }

/** @throws ConfigError for half of what TLS needs, a file that cannot be read, a certificate and a key that do not belong together */
function tlsOf(config: PortConfig): Tls | undefined {
  const { 'mqtt-cert': certFile, 'mqtt-key': keyFile } = config
  if (certFile === '' && keyFile === '') return undefined
  if (certFile === '') throw new ConfigError('mqtt-cert', 'is required with mqtt-key')
  if (keyFile === '') throw new ConfigError('mqtt-key', 'is required with mqtt-cert')
  if (config['edge-proxies'].length > 0) {
    throw new ConfigError(
      'mqtt-cert',
      'conflicts with edge-proxies: a PROXY header comes before TLS, so they speak it',
    )
  }
  const tls = { cert: readNamedFile('mqtt-cert', certFile), key: readNamedFile('mqtt-key', keyFile) }
  try {
    if (!new X509Certificate(tls.cert).checkPrivateKey(createPrivateKey(tls.key)))
      throw new Error('it is not that of mqtt-key')
  } catch (cause) {
    throw new ConfigError('mqtt-cert', `cannot be used: ${(cause as Error).message}`)
  }
  return tls
}

/** When the files changed last. Why one cannot be looked at is said by who reads it. */
const changedMs = (config: PortConfig): string =>
  [config['mqtt-cert'], config['mqtt-key']].map(changedAt).join()

function changedAt(file: string): number | undefined {
  try {
    return statSync(file).mtimeMs
  } catch {
    return undefined
  }
}
