import { answerSaltText, commitmentText, type Paper, segmentText } from '../../protocol/commitments.ts'
import { ownOf } from '../../protocol/ids.ts'
import {
  type Answer,
  answerOf,
  type Ballot,
  type BallotPlace,
  type CertificateStatement,
  leafText,
} from '../../protocol/polls.ts'
import { type Asked, impossibleBallot } from '../../protocol/possible.ts'
import type { PublicBallot } from '../../protocol/public-ballots.ts'
import { sortedJson } from '../../protocol/sorted-json.ts'
import { leafHash, nodeHash, type Sha256 } from './merkle.ts'
import { PollVoters } from './poll-voters.ts'
import { base64url, markHashOf, paperOf } from './receipts.ts'

/** A ballot in its public form. @param segments Those that the certificate names. */
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

/** An answer, and how many voters have it as the one that counts. */
interface Answers extends Answer {
  /** Absent where the segment is too small to be published. */
  segment: string | undefined
  voters: number
}

/** Flags of a voter: all ballots so far are late; all are in quarantine. The bits above them hold the answer that counts. */
const LATE = 1
const QUARANTINED = 2
const MARKS = 4

/**
 * Counts a sealed poll again from public data: every commitment, the tree's root, the result. It trusts the certificate only for
 * the paper that every leaf has, and reports where the two differ. It keeps 22 to 33 bytes a voter, depending on the number of
 * different answers.
 */
export class PublicRecount {
  readonly #sha256: Sha256
  readonly #statement: CertificateStatement
  readonly #asked: Asked | undefined
  /** Whether the poll that is shown is not the one that was voted on. */
  readonly #isOther: boolean
  /** The first ballot that cannot be, and why. */
  #impossible: string | undefined
  /** The complete subtrees of the leaves so far, the largest first. */
  readonly #subtrees: { hash: Uint8Array; leaves: number }[] = []
  /** Newest ordinals. The offset column holds marks and, above them, the number of the answer that counts, from 1 up; 0: none. */
  readonly #voters = new PollVoters()
  /** Every different answer of a segment, once. */
  readonly #answers: Answers[] = []
  readonly #numbers = new Map<string, number>()
  #ballots = 0

  /** @param poll As it is shown. Default: only what the certificate says of it is known. */
  constructor(sha256: Sha256, statement: CertificateStatement, poll?: Paper) {
    this.#sha256 = sha256
    this.#statement = statement
    this.#asked = poll && { ...poll, choices: new Set(poll.choices.map(({ choice }) => choice)) }
    this.#isOther = poll !== undefined && paperOf(sha256, poll) !== statement.paper
  }

  /**
   * Adds the next ballot, in order. Returns false once there are more than the certificate states: reading on is pointless.
   * @param ballot See `publicBallotIn`.
   */
  add(ballot: PublicBallot): boolean {
    const { show, poll, paper, ballots } = this.#statement
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
    this.#ballots++
    if (this.#impossible === undefined) {
      const fault = impossibleBallot(ballot, this.#statement, this.#asked)
      this.#impossible = fault && `answers: ballot ${this.#ballots} ${fault}`
    }
    this.#count(ballot)
    return this.#ballots <= ballots
  }

  /** Which ballot was first is decided by the order alone, before any is left out. */
  #count(ballot: PublicBallot): void {
    const table = this.#voters.tableOf(ballot.voter)
    const slot = table.claim(ballot.voter)
    const newest = table.ordinal(slot)
    if (ballot.ordinal <= newest) return
    const known = newest === 0 ? LATE | QUARANTINED : table.offset(slot)
    const { late, quarantined } = this.#statement
    const isCounted = (late.counted || !ballot.late) && (quarantined.counted || !ballot.quarantined)
    const answer = isCounted ? this.#numberOf(ballot) : Math.floor(known / MARKS)
    const marks = (known % MARKS) & ((ballot.late ? LATE : 0) | (ballot.quarantined ? QUARANTINED : 0))
    table.set(slot, ballot.ordinal, 0, answer * MARKS + marks)
  }

  #numberOf({ segment, choice, points }: PublicBallot): number {
    // `-` is no valid id, so it stands for no segment: a segment may be called `undefined`.
    const name = `${segment ?? '-'} ${answerOf({ choice, points })}`
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const number = this.#answers.push({ segment, choice, points, voters: 0 })
    this.#numbers.set(name, number)
    return number
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

  /** Counts the voters of each answer. Returns the voters with only late ballots, and with only quarantined ones. */
  #addUp(): { late: number; quarantined: number } {
    const marked = { late: 0, quarantined: 0 }
    for (const answer of this.#answers) answer.voters = 0
    for (const table of this.#voters.tables) {
      for (let slot = 0; slot < table.slots; slot++) {
        if (table.ordinal(slot) === 0) continue
        const known = table.offset(slot)
        const answer = Math.floor(known / MARKS)
        if (answer > 0) this.#answers[answer - 1]!.voters++
        if (((known % MARKS) & LATE) !== 0) marked.late++
        if (((known % MARKS) & QUARANTINED) !== 0) marked.quarantined++
      }
    }
    return marked
  }

  /** A ballot that cannot be, and differences from the certificate, one sentence each. */
  faults(): string[] {
    const statement = this.#statement
    const marked = this.#addUp()
    const resultOf = (answers: Answers[]) => {
      const result = Object.fromEntries(Object.keys(statement.result).map((choice) => [choice, 0]))
      for (const { choice, points, voters } of answers)
        for (const [i, id] of choice.entries()) result[id] = (ownOf(result, id) ?? 0) + voters * points[i]!
      return { viewers: answers.reduce((sum, { voters }) => sum + voters, 0), result }
    }
    const segments = Object.keys(statement.segments).map((segment) => [
      segment,
      resultOf(this.#answers.filter((answer) => answer.segment === segment)),
    ])
    const counted = {
      ballots: this.#ballots,
      root: this.#root(),
      ...resultOf(this.#answers),
      segments: Object.fromEntries(segments),
      late: { ...statement.late, viewers: marked.late },
      quarantined: { ...statement.quarantined, viewers: marked.quarantined },
    }
    const differing = Object.entries(counted).flatMap(([what, is]) => {
      const says = statement[what as keyof typeof counted]
      return sortedJson(is) === sortedJson(says)
        ? []
        : [`${what}: counted ${sortedJson(is)}, the certificate says ${sortedJson(says)}`]
    })
    return [
      ...(this.#isOther ? ['rules: the poll asks something else than what was voted on'] : []),
      ...(this.#impossible === undefined ? [] : [this.#impossible]),
      ...differing,
    ]
  }
}
