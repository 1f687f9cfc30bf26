/** Where a server with these settings is reached from this machine. */
export function urlHere({
  host,
  port,
  'tls-cert': certificate = '',
}: {
  host: string
  port: number
  'tls-cert'?: string
}): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `${certificate === '' ? 'http' : 'https'}://${name.includes(':') ? `[${name}]` : name}:${port}`
}
