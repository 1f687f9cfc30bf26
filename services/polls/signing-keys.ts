import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { PollStore, StoredSigningKey } from '../../adapters/store/polls.ts'
import type { VerifyBytes } from '../../engine/polls/checkpoints.ts'
import type { Sha256 } from '../../engine/polls/merkle.ts'
import type { Signer, VerifySignature } from '../../engine/polls/receipts.ts'
import { type KeyLife, signsAt } from '../../protocol/keys.ts'
import type { AuditEntry } from '../../protocol/trail.ts'
import type { Health } from '../supervision/supervisor.ts'
import { waitOrFail } from '../supervision/wait-or-fail.ts'

/** SHA-256 of this platform. */
export const sha256: Sha256 = (data, into = new Uint8Array(32)) => Bun.SHA256.hash(data, into) as Uint8Array

/** An Ed25519 key as a JWK (RFC 8037); `d` is there in the store and never leaves this process. */
export interface SigningJwk extends KeyLife {
  kty: 'OKP'
  crv: 'Ed25519'
  alg: 'EdDSA'
  use: 'sig'
  kid: string
  x: string
  d?: string
}

export interface JwkSet {
  keys: SigningJwk[]
}

const rawKeyOf = ({ x }: SigningJwk): Uint8Array => Buffer.from(x, 'base64url')

/** The 32 bytes of each public key. */
export const rawKeysOf = ({ keys }: JwkSet): Uint8Array[] => keys.map(rawKeyOf)

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
    shared,
    health,
  }: {
    store: PollStore
    clock: Clock
    shared: boolean
    /** Hears whether they are as the store has them. */
    health: Health
  }): Promise<SigningKeys> {
    const keys = new SigningKeys(store, clock, shared ? AHEAD_MS : 0)
    if ((await store.signingKeys()).length === 0) await store.saveSigningKey(newKey(0))
    await keys.#read()
    health.working()
    if (shared) keys.#follow(health)
    return keys
  }

  async #read(): Promise<void> {
    this.#keys = (await this.#store.signingKeys()).map(({ jwk: text }) => {
      const jwk = JSON.parse(text) as SigningJwk
      return { jwk, privateKey: createPrivateKey({ key: { ...jwk }, format: 'jwk' }) }
    })
  }

  #follow(health: Health): void {
    this.#cancel = this.#clock.after(READ_EVERY_MS, () => {
      this.#read()
        .then(health.working, (cause) =>
          waitOrFail(health, cause, `${cause.message}; the keys already known stay in use`),
        )
        .finally(() => this.#follow(health))
    })
  }

  /**
   * A new key signs from now on; where several processes sign, a little later. It is in the trail, or not there. Returns its id.
   * @param who Whose doing it is. Undefined: it follows from another entry.
   */
  async rotate(who?: string): Promise<string> {
    const key = newKey(this.#clock.now() + this.#aheadMs)
    await this.#store.saveSigningKey(
      key,
      who === undefined ? undefined : this.#entry(who, 'rotate-key', key.kid),
    )
    await this.#read()
    return this.#keys.find(({ jwk }) => jwk.from === key.from)!.jwk.kid
  }

  #entry(who: string, action: string, kid: string): AuditEntry {
    return { at: this.#clock.now(), who, action, poll: '', detail: kid }
  }

  close(): void {
    this.#cancel()
  }

  /**
   * What says it was received from now on, by this key, is good no more; where it is the newest a new one is made first.
   * Harmless again, and in the trail once. Returns since when it is revoked, undefined for a key that is not there.
   */
  async revoke(kid: string, who: string): Promise<number | undefined> {
    // Another process may have made it, or revoked it.
    await this.#read()
    const known = this.#keys.find(({ jwk }) => jwk.kid === kid)
    if (known === undefined || known.jwk.revoked !== undefined) return known?.jwk.revoked
    if (this.#keys.at(-1) === known) await this.rotate()
    // Where several processes sign, the new key begins a little later, and until then this one has to do.
    const revoked = Math.max(this.#clock.now(), this.#keys.at(-1)!.jwk.from)
    const { jwk } = known
    const before = { kid, from: jwk.from, jwk: JSON.stringify(jwk) }
    const after = { ...before, jwk: JSON.stringify({ ...jwk, revoked }) }
    await this.#store.replaceSigningKey(before, after, this.#entry(who, 'revoke-key', kid))
    await this.#read()
    // Of two at the same moment the first stands: nothing that it has made void is good again.
    return this.#keys.find((key) => key.jwk.kid === kid)?.jwk.revoked
  }

  sign(text: string, atMs: number): { kid: string; signature: string } {
    const isGood = ({ jwk: { from, revoked = Number.POSITIVE_INFINITY } }: Key) =>
      from <= atMs && atMs < revoked
    const { jwk, privateKey } = this.#keys.findLast(isGood) ?? this.#keys[0]!
    return { kid: jwk.kid, signature: sign(null, Buffer.from(text), privateKey).toString('base64url') }
  }

  /** What everybody may know: newest first. */
  publicSet(): JwkSet {
    const keys = this.#keys.map(({ jwk: { d: _, ...key } }, i) => {
      const newer = this.#keys[i + 1]
      return newer === undefined ? key : { ...key, to: newer.jwk.from }
    })
    return { keys: keys.toReversed() }
  }
}

/** Whether an Ed25519 key, 32 bytes, signed a text. */
export const verifyBytes: VerifyBytes = (key, text, signature) => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') }
  return verify(null, Buffer.from(text), createPublicKey({ key: jwk, format: 'jwk' }), signature)
}

/** Checks signatures by a public key set: the first of a name, where that is the key's own. */
export function signatureVerifier({ keys }: JwkSet): VerifySignature {
  return (text, kid, { signature, atMs }) => {
    const known = keys.find((key) => key.kid === kid)
    if (known === undefined || thumbprintOf(known) !== kid || !signsAt(known, atMs)) return false
    return verifyBytes(rawKeyOf(known), text, Buffer.from(signature, 'base64url'))
  }
}

function newKey(from: number): StoredSigningKey {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as {
    d: string
    x: string
  }
  const kid = thumbprintOf({ crv: 'Ed25519', kty: 'OKP', x })
  const jwk: SigningJwk = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid, x, d, from }
  return { kid, from, jwk: JSON.stringify(jwk) }
}

/** RFC 7638: the key names itself, so nobody can hand out another one under its name. */
const thumbprintOf = ({ crv, kty, x }: Pick<SigningJwk, 'crv' | 'kty' | 'x'>): string =>
  createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url')
