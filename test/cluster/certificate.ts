import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate for `localhost` that is its own authority, and its key. `later` takes what removes them. */
export function makeCertificate(later: (close: () => unknown) => void): { ca: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'roar-tls-'))
  later(() => rmSync(folder, { recursive: true }))
  const [ca, key] = [join(folder, 'ca.pem'), join(folder, 'key.pem')]
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '1',
  ]
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  Bun.spawnSync(['openssl', ...request, ...name, '-keyout', key, '-out', ca])
  // Mosquitto started by root reads its files as another user.
  Bun.spawnSync(['chmod', '-R', 'a+rX', folder])
  return { ca, key }
}
