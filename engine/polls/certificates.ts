import { originOf, readNote } from '../../protocol/checkpoints.ts'
import {
  type BallotProof,
  type Certificate,
  certificateText,
  leafText,
  type PollDocument,
  type Receipt,
} from '../../protocol/polls.ts'
import { impossible } from '../../protocol/possible.ts'
import { PROOF } from '../../protocol/receipts.ts'
import { faultOf } from '../../protocol/records/fault.ts'
import { checkedHead, isCosignature, type VerifyBytes, witnessKeyOf } from './checkpoints.ts'
import type { Sha256 } from './merkle.ts'
import { base64url, markHashOf, paperOf, rootOf, rulesHashOf, type VerifySignature } from './receipts.ts'

/** Why the certificate is not valid; undefined when it is. */
export function certificateFault(
  { statement, kid, signature }: Certificate,
  verify: VerifySignature,
): string | undefined {
  if (!verify(certificateText(statement), kid, { signature, atMs: statement.sealed }))
    return 'the signature is not valid'
  return impossible(statement)
}

/**
 * Why the certificate's head is not the log's last; undefined when it is, or if there is none.
 * @param options.keys Ed25519 keys, 32 bytes each.
 */
export function headFault(
  { statement, head }: Certificate,
  options: { keys: readonly Uint8Array[]; sha256: Sha256; verify: VerifyBytes },
): string | undefined {
  if (head === undefined) return undefined
  const checked = checkedHead(head, { ...options, origin: originOf(statement.show, statement.poll) })
  if (typeof checked === 'string') return checked
  const isSame = checked.size === statement.ballots && base64url(checked.root) === statement.root
  return isSame ? undefined : 'its tree is not the one of the certificate'
}

/** The names of the certificate's witnesses whose cosignature of its head is valid: each name and each key once. */
export function seenBy(
  { head = '', witnesses = [] }: Certificate,
  { sha256, verify }: { sha256: Sha256; verify: VerifyBytes },
): string[] {
  const { text, signatures } = readNote(head) ?? { text: '', signatures: [] }
  const seen = witnesses
    .map((key) => witnessKeyOf(sha256, key))
    .filter((witness) => witness !== undefined)
    .filter((witness) => signatures.some((line) => isCosignature(line, { text, witness, verify })))
  return [...new Set(new Map(seen.map(({ name, key }) => [base64url(key), name])).values())]
}

/** Why the poll's document does not match what was voted on and sealed; undefined when it does. */
export function pollFault(
  poll: PollDocument,
  { statement }: Certificate,
  sha256: Sha256,
): string | undefined {
  if (paperOf(sha256, poll) !== statement.paper) return 'it asks something else than what was voted on'
  return rulesHashOf(sha256, poll) === statement.rules ? undefined : 'its rules are not those of the seal'
}

/** Why the receipt's ballot is not in the certificate's tree; undefined when it is. */
export function proofFault(
  receipt: Receipt,
  proof: BallotProof,
  { statement }: Certificate,
  sha256: Sha256,
): string | undefined {
  const misshapen = faultOf({ ...proof }, PROOF)
  if (misshapen !== undefined) return `it does not have the form of a proof: ${misshapen}`
  if (receipt.show !== statement.show || receipt.poll !== statement.poll)
    return 'the certificate is for another poll'
  if (proof.ballot !== receipt.ballot) return 'it is for another ballot'
  if (proof.size !== statement.ballots) return 'it is for a tree of another size'
  if (receipt.paper !== statement.paper) return 'it is for a ballot to another question'
  if (markHashOf(sha256, proof) !== receipt.mark) return "its mark is not the receipt's"
  return rootOf(sha256, leafText(receipt), proof) === statement.root
    ? undefined
    : "it does not lead to the certificate's root"
}
