import {
  answerSaltText,
  commitmentText,
  markText,
  type Paper,
  paperText,
  rulesText,
  segmentText,
} from '../../protocol/commitments.ts'
import {
  type Ballot,
  type BallotPlace,
  type BallotStatement,
  batchText,
  leafText,
  type MarkOpening,
  type Opening,
  type PollRules,
  type Receipt,
  stepsToRoot,
} from '../../protocol/polls.ts'
import { RECEIPT } from '../../protocol/receipts.ts'
import { faultOf } from '../../protocol/records/fault.ts'
import { HASH_BYTES, leafHash, MerkleTree, nodeHash, type Sha256 } from './merkle.ts'

/** Signs a text with the key that was valid at that time. */
export interface Signer {
  sign(text: string, atMs: number): { kid: string; signature: string }
}

/** The hash of what a poll asks. */
export type Papers = (show: string, poll: string) => string

export const base64url = (bytes: Uint8Array): string =>
  bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
const fromBase64url = (text: string): Uint8Array => Uint8Array.fromBase64(text, { alphabet: 'base64url' })

/** Scratch buffer: each hash is base64url-encoded before the next one is computed. */
const scratch = new Uint8Array(HASH_BYTES)
export const hashOf = (sha256: Sha256, text: string): string => base64url(sha256(text, scratch))

export const commitmentOf = (sha256: Sha256, opening: Opening): string =>
  hashOf(
    sha256,
    commitmentText(opening, {
      answerSalt: hashOf(sha256, answerSaltText(opening.salt)),
      segment: hashOf(sha256, segmentText(opening)),
    }),
  )

export const markHashOf = (sha256: Sha256, opening: MarkOpening): string => hashOf(sha256, markText(opening))

export const paperOf = (sha256: Sha256, poll: Paper): string => hashOf(sha256, paperText(poll))

export const rulesHashOf = (sha256: Sha256, rules: PollRules): string => hashOf(sha256, rulesText(rules))

/** What only the viewer receives about a ballot. */
const openingOf = ({ choice, points, segment, voter, salt }: Ballot): Opening => ({
  answer: { choice, points },
  segment,
  voter,
  salt,
})

/** A ballot as the statement of its leaf. @param paper The hash of what its poll asks. */
export const statementOf = (
  sha256: Sha256,
  ballot: Ballot,
  { place, paper }: { place: BallotPlace; paper: string },
): BallotStatement => ({
  show: ballot.show,
  poll: ballot.poll,
  paper,
  ballot: ballot.ballot,
  ordinal: ballot.ordinal,
  at: ballot.at,
  late: ballot.late,
  mark: markHashOf(sha256, ballot),
  place: { partition: place.partition, offset: place.offset },
  commitment: commitmentOf(sha256, openingOf(ballot)),
})

/**
 * The receipts of ballots that were appended together: one tree, one signature for all. Their contents follow from the log alone,
 * so they can be signed again at any time, in another batch or alone.
 * @param options.leaf Receives each ballot's leaf, in a buffer that the next one reuses. Default: unused.
 */
export function signBatch(
  ballots: Ballot[],
  places: BallotPlace[],
  {
    sha256,
    signer,
    papers,
    leaf,
  }: { sha256: Sha256; signer: Signer; papers: Papers; leaf?: (index: number, hash: Uint8Array) => void },
): Receipt[] {
  const statements = ballots.map((ballot, i) =>
    statementOf(sha256, ballot, { place: places[i]!, paper: papers(ballot.show, ballot.poll) }),
  )
  const tree = new MerkleTree(
    sha256,
    statements.map((statement) => leafHash(sha256, leafText(statement))),
  )
  const { size } = tree
  // By the key of the last one: a key may sign a little before its beginning, and nothing once it is revoked.
  const atMs = ballots.reduce((newest, { at }) => Math.max(newest, at), 0)
  const { kid, signature } = signer.sign(batchText(size, base64url(tree.root)), atMs)
  if (leaf) for (let index = 0; index < size; index++) leaf(index, tree.at(0, index, scratch))
  const pathOf = pathTexts(tree)
  // By name: spreading an object takes longer than all the rest.
  return statements.map((statement, index) => {
    const { answer, segment, voter, salt } = openingOf(ballots[index]!)
    return {
      show: statement.show,
      poll: statement.poll,
      paper: statement.paper,
      ballot: statement.ballot,
      ordinal: statement.ordinal,
      at: statement.at,
      late: statement.late,
      mark: statement.mark,
      place: statement.place,
      commitment: statement.commitment,
      answer,
      segment,
      voter,
      salt,
      proof: { index, size, path: pathOf(index), kid, signature },
    }
  })
}

/** The texts of paths: each node is in many of them. */
function pathTexts(tree: MerkleTree): (leaf: number) => string[] {
  const levels = Array.from({ length: tree.height - 1 }, (_, level) =>
    Array.from({ length: tree.width(level) }, (_, index) => base64url(tree.at(level, index, scratch))),
  )
  return (leaf) => {
    const path: string[] = []
    for (let level = 0, at = leaf; level < levels.length; level++, at >>>= 1) {
      const sibling = levels[level]![at ^ 1]
      if (sibling !== undefined) path.push(sibling)
    }
    return path
  }
}

/** The root that results from a leaf and its path; undefined when no tree has such a path. */
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

/**
 * Checks a text's signature by the key of this id, for something received or sealed at `atMs`; false for a key that is unknown,
 * or not valid then.
 */
export type VerifySignature = (
  text: string,
  kid: string,
  signed: { signature: string; atMs: number },
) => boolean

/** Why a receipt is not valid, in words; undefined when it is. */
export function receiptFault(
  receipt: Receipt,
  { sha256, verify }: { sha256: Sha256; verify: VerifySignature },
): string | undefined {
  const misshapen = faultOf({ ...receipt }, RECEIPT)
  if (misshapen !== undefined) return `it does not have the form of a receipt: ${misshapen}`
  if (commitmentOf(sha256, receipt) !== receipt.commitment) {
    return 'the voter, the answer and the salt are not those of the commitment'
  }
  const root = rootOf(sha256, leafText(receipt), receipt.proof)
  if (root === undefined) return 'the path is not one of a tree of this size'
  const { size, kid, signature } = receipt.proof
  const isGood = verify(batchText(size, root), kid, { signature, atMs: receipt.at })
  return isGood ? undefined : 'the signature is not valid'
}
