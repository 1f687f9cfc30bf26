import {
  cosignedText,
  hexOf,
  KEY_TYPE,
  noteKeyBytes,
  originOf,
  readCheckpoint,
  readCosignature,
  readNote,
  readNoteKey,
} from '../../../protocol/checkpoints.ts'
import { isSame, stepsOfConsistency } from '../../../protocol/consistency.ts'
import { type KeyLife, signsHeads } from '../../../protocol/keys.ts'
import { type BallotStatement, leafText, type MerklePath, stepsToRoot } from '../../../protocol/polls.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** A key from `GET /v1/keys`. */
export interface HeadKey extends KeyLife {
  x: string
}

/** A head with a verified signature. */
export interface Head {
  size: number
  root: Bytes
  note: string
  /** Its key signs no more: it says what was shown once, not what the log is now. */
  past: boolean
}

/** Verifies heads and consistency between them, using only WebCrypto's SHA-256 and Ed25519. */
export class HeadChecker {
  readonly #subtle: SubtleCrypto
  readonly #keys: readonly HeadKey[]

  /** @param keys From `GET /v1/keys`. */
  constructor(subtle: SubtleCrypto, keys: readonly HeadKey[]) {
    this.#subtle = subtle
    this.#keys = keys
  }

  /** The head in a note; undefined if none of the keys signed it for this poll. */
  async head(note: string, show: string, poll: string): Promise<Head | undefined> {
    const origin = originOf(show, poll)
    const { text = '', signatures = [] } = readNote(note) ?? {}
    const said = readCheckpoint(text)
    if (said?.origin !== origin) return undefined
    for (const known of this.#keys) {
      const key = bytesOf(known.x)
      const keyId = await this.#keyId(origin, key, KEY_TYPE.ed25519)
      for (const line of signatures)
        if (line.name === origin && line.keyId === keyId && (await this.#signed(key, text, line.signature)))
          return { size: said.size, root: said.root, note, past: !signsHeads(known) }
    }
    return undefined
  }

  /** The names of the witnesses whose cosignature of the note is valid: each name and each key once. */
  async witnesses(note: string, keys: readonly string[]): Promise<string[]> {
    const { text = '', signatures = [] } = readNote(note) ?? {}
    const names = new Map<string, string>()
    for (const witness of keys.map(readNoteKey)) {
      if (witness?.type !== KEY_TYPE.cosignature) continue
      if ((await this.#keyId(witness.name, witness.key, witness.type)) !== witness.keyId) continue
      // An invalid line with a witness's name before its own must not hide the valid one.
      for (const line of signatures) {
        const cosignature = readCosignature(line)
        if (!cosignature || line.name !== witness.name || line.keyId !== witness.keyId) continue
        const signedText = cosignedText(text, cosignature.timeS)
        if (await this.#signed(witness.key, signedText, cosignature.signature))
          names.set(String(witness.key), witness.name)
      }
    }
    return [...new Set(names.values())]
  }

  /** Whether the newer tree extends the older one (RFC 9162 section 2.1.4.2). */
  async consistent(older: Tree, newer: Tree, path: readonly string[]): Promise<boolean> {
    if (older.size === 0) return true
    if (older.size === newer.size) return isSame(older.root, newer.root)
    const proof = stepsOfConsistency(older.size, newer.size, path.map(bytesOf))
    if (!proof) return false
    let [fromOlder, fromNewer] = [proof.start ?? older.root, proof.start ?? older.root]
    for (const { sibling, left } of proof.steps) {
      if (left) fromOlder = await this.#node(sibling, fromOlder)
      fromNewer = await (left ? this.#node(sibling, fromNewer) : this.#node(fromNewer, sibling))
    }
    return isSame(fromOlder, older.root) && isSame(fromNewer, newer.root)
  }

  /** Whether a ballot is in the tree (RFC 9162 section 2.1.3.2). */
  async included(ballot: BallotStatement, inclusion: MerklePath, { size, root }: Tree): Promise<boolean> {
    const steps = stepsToRoot(inclusion)
    if (!steps || inclusion.size !== size) return false
    let hash = await this.#sha256(Uint8Array.of(0), new TextEncoder().encode(leafText(ballot)))
    for (const { sibling, left } of steps)
      hash = await (left ? this.#node(bytesOf(sibling), hash) : this.#node(hash, bytesOf(sibling)))
    return isSame(hash, root)
  }

  #node(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
    return this.#sha256(Uint8Array.of(1), left, right)
  }

  async #keyId(name: string, key: Bytes, type: number): Promise<string> {
    return hexOf((await this.#sha256(noteKeyBytes(name, key, type))).subarray(0, 4))
  }

  async #signed(key: Bytes, text: string, signature: Bytes): Promise<boolean> {
    const own = await this.#subtle.importKey('raw', key, 'Ed25519', false, ['verify'])
    return this.#subtle.verify('Ed25519', own, signature, new TextEncoder().encode(text))
  }

  async #sha256(...parts: Uint8Array[]): Promise<Bytes> {
    const bytes = Uint8Array.from(parts.flatMap((part) => [...part]))
    return new Uint8Array(await this.#subtle.digest('SHA-256', bytes))
  }
}

type Tree = Pick<Head, 'size' | 'root'>

export const bytesOf = (base64url: string): Bytes =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
