import { reachableUrl } from '../services/http/reachable-url.ts'

/** The address at which this machine reaches a server with these settings. */
export function urlHere({
  host,
  port,
  'tls-cert': certificate,
}: {
  host: string
  port: number
  'tls-cert': string
}): string {
  return reachableUrl({ host, port, isTls: certificate !== '' })
}

/**
 * Fetches public information from the server on this machine. Its certificate is not verified: it bears the name that others use.
 */
export const fetchHere = (url: string, signal: AbortSignal): Promise<Response> =>
  fetch(url, { signal, tls: { rejectUnauthorized: false } })
