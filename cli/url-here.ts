/** Where a server with these settings is reached from this machine. */
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

/** Asks the server of this machine what is no secret. Its certificate is not looked at: it has the name by which others come. */
export const fetchHere = (url: string, signal: AbortSignal): Promise<Response> =>
  fetch(url, { signal, tls: { rejectUnauthorized: false } })
