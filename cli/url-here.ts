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
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `${certificate === '' ? 'http' : 'https'}://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/**
 * Fetches public information from the server on this machine. Its certificate is not verified: it bears the name that others use.
 */
export const fetchHere = (url: string, signal: AbortSignal): Promise<Response> =>
  fetch(url, { signal, tls: { rejectUnauthorized: false } })
