/**
 * Polls, ballots, tallies, receipts, certificates: their contents, and the exact bytes that are hashed and signed, so that anyone
 * can check them with a SHA-256 and an Ed25519 of their own. Hashes, salts and signatures are base64url without padding (RFC 4648
 * section 5) wherever they appear as text.
 */

import { sortedJson } from './sorted-json.ts'
import type { TrailHead } from './trail.ts'

/** `one` choice; `several`: 1 to `max` of them; `points`: up to `max` points split over them. */
export type PollKind = 'one' | 'several' | 'points'

/** `draft` → `open` → `closed` → `revealed` → `sealed`. Only forward. */
export type PollState = 'draft' | 'open' | 'closed' | 'revealed' | 'sealed'

/**
 * Who sees counts, and from when: `live` everybody while it is open; `voted` voters at once, everybody once it is closed;
 * `closed` everybody once it is closed; `revealed` everybody once a producer reveals them.
 */
export type Visibility = 'live' | 'voted' | 'closed' | 'revealed'

/**
 * Who may vote: `signed-in` anybody with an issuer's token; `guests` also anybody with a token of this server; `verified` only
 * those whom an issuer vouches for by a claim that the settings name.
 */
export type Voters = 'signed-in' | 'guests' | 'verified'

/** What each choice of voters means for the result, for producers. */
export const VOTERS_MEAN: Record<Voters, string> = {
  'signed-in': 'One vote per account. A person with several accounts at the issuer has several votes.',
  guests:
    'One vote per browser. Clearing the browser’s data, or a script, gives any number of votes. Fine for fun, not for prizes.',
  verified: 'One vote per person that the issuer has verified, for example by telephone number.',
}

export interface Choice {
  choice: string
  title: string
  /** A picture's address, relative to the server. */
  image?: string
}

/** What a producer decides about a poll. */
export interface PollRules {
  question: string
  choices: Choice[]
  kind: PollKind
  /** `several`: how many choices at most. `points`: how many points at most. 1 for `one`. */
  max: number
  /** false: a viewer's first answer counts. true: the last one. */
  change: boolean
  visibility: Visibility
  /** First millisecond in which votes are accepted; absent: a producer opens it by hand. */
  opens?: number
  /** First millisecond that is too late; absent: a producer closes it by hand. */
  closes?: number
  /** When the counts, and the right answer, are shown to everybody; absent: a producer reveals them by hand. */
  reveals?: number
  /** When it is sealed, at the earliest; absent: a producer seals it by hand. */
  seals?: number
  /** How long after `closes` votes are still accepted and marked late, for streams with a delay. */
  graceMs: number
  /** Whether late ballots count. */
  countLate: boolean
  /** Whether quarantined ballots count. */
  countQuarantined: boolean
  /** Quiz and prediction: the right choices. Secret before the poll is revealed. */
  answer?: string[]
  /** Absent: the poll predates this field; then guests vote, too. */
  voters?: Voters
  /** Whether all ballots are published, once the poll is sealed and its voters are forgotten. Absent: yes. */
  publish?: boolean
}

/** A change of the rules. `null` removes a time: a producer takes that step by hand again. */
export type PollChanges = Partial<Omit<PollRules, PollTime>> & { [Name in PollTime]?: number | null }
type PollTime = 'opens' | 'closes' | 'reveals' | 'seals'

/** A poll in the control log and the store. Its state follows from its times: see `stateOf`. */
export interface Poll extends PollRules {
  show: string
  poll: string
  /** When its counts were revealed, and when it was sealed. */
  revealed?: number
  sealed?: number
  /** When its seal began: from then on no vote is accepted, and those accepted before are waited for. */
  sealing?: number
  /** When the key of its voters was deleted. */
  forgotten?: number
  /** When its rehearsal was wiped: the poll no longer exists, and its id is never reused. */
  wiped?: number
  /** The certificate's code: see `shortCodeOf`. */
  code?: string
  /** The furthest state ever seen, whatever a clock says later: a poll only goes forward. */
  reached?: PollState
  /** Grows with every change. */
  version: number
}

/** `GET /v1/shows/{show}/polls/{poll}`. */
export interface PollDocument
  extends Omit<Poll, 'sealed' | 'revealed' | 'sealing' | 'forgotten' | 'reached' | 'wiped'> {
  state: PollState
  /** Viewers whose answer is in the result. */
  ballots: number
  /** Absent while the poll hides them. */
  counts?: Record<string, number>
  /** The same for each segment that has any. */
  segments?: Record<string, { ballots: number; counts: Record<string, number> }>
  /** With a token: the receipt of the viewer's newest ballot, if there is one. */
  mine?: Receipt
}

/** An answer in canonical form for all kinds: choices sorted by id, and the points of each. */
export interface Answer {
  choice: string[]
  /** 1 for each choice, except where the poll's kind is `points`. */
  points: number[]
}

