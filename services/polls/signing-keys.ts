import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Sha256 } from '../../engine/polls/merkle.ts'
import type { Signer, VerifySignature } from '../../engine/polls/receipts.ts'

/** SHA-256 of this platform. */
export const sha256: Sha256 = (bytes, into = new Uint8Array(32)) => Bun.SHA256.hash(bytes, into) as Uint8Array

/** An Ed25519 key as a JWK (RFC 8037); `d` is there in the file and never leaves it. */
export interface SigningJwk {
  kty: 'OKP'
  crv: 'Ed25519'
  alg: 'EdDSA'
  use: 'sig'
  kid: string
  x: string
  d?: string
  /** It signs what was received from here on, milliseconds since 1970, until a newer key does. */
  from: number
}

export interface JwkSet {
  keys: SigningJwk[]
}

interface Key {
  jwk: SigningJwk
  privateKey: KeyObject
}

/**
 * The keys that sign receipts and certificates: a file with a JWK set, made at the first start. A new key is added
 * beside the old ones, so whatever was signed before can be checked, and made again, with the key of its time.
 */
export class SigningKeys implements Signer {
  readonly #file: string
  #keys: Key[]

  /** @throws when the file is there and is not such a key set */
  constructor(file: string, { now }: { now: number }) {
    this.#file = file
    if (!existsSync(file)) writeKeys(file, { keys: [newKey(0)] })
    this.#keys = readKeys(file)
    if (this.#keys.length === 0) this.rotate(now)
  }

  /** A new key signs from `now` on. Returns its id. */
  rotate(now: number): string {
    const jwk = newKey(now)
    writeKeys(this.#file, { keys: [...this.#keys.map((key) => key.jwk), jwk] })
    this.#keys = readKeys(this.#file)
    return jwk.kid
  }

  sign(text: string, atMs: number): { kid: string; signature: string } {
    const { jwk, privateKey } = this.#keys.findLast((key) => key.jwk.from <= atMs) ?? this.#keys[0]!
    return { kid: jwk.kid, signature: sign(null, Buffer.from(text), privateKey).toString('base64url') }
  }

  /** What everybody may know: newest first. */
  publicSet(): JwkSet {
    return { keys: this.#keys.map(({ jwk: { d: _, ...key } }) => key).toReversed() }
  }
}

/** Checks signatures by a public key set. */
export function signatureVerifier({ keys }: JwkSet): VerifySignature {
  const byId = new Map(keys.map(({ kid, kty, crv, x }) => [kid, { kty, crv, x }]))
  return (text, kid, signature) => {
    const jwk = byId.get(kid)
    if (jwk === undefined) return false
    return verify(
      null,
      Buffer.from(text),
      createPublicKey({ key: jwk, format: 'jwk' }),
      Buffer.from(signature, 'base64url'),
    )
  }
}

function newKey(from: number): SigningJwk {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as {
    d: string
    x: string
  }
  // The thumbprint of RFC 7638: the key names itself.
  const kid = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url')
  return { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid, x, d, from }
}

function readKeys(file: string): Key[] {
  const { keys } = JSON.parse(readFileSync(file, 'utf8')) as JwkSet
  return keys
    .map((jwk) => ({ jwk, privateKey: createPrivateKey({ key: { ...jwk }, format: 'jwk' }) }))
    .sort((a, b) => a.jwk.from - b.jwk.from)
}

/** Whole or not at all: a start that is killed here leaves the old set. */
function writeKeys(file: string, set: JwkSet): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(set, undefined, 1)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
