import { X509Certificate } from 'node:crypto'
import { ConfigError } from './config-error.ts'
import { readNamedFile } from './files.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * Certificates of an authority, PEM: one, or several during a change. Undefined if no file is named.
 * @throws ConfigError for a file that cannot be read, holds no certificate or only expired ones
 */
export function authorityIn(
  name: 'relay-ca' | 'pubsub-ca' | 'kafka-ca',
  file: string,
  nowMs: number,
): string | undefined {
  if (file === '') return undefined
  const pem = readNamedFile(name, file)
  const expiries = (pem.match(CERTIFICATE) ?? []).map((certificate) => expiryOf(name, certificate))
  if (expiries.length === 0) throw new ConfigError(name, 'cannot be used: it contains no certificate')
  const expiresMs = Math.max(...expiries)
  if (expiresMs > nowMs) return pem
  throw new ConfigError(name, `cannot be used: it expired at ${new Date(expiresMs).toISOString()}`)
}

function expiryOf(name: string, certificate: string): number {
  try {
    return Date.parse(new X509Certificate(certificate).validTo)
  } catch (cause) {
    throw new ConfigError(name, `cannot be used: ${(cause as Error).message}`)
  }
}
