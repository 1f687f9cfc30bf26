import { constants } from 'node:crypto'
import type { TlsOptions } from '../../services/http/tls.ts'
import type { Config } from '../settings.ts'
import type { Certificate } from './certificate.ts'

/** What a port is opened with. The runtime itself speaks nothing older than TLS 1.2, and resumes sessions of both versions. */
export const tlsOptions = ({ cert, key }: Certificate, min: Config['tls-min']): TlsOptions => ({
  cert,
  key,
  ...(min === '1.3' && { secureOptions: constants.SSL_OP_NO_TLSv1_2 }),
})
