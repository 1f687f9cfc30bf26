import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NEW_KEY, openssl } from './openssl.ts'

/** A certificate authority, and the file of its own certificate. `later` takes the function that removes the files. */
export function makeAuthority(later: (close: () => unknown) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'roar-authority-'))
  later(() => rmSync(folder, { recursive: true }))
  const [ca, caKey] = [join(folder, 'ca.pem'), join(folder, 'ca-key.pem')]
  openssl('req', '-x509', ...NEW_KEY, '-days', '1', '-subj', '/CN=authority', '-keyout', caKey, '-out', ca)
  let signed = 0
  return {
    ca,
    /**
     * @param names In OpenSSL's form of subject alternative names: `DNS:e1.edges.example`. @param days Negative: it has expired.
     */
    sign(names: string, days = 1): { cert: string; key: string } {
      const file = (kind: string) => join(folder, `${signed}.${kind}`)
      signed++
      const [cert, key, request, extensions] = [file('pem'), file('key'), file('csr'), file('ext')]
      writeFileSync(extensions, `subjectAltName=${names}\n`)
      openssl('req', ...NEW_KEY, '-subj', '/CN=e', '-keyout', key, '-out', request)
      const by = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-days', String(days)]
      openssl('x509', '-req', '-in', request, ...by, '-extfile', extensions, '-out', cert)
      return { cert, key }
    },
  }
}
