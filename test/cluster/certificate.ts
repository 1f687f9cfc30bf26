import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NEW_KEY, openssl } from './openssl.ts'

/** A self-signed certificate for `localhost`, and its key. `later` takes the function that removes the files. */
export function makeCertificate(later: (close: () => unknown) => void): { ca: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'roar-tls-'))
  later(() => rmSync(folder, { recursive: true }))
  const [ca, key] = [join(folder, 'ca.pem'), join(folder, 'key.pem')]
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  openssl('req', '-x509', ...NEW_KEY, '-days', '1', ...name, '-keyout', key, '-out', ca)
  // Mosquitto started by root reads its files as another user.
  Bun.spawnSync(['chmod', '-R', 'a+rX', folder])
  return { ca, key }
}
