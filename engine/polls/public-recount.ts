import { answerSaltText, commitmentText, segmentText } from '../../protocol/commitments.ts'
import { type Ballot, type BallotPlace, type CertificateStatement, leafText } from '../../protocol/polls.ts'
import type { PublicBallot } from '../../protocol/public-ballots.ts'
import { sortedJson } from '../../protocol/sorted-json.ts'
import { leafHash, nodeHash, type Sha256 } from './merkle.ts'
import { base64url, markHashOf } from './receipts.ts'

/** A ballot as everybody may have it. @param segments Those that the certificate names. */
export function publicOf(
  sha256: Sha256,
  ballot: Ballot,
  { place: { partition, offset }, segments }: { place: BallotPlace; segments: ReadonlySet<string> },
): PublicBallot {
  const {
    ballot: id,
    voter,
    ordinal,
    at,
    late,
    quarantined,
    markSalt,
    choice,
    points,
    segment,
    salt,
  } = ballot
  const opening =
    segment === '' || segments.has(segment)
      ? { segment, salt }
      : {
          answerSalt: base64url(sha256(answerSaltText(salt))),
          segmentHash: base64url(sha256(segmentText(ballot))),
        }
  const place = { partition, offset }
  return { ballot: id, place, voter, ordinal, at, late, quarantined, markSalt, choice, points, ...opening }
}

/**
 * Counts a sealed poll again from what everybody may have: every commitment, the tree's root, the result. It trusts the
 * certificate in nothing but the paper that every leaf has, and says where the two differ.
 */
export class PublicRecount {
  readonly #sha256: Sha256
  readonly #statement: CertificateStatement
  /** Complete subtrees that the leaves so far make, the largest first. */
  readonly #subtrees: { hash: Uint8Array; leaves: number }[] = []
  readonly #voters = new Map<string, { ordinal: number; marks: number; answer: PublicBallot | undefined }>()
  #ballots = 0

  constructor(sha256: Sha256, statement: CertificateStatement) {
    this.#sha256 = sha256
    this.#statement = statement
  }

  /** The next ballot, in the order in which they come. */
  add(ballot: PublicBallot): void {
    this.#ballots++
    const { show, poll, paper, late, quarantined } = this.#statement
    const statement = {
      ...ballot,
      show,
      poll,
      paper,
      mark: markHashOf(this.#sha256, ballot),
      commitment: this.#commitment(ballot),
    }
    this.#subtrees.push({ hash: leafHash(this.#sha256, leafText(statement)), leaves: 1 })
    while (this.#subtrees.at(-1)!.leaves === this.#subtrees.at(-2)?.leaves) this.#join(this.#subtrees)
    const voter = this.#voters.get(ballot.voter) ?? {
      ordinal: 0,
      marks: LATE | QUARANTINED,
      answer: undefined,
    }
    // Who was first is a question of the order alone, and comes before anything is left out.
    if (ballot.ordinal <= voter.ordinal) return
    this.#voters.set(ballot.voter, voter)
    voter.ordinal = ballot.ordinal
    voter.marks &= (ballot.late ? LATE : 0) | (ballot.quarantined ? QUARANTINED : 0)
    if ((late.counted || !ballot.late) && (quarantined.counted || !ballot.quarantined)) voter.answer = ballot
  }

  #commitment({ voter, choice, points, ...of }: PublicBallot): string {
    const { salt = '', segment = '' } = of
    const {
      answerSalt = base64url(this.#sha256(answerSaltText(salt))),
      segmentHash = base64url(this.#sha256(segmentText({ salt, segment }))),
    } = of
    const text = commitmentText({ voter, answer: { choice, points } }, { answerSalt, segment: segmentHash })
    return base64url(this.#sha256(text))
  }

  #join(subtrees: { hash: Uint8Array; leaves: number }[]): void {
    const [right, left] = [subtrees.pop()!, subtrees.pop()!]
    subtrees.push({ hash: nodeHash(this.#sha256, left.hash, right.hash), leaves: left.leaves + right.leaves })
  }

  #root(): string {
    const subtrees = [...this.#subtrees]
    while (subtrees.length > 1) this.#join(subtrees)
    return base64url(subtrees[0]?.hash ?? this.#sha256(''))
  }

  /** What is not as the certificate says, a sentence each. */
  faults(): string[] {
    const statement = this.#statement
    const answers = [...this.#voters.values()].flatMap(({ answer }) => answer ?? [])
    const resultOf = (of: PublicBallot[]) => {
      const result = Object.fromEntries(Object.keys(statement.result).map((choice) => [choice, 0]))
      for (const { choice, points } of of)
        for (const [i, id] of choice.entries()) result[id] = (result[id] ?? 0) + points[i]!
      return { viewers: of.length, result }
    }
    const segments = Object.keys(statement.segments).map((segment) => [
      segment,
      resultOf(answers.filter((answer) => answer.segment === segment)),
    ])
    const marked = (mark: number) =>
      [...this.#voters.values()].filter(({ marks }) => (marks & mark) !== 0).length
    const counted = {
      ballots: this.#ballots,
      root: this.#root(),
      ...resultOf(answers),
      segments: Object.fromEntries(segments),
      late: { ...statement.late, viewers: marked(LATE) },
      quarantined: { ...statement.quarantined, viewers: marked(QUARANTINED) },
    }
    return Object.entries(counted).flatMap(([what, is]) => {
      const says = statement[what as keyof typeof counted]
      return sortedJson(is) === sortedJson(says)
        ? []
        : [`${what}: counted ${sortedJson(is)}, the certificate says ${sortedJson(says)}`]
    })
  }
}

const LATE = 1
const QUARANTINED = 2
