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
import type { Signer, VerifySignature } from '../../engine/polls/receipts.ts'
import { isObject } from '../../protocol/json-shapes.ts'
import { hasTimes, type KeyLife, signsAt } from '../../protocol/keys.ts'
import type { AuditEntry } from '../../protocol/trail.ts'
import { ConfigError } from '../../settings/config-error.ts'
import type { Health } from '../supervision/supervisor.ts'
import { waitOrFail } from '../supervision/wait-or-fail.ts'

/** An Ed25519 key as a JWK (RFC 8037); `d` exists only in the store and in this process. */
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

/** Whether a server's answer, or a file, has the form of a key set. */
export const isKeySet = (given: unknown): given is JwkSet =>
  isObject(given) &&
  Array.isArray(given.keys) &&
  given.keys.every(
    (key) =>
      isObject(key) && typeof key.kid === 'string' && typeof key.x === 'string' && hasTimes(key as never),
  )

const rawKeyOf = ({ x }: SigningJwk): Uint8Array => Buffer.from(x, 'base64url')

/** The 32 bytes of each public key that may have signed something, by its life. */
export const rawKeysOf = ({ keys }: JwkSet, mayHave: (life: KeyLife) => boolean): Uint8Array[] =>
  keys.filter(mayHave).map(rawKeyOf)

interface Key {
  jwk: SigningJwk
  privateKey: KeyObject
}

/** How often a process checks for keys that another one has made. */
const READ_EVERY_MS = 5_000
/** If several processes sign, how long before its first use a key is made: by then each has read it. */
const AHEAD_MS = 3 * READ_EVERY_MS

/**
 * The keys that sign receipts and certificates, from the store; the first is made at the first start. New keys are added beside
 * old ones, so whatever was signed before can be verified, and signed again, with the key of its time.
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
    /** Reports whether the keys match the store. */
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
    this.#keys = (await this.#store.signingKeys()).map(({ kid, jwk }) => keyIn(jwk, kid))
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
   * Makes a new key, which signs from now on; if several processes sign, a little later. Key and audit entry are written
   * together. Returns its id.
   * @param who The author. Undefined: it follows from another entry.
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
   * Revokes a key for anything received from now on; for the newest one a new key is made first. Repeating is harmless and leaves
   * one audit entry. Returns the time of revocation, undefined for an unknown key.
   */
  async revoke(kid: string, who: string): Promise<number | undefined> {
    // Another process may have made it, or revoked it.
    await this.#read()
    const known = this.#keys.find(({ jwk }) => jwk.kid === kid)
    if (known === undefined || known.jwk.revoked !== undefined) return known?.jwk.revoked
    if (this.#keys.at(-1) === known) await this.rotate()
    // If several processes sign, the new key begins a little later, and until then this one must do.
    const revoked = Math.max(this.#clock.now(), this.#keys.at(-1)!.jwk.from)
    const { jwk } = known
    const before = { kid, from: jwk.from, jwk: JSON.stringify(jwk) }
    const after = { ...before, jwk: JSON.stringify({ ...jwk, revoked }) }
    await this.#store.replaceSigningKey(before, after, this.#entry(who, 'revoke-key', kid))
    await this.#read()
    // Of two concurrent revocations the first counts: nothing that it invalidated becomes valid again.
    return this.#keys.find((key) => key.jwk.kid === kid)?.jwk.revoked
  }

  #at(atMs: number): Key {
    const isGood = ({ jwk: { from, revoked = Number.POSITIVE_INFINITY } }: Key) =>
      from <= atMs && atMs < revoked
    return this.#keys.findLast(isGood) ?? this.#keys[0]!
  }

  /** The id of the key that signs what is received at this time. */
  kidAt(atMs: number): string {
    return this.#at(atMs).jwk.kid
  }

  sign(text: string, atMs: number): { kid: string; signature: string } {
    const { jwk, privateKey } = this.#at(atMs)
    return { kid: jwk.kid, signature: sign(null, Buffer.from(text), privateKey).toString('base64url') }
  }

  /** The public keys, newest first. */
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

/** Verifies signatures by a public key set: the first key of an id, and only if the id is really its own. */
export function signatureVerifier({ keys }: JwkSet): VerifySignature {
  return (text, kid, { signature, atMs }) => {
    const known = keys.find((key) => key.kid === kid)
    if (known === undefined || thumbprintOf(known) !== kid || !signsAt(known, atMs)) return false
    return verifyBytes(rawKeyOf(known), text, Buffer.from(signature, 'base64url'))
  }
}

/** @throws ConfigError when what the store has is no key: damaged, or changed by hand */
function keyIn(text: string, kid: string): Key {
  try {
    const jwk = JSON.parse(text) as SigningJwk
    return { jwk, privateKey: createPrivateKey({ key: { ...jwk }, format: 'jwk' }) }
  } catch {
    // The cause may quote the key.
    throw new ConfigError('store', `the signing key ${kid} cannot be read: restore the store from a backup`)
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

/** RFC 7638: the id is derived from the key, so nobody can pass off another key under it. */
const thumbprintOf = ({ crv, kty, x }: Pick<SigningJwk, 'crv' | 'kty' | 'x'>): string =>
  createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url')
