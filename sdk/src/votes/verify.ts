import {
  answerSaltText,
  commitmentText,
  markText,
  paperText,
  rulesText,
  segmentText,
} from '../../../protocol/commitments.ts'
import { isId } from '../../../protocol/ids.ts'
import { signsAt } from '../../../protocol/keys.ts'
import {
  type Answer,
  type BallotProof,
  batchText,
  type Certificate,
  certificateText,
  leafText,
  type MerklePath,
  type PollDocument,
  type Receipt,
  stepsToRoot,
} from '../../../protocol/polls.ts'
import { impossible } from '../../../protocol/possible.ts'

/** A key from `GET /v1/keys`. */
export interface VerifyKey {
  kid: string
  kty: string
  crv: string
  x: string
  from: number
  to?: number
  revoked?: number
}

/** What is wrong. */
export type Fault =
  /** The server did not sign the receipt, or its key does not have the id that the receipt names. */
  | 'receipt'
  /** The server did not sign the certificate, or it is for another poll, or contradicts itself. */
  | 'certificate'
  /** The poll as shown now is not what was voted on: a title, a choice or a rule differs. */
  | 'rules'
  /** The proof does not lead from the ballot to the certificate's root. */
  | 'proof'
  /** A ballot that the server signed for is not in the sealed poll. */
  | 'missing'

/** Created on demand: React Native before 0.85 imports this file and has no encoder. */
const utf8 = { encode: (text: string) => new TextEncoder().encode(text) }

/** Verifies receipts, certificates and proofs using only WebCrypto's SHA-256 and Ed25519, without trusting anybody. */
export class Verifier {
  readonly #subtle: SubtleCrypto
  readonly #keys: readonly VerifyKey[]

  constructor(subtle: SubtleCrypto, keys: readonly VerifyKey[]) {
    this.#subtle = subtle
    this.#keys = keys
  }

  /** Whether the server signed this receipt, for this answer. */
  async receipt(receipt: Receipt): Promise<boolean> {
    if (!isAnswer(receipt.answer)) return false
    const { proof, commitment } = receipt
    const answerSalt = await this.#hash(answerSaltText(receipt.salt))
    const segment = await this.#hash(segmentText(receipt))
    if ((await this.#hash(commitmentText(receipt, { answerSalt, segment }))) !== commitment) return false
    const root = await this.#rootOf(receipt, proof)
    return root !== undefined && this.#signed(batchText(proof.size, root), proof, receipt.at)
  }

  /** Whether the server signed this certificate, and it does not contradict itself. */
  async certificate(certificate: Certificate): Promise<boolean> {
    if (impossible(certificate.statement) !== undefined) return false
    return this.#signed(certificateText(certificate.statement), certificate, certificate.statement.sealed)
  }

  /** Whether the receipt's ballot is in the tree of the certificate's root, with the mark in the proof. */
  async proof(receipt: Receipt, proof: BallotProof, { statement }: Certificate): Promise<boolean> {
    return (
      proof.size === statement.ballots &&
      receipt.paper === statement.paper &&
      (await this.#hash(markText(proof))) === receipt.mark &&
      (await this.#rootOf(receipt, proof)) === statement.root
    )
  }

  /** Whether the poll, as shown, is the one that was voted on and sealed. */
  async rules(poll: PollDocument, { statement }: Certificate): Promise<boolean> {
    return (
      (await this.#hash(paperText(poll))) === statement.paper &&
      (await this.#hash(rulesText(poll))) === statement.rules
    )
  }

  async #hash(text: string): Promise<string> {
    return base64url(await this.#sha256(utf8.encode(text)))
  }

  /** RFC 9162 section 2.1.3.2. undefined where no tree of that size has such a path. */
  async #rootOf(receipt: Receipt, path: MerklePath): Promise<string | undefined> {
    let hash = await this.#sha256(new Uint8Array([0]), utf8.encode(leafText(receipt)))
    const steps = stepsToRoot(path)
    for (const { sibling, left } of steps ?? []) {
      const other = bytesOf(sibling)
      const [first, second] = left ? [other, hash] : [hash, other]
      hash = await this.#sha256(new Uint8Array([1]), first, second)
    }
    return steps && base64url(hash)
  }

  async #signed(
    text: string,
    { kid, signature }: { kid: string; signature: string },
    atMs: number,
  ): Promise<boolean> {
    const known = this.#keys.find((key) => key.kid === kid)
    if (!known || !signsAt(known, atMs)) return false
    const { kty, crv, x } = known
    // The id is the key's thumbprint (RFC 7638), so a server cannot pass off another key under it.
    if ((await this.#hash(JSON.stringify({ crv, kty, x }))) !== kid) return false
    const key = await this.#subtle.importKey('jwk', { kty, crv, x }, 'Ed25519', false, ['verify'])
    return this.#subtle.verify('Ed25519', key, bytesOf(signature), utf8.encode(text))
  }

  async #sha256(...parts: Uint8Array[]): Promise<Uint8Array> {
    const bytes = Uint8Array.from(parts.flatMap((part) => [...part]))
    return new Uint8Array(await this.#subtle.digest('SHA-256', bytes))
  }
}

/** In the hashed text `1` and `"1"` look the same, and one choice called `anna=1,ben` looks like two. */
const isAnswer = ({ choice, points }: Answer): boolean =>
  choice.length === points.length &&
  new Set(choice).size === choice.length &&
  choice.every(isId) &&
  points.every((n) => Number.isSafeInteger(n) && n > 0)

/** Whether WebCrypto is available (it needs https, or localhost) and supports Ed25519 (browsers before 2025 may not). */
export async function canVerify(subtle: SubtleCrypto | undefined): Promise<boolean> {
  try {
    // The public key of RFC 8032 section 7.1, test 1.
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'
    await subtle!.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x }, 'Ed25519', false, ['verify'])
    return true
  } catch {
    return false
  }
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
