import {
  type BallotProof,
  type Certificate,
  certificateText,
  leafText,
  type Receipt,
} from '../../protocol/polls.ts'
import type { Sha256 } from './merkle.ts'
import { rootOf, type VerifySignature } from './receipts.ts'

/** Why the certificate is not good; undefined when it is. */
export function certificateFault(
  { statement, kid, signature }: Certificate,
  verify: VerifySignature,
): string | undefined {
  return verify(certificateText(statement), kid, signature) ? undefined : 'the signature is not good'
}

/** Why the receipt's ballot is not in the certificate's tree; undefined when it is. */
export function proofFault(
  receipt: Receipt,
  proof: BallotProof,
  { statement }: Certificate,
  sha256: Sha256,
): string | undefined {
  if (receipt.show !== statement.show || receipt.poll !== statement.poll)
    return 'the certificate is for another poll'
  if (proof.ballot !== receipt.ballot) return 'it is for another ballot'
  if (proof.size !== statement.ballots) return 'it is for a tree of another size'
  return rootOf(sha256, leafText(receipt), proof) === statement.root
    ? undefined
    : "it does not lead to the certificate's root"
}
