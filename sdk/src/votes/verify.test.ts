import { expect, test } from 'bun:test'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { type Certificate, type CertificateStatement, certificateText } from '../../../protocol/polls.ts'
import { canVerify, Verifier, type VerifyKey } from './verify.ts'

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { x } = publicKey.export({ format: 'jwk' }) as { x: string }
  const kid = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url')
  return { jwk: { kid, kty: 'OKP', crv: 'Ed25519', x, from: 0 }, privateKey }
}
const own = keyPair()
const other = keyPair()
const hash = 'h'.repeat(43)
const statement: CertificateStatement = {
  ...{ show: 'final', poll: 'mvp', question: 'Who?', paper: hash, rules: hash, root: hash },
  trail: { entries: 2, hash },
  kind: 'one',
  opens: 1000,
  closes: 2000,
  sealed: 3000,
  ballots: 3,
  viewers: 2,
  result: { anna: 1, ben: 1 },
  segments: { home: { viewers: 1, result: { anna: 1, ben: 0 } } },
  late: { viewers: 0, counted: true },
  quarantined: { viewers: 1, counted: false },
}

const signedBy = ({ privateKey }: typeof own, kid = own.jwk.kid): Certificate => ({
  statement,
  kid,
  signature: sign(null, Buffer.from(certificateText(statement)), privateKey).toString('base64url'),
})
const check = (certificate: Certificate, ...keys: VerifyKey[]) =>
  new Verifier(crypto.subtle, keys).certificate(certificate)

test('a signature is good by the key that it names, and by no other', async () => {
  expect(await check(signedBy(own), other.jwk, own.jwk)).toBe(true)
  expect(await check(signedBy(other), other.jwk, own.jwk)).toBe(false)
  expect(await check(signedBy(own), other.jwk)).toBe(false)
})

test('another key under a known id is not believed, though its signature is good', async () => {
  const swapped = { ...other.jwk, kid: own.jwk.kid }
  expect(await check(signedBy(other), swapped)).toBe(false)
})

test('a key that is over, or was revoked before the seal, is not believed, though its signature is good', async () => {
  const { sealed } = statement
  expect(await check(signedBy(own), { ...own.jwk, to: sealed + 1 })).toBe(true)
  expect(await check(signedBy(own), { ...own.jwk, to: sealed - 60_000 })).toBe(false)
  expect(await check(signedBy(own), { ...own.jwk, from: sealed + 60_000 })).toBe(false)
  expect(await check(signedBy(own), { ...own.jwk, revoked: sealed })).toBe(false)
  expect(await check(signedBy(own), { ...own.jwk, revoked: sealed + 1 })).toBe(true)
})

test('it says where nothing can be verified: without WebCrypto, and where that has no Ed25519', async () => {
  expect(await canVerify(crypto.subtle)).toBe(true)
  expect(await canVerify(undefined)).toBe(false)
  const older = {
    importKey: () => Promise.reject(new DOMException('', 'NotSupportedError')),
  } as unknown as SubtleCrypto
  expect(await canVerify(older)).toBe(false)
})
