import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { NumberMetric } from '../../services/http/operator.ts'
import { authorityIn } from '../../settings/authority.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { readNamedFile } from '../../settings/files.ts'
import { gauge } from '../metrics.ts'
import type { Config } from '../settings.ts'
import { type KeptFiles, keepFiles } from './kept-files.ts'

/** The certificates of this process, by the prefix of their settings: of two ports, and as a client of brokers and edges. */
export type CertificateName = 'tls' | 'mqtt' | 'pubsub'
export type CertificateConfig<Name extends CertificateName> = Pick<Config, `${Name}-cert` | `${Name}-key`>
type PortConfig<Port extends 'tls' | 'mqtt'> = CertificateConfig<Port> & Pick<Config, 'relay-ca'>

/** A certificate with its intermediates and its key, PEM. */
export interface Certificate {
  cert: string
  key: string
  /** When it expires, milliseconds since 1970. */
  expiresMs: number
  /** The authorities of client certificates that are asked for, PEM. Undefined: none are asked for. */
  relayCa?: string | undefined
}

/**
 * The certificate that these settings name; undefined if they name none.
 * @throws ConfigError for an incomplete pair, a file that cannot be read, a certificate and a key that do not match, an expired
 * one
 */
export function certificateOf<Name extends CertificateName>(
  name: Name,
  config: CertificateConfig<Name>,
  nowMs: number,
): Certificate | undefined {
  const [certName, keyName] = [`${name}-cert`, `${name}-key`] as const
  const [certFile, keyFile]: string[] = [config[certName], config[keyName]]
  if (!certFile && !keyFile) return undefined
  if (!certFile) throw new ConfigError(certName, `is required with ${keyName}`)
  if (!keyFile) throw new ConfigError(keyName, `is required with ${certName}`)
  const [cert, key] = [readNamedFile(certName, certFile), readNamedFile(keyName, keyFile)]
  return { cert, key, expiresMs: expiryOf({ cert, key, certName, keyName, nowMs }) }
}

function expiryOf(given: {
  cert: string
  key: string
  certName: string
  keyName: string
  nowMs: number
}): number {
  const { certName, keyName, nowMs } = given
  try {
    const certificate = new X509Certificate(given.cert)
    if (!certificate.checkPrivateKey(createPrivateKey(given.key)))
      throw new Error(`it is not that of ${keyName}`)
    const expiresMs = Date.parse(certificate.validTo)
    if (expiresMs <= nowMs) throw new Error(`it expired at ${new Date(expiresMs).toISOString()}`)
    return expiresMs
  } catch (cause) {
    throw new ConfigError(certName, `cannot be used: ${(cause as Error).message}`)
  }
}

/** A metric: how long the certificate is still valid. */
export const expiryMetric = (
  name: CertificateName,
  { clock, expiresMs }: { clock: Clock; expiresMs(): number },
): NumberMetric =>
  gauge(
    `${name}_certificate_expires_seconds`,
    `Seconds until the certificate of ${name}-cert that is in use expires`,
    () => (expiresMs() - clock.now()) / 1000,
  )

/**
 * A port's certificate, with the authority of relays, and each successor in its files: `renew` reopens the port with it.
 * @throws ConfigError where the first one cannot be used
 */
export function keepCertificate<Port extends 'tls' | 'mqtt'>(
  port: Port,
  {
    config,
    clock,
    logger,
    renew,
  }: { config: PortConfig<Port>; clock: Clock; logger: Logger; renew(certificate: Certificate): unknown },
): (KeptFiles<Certificate> & { metric: NumberMetric }) | undefined {
  const read = (): Certificate | undefined => {
    const certificate = certificateOf<Port>(port, config, clock.now())
    return (
      certificate && { ...certificate, relayCa: authorityIn('relay-ca', config['relay-ca'], clock.now()) }
    )
  }
  const [cert, key] = [config[`${port}-cert`], config[`${port}-key`]]
  if (cert === '' && key === '') return undefined
  // Where files are named there is a certificate.
  const kept = keepFiles<Certificate>({
    name: `${port}-cert`,
    files: [cert, key, config['relay-ca']],
    read: () => read()!,
    ...{ renew, clock, logger },
  })
  const metric = expiryMetric(port, { clock, expiresMs: () => kept.current().expiresMs })
  return { ...kept, metric }
}