/** `POST /v1/shows/{show}/polls/{poll}/votes`: one of the first three fields, by the poll's kind. */
export interface VoteRequest {
  choice?: string
  choices?: string[]
  points?: Record<string, number>
  /** The receipt of the answer that this one replaces. Needed only if the server does not remember it. */
  receipt?: Receipt
}

/**
 * A record of the topic `ballots`. Its key is `voter`, so one viewer's ballots keep their order. The order of the fields is part
 * of the promise: every ingest writes the same bytes.
 *
 * These records alone decide what counts: of records with the same (show, poll, voter, ordinal) the first in log order counts; it
 * subtracts what it replaces and adds its own answer. The others count nothing, so a record written twice is harmless.
 */
export interface Ballot extends Answer {
  show: string
  poll: string
  /** The process that wrote it; with `sequence` it identifies the record: a repeat has the same. */
  producer: string
  sequence: number
  /** The sequence of the first record of its batch: what was committed and signed together. */
  batch: number
  /** Records in its batch. */
  size: number
  /** UUID, version 7: its first 48 bits are `at`. */
  ballot: string
  /** Keyed hash of the viewer. Without the poll's key it cannot be traced to the viewer. */
  voter: string
  /** Empty string: a viewer of no segment. */
  segment: string
  /** Receive time, which decides whether it was in time. */
  at: number
  late: boolean
  quarantined: boolean
  /** 1 for a viewer's first answer, incremented with each change. */
  ordinal: number
  /** The previous answer, if the ordinal is above 1. */
  replaces?: { ballot: string; segment: string } & Answer
  /** Opens the commitment; only the viewer has it. */
  salt: string
  /** Opens the mark. Only the server has it until the seal, so nobody can see a quarantine while the poll is open. */
  markSalt: string
}

/** Whether a ballot is late, quarantined, or both. A change inherits the marks of what it replaces. */
export type Mark = '' | 'late' | 'quarantined' | 'late quarantined'

/**
 * A result of a tally: the absolute count of one (show, poll, segment, choice, mark). A consumer replaces an older version and
 * never adds. `choice` '' counts viewers. A marked cell may be negative: it holds what leaving out the marked ballots would
 * subtract.
 */
export interface TallyCell {
  show: string
  poll: string
  segment: string
  choice: string
  mark: Mark
  count: number
  /** Only grows. Embedded: the number of log records read; Spark: the time of the batch. */
  version: number
}

export const tallyKey = ({
  show,
  poll,
  segment,
  choice,
  mark,
}: Omit<TallyCell, 'count' | 'version'>): string => `${show}/${poll}/${segment}/${choice}/${mark}`

/** A ballot's place in the log. */
export interface BallotPlace {
  partition: number
  offset: number
}

/** What a receipt states about a ballot: one leaf of its batch's tree, and of the certificate's. */
export interface BallotStatement {
  show: string
  poll: string
  ballot: string
  ordinal: number
  at: number
  late: boolean
  place: BallotPlace
  /** SHA-256 of `paperText`: the question and everything that was voted on. */
  paper: string
  /** SHA-256 of `markText`: whether it is quarantined; only the mark's salt reveals it. */
  mark: string
  /** SHA-256 of `commitmentText`: reveals nothing about voter or answer without the salt. */
  commitment: string
}

/** The server's promise that a ballot is durable: the leaf, its path to the batch's root, the root's signature. */
export interface Receipt extends BallotStatement, Opening {
  proof: MerklePath & { kid: string; signature: string }
}

/** An inclusion proof, RFC 9162 section 2.1.3: siblings from the leaf up. */
export interface MerklePath {
  index: number
  size: number
  path: string[]
}

/** `GET …/proofs/{ballot}`: proves that a ballot is in the certificate's tree at this index, and opens its mark. */
export interface BallotProof extends MerklePath, MarkOpening {
  show: string
  poll: string
  ballot: string
}

export interface CertificateStatement {
  show: string
  poll: string
  kind: PollKind
  question: string
  opens: number
  closes: number
  sealed: number
  /** SHA-256 of `paperText`, as every ballot has it, and of `rulesText`: the rules that produced the result. */
  paper: string
  rules: string
  /** All ballots in log order (partition, then offset): counted, replaced and left out. The tree's size. */
  ballots: number
  /** RFC 9162 section 2.1.1, over the leaves of all ballots. */
  root: string
  /** Viewers whose answer is in the result. */
  viewers: number
  result: Record<string, number>
  segments: Record<string, { viewers: number; result: Record<string, number> }>
  /** How many more or fewer viewers the result would have with every late ballot, and whether it includes them. */
  late: { viewers: number; counted: boolean }
  quarantined: { viewers: number; counted: boolean }
  /** The end of the show's audit trail when the seal began. */
  trail: TrailHead
}

/** `GET …/certificate`. `signature` is over `certificateText(statement)`. */
export interface Certificate {
  statement: CertificateStatement
  kid: string
  signature: string
  /**
   * The poll's last head, of the statement's tree, with the cosignatures that witnesses returned in time: a C2SP signed note.
   * Absent if the poll has no heads.
   */
  head?: string
  /** The published keys of the witnesses that were asked. */
  witnesses?: string[]
}

