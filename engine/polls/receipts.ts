import {
  type Ballot,
  type BallotPlace,
  batchText,
  leafText,
  type Opening,
  openingText,
  type Receipt,
  stepsToRoot,
} from '../../protocol/polls.ts'
import { HASH_BYTES, leafHash, MerkleTree, nodeHash, type Sha256 } from './merkle.ts'

/** Signs a text with the key that was in use at a time. */
export interface Signer {
  sign(text: string, atMs: number): { kid: string; signature: string }
}

const base64url = (bytes: Uint8Array): string => bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
const fromBase64url = (text: string): Uint8Array => Uint8Array.fromBase64(text, { alphabet: 'base64url' })

/** A hash that is spelled and not kept: every one is spelled before the next is made. */
const spelled = new Uint8Array(HASH_BYTES)

export const commitmentOf = (sha256: Sha256, opening: Opening): string =>
  base64url(sha256(openingText(opening), spelled))

/** What the viewer alone is told of a ballot. */
export const openingOf = ({ choice, points, segment, voter, salt }: Ballot): Opening => ({
  answer: { choice, points },
  segment,
  voter,
  salt,
})

/** A ballot as the tree's leaf has it. */
export const statementOf = (ballot: Ballot, place: BallotPlace, commitment: string) => ({
  show: ballot.show,
  poll: ballot.poll,
  ballot: ballot.ballot,
  ordinal: ballot.ordinal,
  at: ballot.at,
  late: ballot.late,
  place: { partition: place.partition, offset: place.offset },
  commitment,
})

/**
 * The receipts of ballots that the log took together: one tree, one signature for all. What they state follows from the
 * log alone, so it can be signed again at any time, in another batch or alone.
 */
export function signBatch(
  ballots: Ballot[],
  places: BallotPlace[],
  { sha256, signer }: { sha256: Sha256; signer: Signer },
): Receipt[] {
  const openings = ballots.map(openingOf)
  const statements = ballots.map((ballot, i) =>
    statementOf(ballot, places[i]!, commitmentOf(sha256, openings[i]!)),
  )
  const tree = new MerkleTree(
    sha256,
    statements.map((statement) => leafHash(sha256, leafText(statement))),
  )
  const { size } = tree
  const { kid, signature } = signer.sign(batchText(size, base64url(tree.root)), ballots[0]!.at)
  // Neighbours' paths share all but their lowest nodes.
  const texts: string[] = []
  const textOf = (node: number): string => (texts[node] ??= base64url(tree.node(node, spelled)))
  return statements.map((statement, index) => ({
    ...statement,
    ...openings[index]!,
    proof: { index, size, path: tree.siblings(index).map(textOf), kid, signature },
  }))
}

/** The root that a leaf and its path give; undefined when no tree has such a path. */
export function rootOf(
  sha256: Sha256,
  leaf: string,
  proof: { index: number; size: number; path: string[] },
): string | undefined {
  const steps = stepsToRoot(proof)
  if (steps === undefined) return undefined
  let hash = leafHash(sha256, leaf)
  for (const { sibling, left } of steps) {
    const other = fromBase64url(sibling)
    hash = left ? nodeHash(sha256, other, hash) : nodeHash(sha256, hash, other)
  }
  return base64url(hash)
}

/** Checks a text's signature by the key of this id; false for an unknown key. */
export type VerifySignature = (text: string, kid: string, signature: string) => boolean

/** Why a receipt is not good, in words; undefined when it is. */
export function receiptFault(
  receipt: Receipt,
  { sha256, verify }: { sha256: Sha256; verify: VerifySignature },
): string | undefined {
  if (commitmentOf(sha256, receipt) !== receipt.commitment) {
    return 'the voter, the answer and the salt are not those of the commitment'
  }
  const root = rootOf(sha256, leafText(receipt), receipt.proof)
  if (root === undefined) return 'the path is not one of a tree of this size'
  const { size, kid, signature } = receipt.proof
  return verify(batchText(size, root), kid, signature) ? undefined : 'the signature is not good'
}
