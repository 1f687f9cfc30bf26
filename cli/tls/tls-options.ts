import { constants } from 'node:crypto'
import type { TlsOptions } from '../../services/http/tls.ts'
import type { Config } from '../settings.ts'
import type { Certificate } from './certificate.ts'

/**
 * What a port is opened with. The runtime itself speaks nothing older than TLS 1.2, and resumes sessions of both versions.
 * Clients are asked for a certificate where relays have one, and let in without.
 */
export const tlsOptions = ({ cert, key, relayCa }: Certificate, min: Config['tls-min']): TlsOptions => ({
  cert,
  key,
  ...(min === '1.3' && { secureOptions: constants.SSL_OP_NO_TLSv1_2 }),
  ...(relayCa !== undefined && { ca: relayCa, requestCert: true, rejectUnauthorized: false }),
})