/** `anna=7,ben=3`: choices sorted by id. */
export const answerOf = ({ choice, points }: Answer): string =>
  choice.map((id, i) => `${id}=${points[i]}`).join(',')

/** Opens the commitment; for the viewer only. Covers everything that decides what is counted, and for whom. */
export interface Opening {
  answer: Answer
  segment: string
  voter: string
  salt: string
}

/** Opens a ballot's mark; public after the seal. */
export type MarkOpening = Pick<Ballot, 'quarantined' | 'markSalt'>

/** A leaf of the tree, as text. Its hash is SHA-256(0x00 || leaf). */
export const leafText = ({
  show,
  poll,
  paper,
  ballot,
  ordinal,
  at,
  late,
  mark,
  place,
  commitment,
}: BallotStatement): string =>
  `roar-ballot-v2\n${show}\n${poll}\n${paper}\n${ballot}\n${ordinal}\n${at}\n${late ? 'late' : 'in time'}\n${mark}\n${place.partition}\n${place.offset}\n${commitment}`

/** The text signed once for a batch. */
export const batchText = (size: number, root: string): string => `roar-batch-v1\n${size}\n${root}`

/** 32 characters that are hard to confuse: no `i`, `l`, `o`, `u` (Crockford). */
const CODE_CHARACTERS = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * A certificate's short code, by which two audiences can compare by eye: 40 bits of the SHA-256 of `certificateText`, as 8
 * characters.
 */
export const shortCodeOf = (hash: Uint8Array): string => {
  const bits = hash.subarray(0, 5).reduce((sum, byte) => sum * 256 + byte, 0)
  return Array.from({ length: 8 }, (_, i) => CODE_CHARACTERS[Math.floor(bits / 32 ** (7 - i)) % 32]).join('')
}

/** The text signed at the seal: the statement as JSON with sorted keys and no spaces (RFC 8785). */
export const certificateText = (statement: CertificateStatement): string =>
  `roar-certificate-v2\n${sortedJson(statement)}`

/**
 * The steps from a leaf up to the root: each sibling of `path`, and whether it is on the left (RFC 9162 section 2.1.3.2).
 * undefined when no tree of `size` has such a path. Does not hash, so that both a synchronous SHA-256 and WebCrypto can use it.
 */
export function stepsToRoot({
  index,
  size,
  path,
}: MerklePath): { sibling: string; left: boolean }[] | undefined {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size)
    return undefined
  const steps: { sibling: string; left: boolean }[] = []
  let at = index
  let last = size - 1
  for (const sibling of path) {
    if (last === 0) return undefined
    const left = at % 2 === 1 || at === last
    steps.push({ sibling, left })
    // On the right edge a node without a sibling moves up unchanged.
    while (left && at % 2 === 0 && at !== 0) {
      at = Math.floor(at / 2)
      last = Math.floor(last / 2)
    }
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? steps : undefined
}

/** The key that separates late and quarantined ballots in the counts. */
export const markOf = ({ late, quarantined }: { late: boolean; quarantined: boolean }): Mark =>
  late ? (quarantined ? 'late quarantined' : 'late') : quarantined ? 'quarantined' : ''

/** First millisecond in which no vote is accepted, not even a late one: nobody who knows the counts may still vote. */
export const votesEndOf = ({
  closes = Number.POSITIVE_INFINITY,
  graceMs,
  reveals = Number.POSITIVE_INFINITY,
  revealed = reveals,
}: Pick<Poll, 'closes' | 'graceMs' | 'reveals' | 'revealed'>): number =>
  Math.min(closes + graceMs, Math.max(closes, revealed))

const STATES = ['draft', 'open', 'closed', 'revealed', 'sealed'] as const satisfies PollState[]

/** A state's position in a poll's life: 0 for a draft. */
export const rankOf = (state: PollState): number => STATES.indexOf(state)

/** A poll's state at `now`: what its times say, but never earlier than a state that it was seen in. */
export function stateOf(
  poll: Pick<Poll, 'opens' | 'closes' | 'reveals' | 'revealed' | 'sealed' | 'reached'>,
  now: number,
): PollState {
  const { reached = 'draft' } = poll
  const state = stateByTimes(poll, now)
  return rankOf(state) < rankOf(reached) ? reached : state
}

/** A poll is open from `opens` (inclusive) to `closes` (exclusive). */
function stateByTimes(
  poll: Pick<Poll, 'opens' | 'closes' | 'reveals' | 'revealed' | 'sealed'>,
  now: number,
): PollState {
  if (poll.sealed !== undefined && now >= poll.sealed) return 'sealed'
  const revealed = poll.revealed ?? poll.reveals
  if (revealed !== undefined && now >= revealed) return 'revealed'
  if (poll.opens === undefined || now < poll.opens) return 'draft'
  return poll.closes === undefined || now < poll.closes ? 'open' : 'closed'
}
