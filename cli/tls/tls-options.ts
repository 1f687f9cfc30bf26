import { constants } from 'node:crypto'
import type { TlsOptions } from '../../services/http/tls.ts'
import type { Config } from '../settings.ts'
import type { Certificate } from './certificate.ts'

/**
 * The TLS options of a port. The runtime offers nothing older than TLS 1.2 and resumes sessions of both versions. Where relays
 * have certificates, clients are asked for one and accepted without.
 */
export const tlsOptions = ({ cert, key, relayCa }: Certificate, min: Config['tls-min']): TlsOptions => ({
  cert,
  key,
  ...(min === '1.3' && { secureOptions: constants.SSL_OP_NO_TLSv1_2 }),
  ...(relayCa !== undefined && { ca: relayCa, requestCert: true, rejectUnauthorized: false }),
})
