import { join } from 'node:path'

/** Certificate and key for the TLS port; none without openssl. */
export function certificateIn(folder: string): string[] {
  if (Bun.which('openssl') === null) return []
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost'
  Bun.spawnSync(['openssl', ...request.split(' '), '-keyout', key, '-out', cert])
  return [cert, key]
}
