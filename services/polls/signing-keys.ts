import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { PollStore, StoredSigningKey } from '../../adapters/store/polls.ts'
import type { Sha256 } from '../../engine/polls/merkle.ts'
import type { Signer, VerifySignature } from '../../engine/polls/receipts.ts'

/** SHA-256 of this platform. */
export const sha256: Sha256 = (data, into = new Uint8Array(32)) => Bun.SHA256.hash(data, into) as Uint8Array

/** An Ed25519 key as a JWK (RFC 8037); `d` is there in the store and never leaves this process. */
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

/** How often a process looks for keys that another one has made. */
const READ_EVERY_MS = 5_000
/** How long before its first use a key is made where several processes sign: each has read it by then. */
const AHEAD_MS = 3 * READ_EVERY_MS

/**
 * The keys that sign receipts and certificates, from the store; the first is made at the first start. A new key is added
 * beside the old ones, so whatever was signed before can be checked, and signed again, with the key of its time.
 */
export class SigningKeys implements Signer {
  readonly #store: PollStore
  readonly #clock: Clock
  readonly #aheadMs: number
  #keys: Key[] = []
  #cancel = () => {}

  private constructor(store: PollStore, clock: Clock, aheadMs: number) {
    this.#store = store
    this.#clock = clock
    this.#aheadMs = aheadMs
  }

  /** @param options.shared Whether other processes sign with the keys of this store, or make new ones. */
  static async open({
    store,
    clock,
    logger,
    shared,
  }: {
    store: PollStore
    clock: Clock
    logger: Logger
    shared: boolean
  }): Promise<SigningKeys> {
    const keys = new SigningKeys(store, clock, shared ? AHEAD_MS : 0)
    if ((await store.signingKeys()).length === 0) await store.saveSigningKey(newKey(0))
    await keys.#read()
    if (shared) keys.#follow(logger)
    return keys
  }

  async #read(): Promise<void> {
    this.#keys = (await this.#store.signingKeys()).map(({ jwk: text }) => {
      const jwk = JSON.parse(text) as SigningJwk
      return { jwk, privateKey: createPrivateKey({ key: { ...jwk }, format: 'jwk' }) }
    })
  }

  #follow(logger: Logger): void {
    this.#cancel = this.#clock.after(READ_EVERY_MS, () => {
      this.#read()
        .catch((cause) => logger.error({ err: cause }, 'signing keys can not be read; the known ones go on'))
        .finally(() => this.#follow(logger))
    })
  }

  /** A new key signs from now on; where several processes sign, a little later. Returns its id. */
  async rotate(): Promise<string> {
    const key = newKey(this.#clock.now() + this.#aheadMs)
    await this.#store.saveSigningKey(key)
    await this.#read()
    return this.#keys.find(({ jwk }) => jwk.from === key.from)!.jwk.kid
  }

  close(): void {
    this.#cancel()
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

function newKey(from: number): StoredSigningKey {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as {
    d: string
    x: string
  }
  // The thumbprint of RFC 7638: the key names itself.
  const kid = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url')
  const jwk: SigningJwk = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid, x, d, from }
  return { kid, from, jwk: JSON.stringify(jwk) }
}
