import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { NumberMetric } from '../../services/http/operator.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { readNamedFile, stampOf } from '../../settings/files.ts'
import { gauge } from '../metrics.ts'
import type { Config } from '../settings.ts'

/** The ports that speak TLS, by what their settings begin with. */
type TlsPort = 'tls' | 'mqtt'
type CertificateConfig<Port extends TlsPort> = Pick<Config, `${Port}-cert` | `${Port}-key`>

/** A certificate with its intermediates and its key, PEM. */
export interface Certificate {
  cert: string
  key: string
  /** From when on nobody accepts it any more, milliseconds since 1970. */
  expiresMs: number
}

/** How often the files of a certificate are looked at. */
const LOOK_MS = 10_000
const DAY_MS = 86_400_000

/**
 * What a port's settings say; undefined where they name no certificate.
 * @throws ConfigError for half of what TLS needs, a file that cannot be read, a certificate and a key that do not belong together, one that has expired
 */
export function certificateOf<Port extends TlsPort>(
  port: Port,
  config: CertificateConfig<Port>,
  nowMs: number,
): Certificate | undefined {
  const [certName, keyName] = [`${port}-cert`, `${port}-key`] as const
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

export interface KeptCertificate {
  certificate: Certificate
  metric: NumberMetric
  /** Begins to look at the files, until `stop`. */
  watch(): void
  stop(): void
}

/**
 * The certificate of a port, and each that takes its place in its files: `renew` opens the port with it, and is tried again
 * at the next look where it fails. Files that hold no usable certificate are logged, and the port stays as it is.
 * @throws ConfigError where the first one cannot be used
 */
export function keepCertificate<Port extends TlsPort>(
  port: Port,
  {
    config,
    clock,
    logger,
    renew,
  }: {
    config: CertificateConfig<Port>
    clock: Clock
    logger: Logger
    renew(certificate: Certificate): unknown
  },
): KeptCertificate | undefined {
  // Before the files are read: what changes meanwhile is taken at the next look.
  let seen = stampsOf(port, config)
  const first = certificateOf(port, config, clock.now())
  if (first === undefined) return undefined
  let current = first
  /** One that the port was not opened with yet. */
  let next: Certificate | undefined
  let cancelLook = () => {}
  let isStopped = false

  const look = async (): Promise<void> => {
    const changed = stampsOf(port, config)
    try {
      if (changed !== seen) {
        seen = changed
        next = certificateOf(port, config, clock.now()) ?? next
      }
      if (next !== undefined) {
        await renew(next)
        current = next
        next = undefined
        logger.info({ expires: current.expiresMs }, `${port}-cert has a new certificate`)
      }
    } catch (cause) {
      logger.error({ err: cause }, `the new certificate of ${port}-cert cannot be used`)
    }
    if (!isStopped) lookLater()
  }
  const lookLater = () => {
    cancelLook = clock.after(LOOK_MS, () => void look())
  }
  return {
    certificate: first,
    metric: gauge(
      `${port}_certificate_expires_days`,
      `Days until the certificate of ${port}-cert that is in use expires`,
      () => (current.expiresMs - clock.now()) / DAY_MS,
    ),
    watch: lookLater,
    stop() {
      isStopped = true
      cancelLook()
    },
  }
}

/** Which files they are now. Why one cannot be looked at is said by who reads it. */
const stampsOf = <Port extends TlsPort>(port: Port, config: CertificateConfig<Port>): string =>
  ([`${port}-cert`, `${port}-key`] as const).map((name) => stampOf(config[name])).join()
