import {
  answerSaltText,
  commitmentText,
  markText,
  paperText,
  rulesText,
  segmentText,
} from '../../../protocol/commitments.ts'
import { signsAt } from '../../../protocol/keys.ts'
import {
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

/** A key of `GET /v1/keys`. */
export interface VerifyKey {
  kid: string
  kty: string
  crv: string
  x: string
  from: number
  to?: number
  revoked?: number
}

/** What was found to be wrong. */
export type Fault =
  /** The receipt is not what the server signed, or its key does not carry the name that the receipt gives it. */
  | 'receipt'
  /** The certificate is not what the server signed, or it is another poll's, or says what cannot be. */
  | 'certificate'
  /** The poll, as it is shown now, is not what was voted on: a title, a choice, a rule is another. */
  | 'rules'
  /** The proof does not lead from the ballot to the certificate's root. */
  | 'proof'
  /** A ballot that the server signed for is not in the sealed poll. */
  | 'missing'

/** Made when it is needed: React Native before 0.85 imports this file and has no encoder. */
const utf8 = { encode: (text: string) => new TextEncoder().encode(text) }

/** Checks receipts, certificates and proofs with nothing but SHA-256 and Ed25519 of WebCrypto, and trusts nobody. */
export class Verifier {
  readonly #subtle: SubtleCrypto
  readonly #keys: readonly VerifyKey[]

  constructor(subtle: SubtleCrypto, keys: readonly VerifyKey[]) {
    this.#subtle = subtle
    this.#keys = keys
  }

  /** Whether the server signed this receipt, for this answer. */
  async receipt(receipt: Receipt): Promise<boolean> {
    const { proof, commitment } = receipt
    const answerSalt = await this.#hash(answerSaltText(receipt.salt))
    const segment = await this.#hash(segmentText(receipt))
    if ((await this.#hash(commitmentText(receipt, { answerSalt, segment }))) !== commitment) return false
    const root = await this.#rootOf(receipt, proof)
    return root !== undefined && this.#signed(batchText(proof.size, root), proof, receipt.at)
  }

  /** Whether the server signed this certificate, and it says nothing that cannot be. */
  async certificate(certificate: Certificate): Promise<boolean> {
    if (impossible(certificate.statement) !== undefined) return false
    return this.#signed(certificateText(certificate.statement), certificate, certificate.statement.sealed)
  }

  /** Whether the receipt's ballot is in the tree whose root the certificate holds, with the mark that the proof says. */
  async proof(receipt: Receipt, proof: BallotProof, { statement }: Certificate): Promise<boolean> {
    return (
      proof.size === statement.ballots &&
      receipt.paper === statement.paper &&
      (await this.#hash(markText(proof))) === receipt.mark &&
      (await this.#rootOf(receipt, proof)) === statement.root
    )
  }

  /** Whether the poll, as it is shown, is the one that was voted on and sealed. */
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
    // The id is the key's own thumbprint (RFC 7638), so a server can't hand out another key under the same name.
    if ((await this.#hash(JSON.stringify({ crv, kty, x }))) !== kid) return false
    const key = await this.#subtle.importKey('jwk', { kty, crv, x }, 'Ed25519', false, ['verify'])
    return this.#subtle.verify('Ed25519', key, bytesOf(signature), utf8.encode(text))
  }

  async #sha256(...parts: Uint8Array[]): Promise<Uint8Array> {
    const bytes = Uint8Array.from(parts.flatMap((part) => [...part]))
    return new Uint8Array(await this.#subtle.digest('SHA-256', bytes))
  }
}

/** Whether WebCrypto is there (a page must have come by https, or from localhost) and knows Ed25519 (browsers before 2025 may not). */
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
