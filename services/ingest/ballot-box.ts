import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log, LogRecord, Place } from '../../adapters/log/log.ts'
import { sameAnswer } from '../../engine/polls/answer.ts'
import { ClockSkew, type TimedAppend } from '../../engine/polls/clock-skew.ts'
import type { FreshLeaves } from '../../engine/polls/fresh-leaves.ts'
import { KnownVoters } from '../../engine/polls/known-voters.ts'
import { pollName } from '../../engine/polls/poll-name.ts'
import {
  type Papers,
  receiptFault,
  type Signer,
  signBatch,
  type VerifySignature,
} from '../../engine/polls/receipts.ts'
import { RecentRecords } from '../../engine/recent-records.ts'
import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import { isRetryable, RoarError } from '../../protocol/errors.ts'
import { ANSWERS_A_VOTER_MAX } from '../../protocol/limits.ts'
import type { Answer, Ballot, BallotPlace, Receipt } from '../../protocol/polls.ts'
import type { TraceContext } from '../../protocol/trace-context.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { ballotAt } from '../polls/ballot-at.ts'
import { decodeBallot, encodeBallots } from '../polls/ballot-codec.ts'
import { type Read, type RecordReader, readRecords } from '../reader/reader.ts'
import { sha256 } from '../sha256.ts'
import type { Health } from '../supervision/supervisor.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { waitOrFail } from '../supervision/wait-or-fail.ts'
import { VotersFile } from './voters-file.ts'

/** The most ballots of one append and one signature. */
const BATCH_MAX = 1024
/**
 * Enough ballots to stop gathering: a commit and a signature cost the same for few and for many. Among half as many each pays some
 * 2 µs more, among twice as many next to nothing less.
 */
const BATCH_GOOD = 256
/** How long ballots wait for others, if there are fewer, in milliseconds. */
const GATHER_MS = 5
/** Ballots that may wait for the append in progress; one more is refused. About two seconds of a busy server. */
const WAITING_MAX = 50_000
/**
 * Voters in memory, over all polls: some 2 GB. Beyond it a poll with changeable answers refuses new voters. Any other accepts
 * them without remembering them: a second answer is then written, too, and counts nothing.
 */
const VOTERS_MAX = 40_000_000
/**
 * Encoded ballots kept for viewers who ask again at once, and their bytes: seconds of them. Older ones are read from the log. A prime, so
 * that places of several partitions seldom share a slot.
 */
const RECENT_MAX = 16_381
const RECENT_BYTES_MAX = 512 * RECENT_MAX
/** A vote that has not been sent to the log within this time of its arrival is refused: so a seal knows when to stop waiting. */
export const CAST_MS_MAX = 5_000
/** How long a change waits until this process has read what others wrote before the answer that it replaces. */
const READ_TIMEOUT_MS = 2_000
/** Between two questions for the time of a log that does not answer. */
const RETRY: Backoff = { firstMs: 100, maxMs: 2000 }

/** A validated answer of an identified voter. */
export interface Vote {
  show: string
  poll: string
  voter: string
  answer: Answer
  segment: string
  at: number
  /** Whether the poll lets a viewer change the answer. */
  change: boolean
  /**
   * Called before a new answer is accepted; throws if it must not be. An existing answer is returned anyway, so a retry gets its
   * receipt at any time.
   */
  admit: (answer: { isChange: boolean }) => { late: boolean; quarantined: boolean }
  /** The receipt that the viewer presents for the previous answer. */
  earlier: Receipt | undefined
  trace?: TraceContext | undefined
}

export interface Cast {
  receipt: Receipt
  /** false: this answer existed before. */
  isNew: boolean
}

type Decisions = Pick<ShowDirectory, 'isCurrent' | 'whenCurrent'>
/** What certificates have. */
interface Certified {
  isSealed(show: string, poll: string): boolean
  /** See `Proofs`. */
  placeOf(
    show: string,
    poll: string,
    ballot: { ballot: string; place?: BallotPlace },
  ): Promise<BallotPlace | undefined>
}
const NONE_SEALED: Certified = { isSealed: () => false, placeOf: () => Promise.resolve(undefined) }

const KNOWN: Decisions = { isCurrent: () => true, whenCurrent: () => Promise.resolve() }

/** Without it nobody knows whether a poll is still open. */
const UNANSWERED = 'the control log does not answer'

/** A ballot that is not in the log yet, and its waiting caller. */
interface Waiting {
  /** Its key in `#pending`. */
  voter: string
  ballot: Ballot
  cast: PromiseWithResolvers<Cast>
  trace: TraceContext | undefined
}

/** A voter's newest ballot that counts, as far as this process has read the log. */
interface Newest {
  ballot: Ballot
  place: BallotPlace
  receipt: () => Receipt
}

/**
 * Accepts ballots: each voter's newest is known, new ones are written in batches, and nobody is answered before the log
 * has confirmed.
 *
 * ```
 * cast ─▶ known? ─ same answer ─▶ its receipt
 *           │ no, or a change
 *           ▼
 *        waiting ─▶ one append at a time in progress ─▶ durable ─▶ one tree, one signature ─▶ receipts
 * ```
 *
 * What is known follows from the topic `ballots` alone: it is read from its start, or from where a file beside it ends, and followed,
 * because other processes write to it too. Two of them may accept one voter at the same moment. Both ballots are written, and the first in the
 * log counts, here as in the fold. So that a change never subtracts an answer that did not count, it is accepted only
 * once the log is read up to the answer that it replaces.
 */
export class BallotBox {
  readonly #log: Log
  readonly #clock: Clock
  readonly #skew = new ClockSkew()
  readonly #signer: Signer
  readonly #papers: Papers
  readonly #verify: () => VerifySignature
  readonly #voters: KnownVoters
  readonly #leaves: FreshLeaves | undefined
  readonly #file: VotersFile | undefined
  readonly #logger: Logger
  readonly #health: Health
  readonly #refusal: () => string | undefined
  readonly #askTime: (() => Promise<TimedAppend>) | undefined
  readonly #isForgotten: (show: string, poll: string) => boolean
  readonly #certified: Certified
  readonly #decisions: Decisions
  readonly #decisionsHealth: Health
  readonly #producer = crypto.randomUUID()
  readonly #pending = new Map<string, Waiting>()
  /** The offset after the last record read, for each partition. */
  readonly #read: number[] = []
  readonly #recent = new RecentRecords({ max: RECENT_MAX, bytesMax: RECENT_BYTES_MAX })
  /** Callers that wait for the log to be read further; each checks for itself. */
  readonly #readers = new Set<() => void>()
  #sequence = 0
  #waiting: Waiting[] = []
  /** Callers that wait until their votes may be judged. */
  readonly #unjudged = new Set<() => void>()
  #inHand: Promise<void> | undefined
  /** The one question for all that are not judged yet. */
  #asking: Promise<void> | undefined
  #follower: RecordReader | undefined
  #ready = false
  #isDraining = false

  constructor(options: {
    log: Log
    clock: Clock
    signer: Signer
    papers: Papers
    /** Verifies with the current keys. */
    verify: () => VerifySignature
    votersMax?: number
    /** Receives the leaves of written ballots, for whoever grows their tree. Default: dropped. */
    leaves?: FreshLeaves | undefined
    /** The file of voters beside the log, so that a start need not read all of it. Default: none. */
    votersFile?: string | undefined
    logger: Logger
    health: Health
    /** Polls whose voters are forgotten: nobody can be identified among them any more. Default: none. */
    isForgotten?: (show: string, poll: string) => boolean
    /** Default: no poll is sealed. */
    certified?: Certified
    /** What producers have decided of polls. Default: it is always known. */
    decisions?: Decisions
    /** Reports that votes wait in vain for what producers have decided. Default: nobody is told. */
    decisionsHealth?: Health
    /** Asks for the time of the log, for one with another clock; see `LogClock`. */
    askTime?: (() => Promise<TimedAppend>) | undefined
    /** Why no votes are accepted at all now; undefined: they are. Default: they always are. */
    refusal?: () => string | undefined
  }) {
    this.#log = options.log
    this.#clock = options.clock
    this.#logger = options.logger
    this.#health = options.health
    this.#refusal = options.refusal ?? (() => undefined)
    this.#askTime = options.askTime
    this.#signer = options.signer
    this.#papers = options.papers
    this.#verify = options.verify
    this.#leaves = options.leaves
    this.#voters = new KnownVoters(options.votersMax ?? VOTERS_MAX)
    this.#isForgotten = options.isForgotten ?? (() => false)
    this.#certified = options.certified ?? NONE_SEALED
    this.#decisions = options.decisions ?? KNOWN
    this.#decisionsHealth = options.decisionsHealth ?? UNSUPERVISED
    this.#decisionsHealth.working()
    const { votersFile: path } = options
    const given = { ...options, isForgotten: this.#isForgotten, voters: this.#voters }
    this.#file = path === undefined ? undefined : new VotersFile({ ...given, path })
  }

  /** Learns the voters in the log. Until it has read what was there, votes are refused with `log_unavailable`. */
  async start(): Promise<void> {
    // In a quiet log nothing else says what time it is by then.
    await this.#learnTime()
    if (this.#isDraining) return
    const from = (await this.#file?.load()) ?? 0
    if (this.#isDraining) return
    // What the file covers is not read again, and nothing else may be for a while.
    this.heard(this.#file?.takenMs ?? 0)
    this.#read[0] = from
    this.#follower = readRecords({
      log: this.#log,
      codec: { topic: 'ballots', decode: decodeBallot },
      from,
      handle: (batch) => this.#learn(batch),
      health: this.#health,
      logger: this.#logger,
    })
    await this.#follower.caughtUp()
    this.#ready = true
    this.#file?.start()
  }

  async #learnTime(): Promise<void> {
    for (let failures = 0; this.#askTime !== undefined && !this.#isDraining; ) {
      try {
        this.#skew.appended(await this.#askTime())
        return
      } catch (cause) {
        waitOrFail(this.#health, cause as Error)
        if (!isRetryable(cause)) throw cause
        const waitMs = backoffMs(++failures, RETRY, Math.random)
        await new Promise<void>((resolve) => this.#clock.after(waitMs, resolve))
      }
    }
  }

  #isRead({ partition, offset }: BallotPlace): boolean {
    return (this.#read[partition] ?? 0) > offset
  }

  /** Resolves when the log is read up to this place. @throws RoarError log_unavailable when that takes longer than `timeoutMs` */
  #whenRead(place: BallotPlace, timeoutMs?: number): Promise<void> {
    if (this.#isRead(place)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => settle(false), timeoutMs)
      const settle = (read: boolean) => {
        clearTimeout(timer)
        this.#readers.delete(look)
        if (read) resolve()
        else reject(new RoarError('log_unavailable', 'the previous answer is still being read'))
      }
      const look = () => this.#isRead(place) && settle(true)
      this.#readers.add(look)
    })
  }

  #learn(batch: Read<Ballot>[]): void {
    for (const { value: ballot, record } of batch) {
      const { value, partition, offset } = record
      this.#read[partition] = offset + 1
      // This process already knows most of what it wrote: everything that was confirmed.
      if (!this.#recent.has(placeKey(record)) && !this.#isForgotten(ballot.show, ballot.poll))
        this.#remember(ballot, { partition, offset }, value)
      this.#file?.learned(ballot, record)
    }
    const newest = batch.at(-1)
    if (newest !== undefined) this.heard(newest.record.timestampMs)
    for (const look of this.#readers) look()
  }

  /** The log's clock was here by now, at least. */
  heard(takenMs: number): void {
    this.#skew.read(takenMs)
  }

  #remember({ show, poll, voter, ordinal }: Ballot, place: BallotPlace, value: Uint8Array): void {
    this.#recent.add(placeKey(place), value)
    this.#voters.remember(pollName(show, poll), voter, ordinal, place)
  }

  readonly waitingMax = WAITING_MAX

  /** Ballots accepted and not yet confirmed by the log, and votes not judged yet. */
  get waiting(): number {
    return this.#pending.size + this.#unjudged.size
  }

  get voters(): number {
    return this.#voters.size
  }

  get votersMax(): number {
    return this.#voters.max
  }

  /** Forgets a poll's voters: it accepts no votes any more. */
  forget(show: string, poll: string): void {
    this.#voters.forget(pollName(show, poll))
  }

  /**
   * Accepts a vote, or finds the existing one.
   * @throws RoarError log_unavailable, overloaded, already_voted, bad_receipt, and why the vote is not admitted
   */
  cast(vote: Vote): Promise<Cast> {
    const voter = `${pollName(vote.show, vote.poll)}/${vote.voter}`
    // Nearly every vote is somebody's first, and need not wait for anything.
    const isFirst = vote.earlier === undefined && this.#placeOf(vote) === undefined
    if (!isFirst || this.#pending.has(voter)) return this.#again(voter, vote)
    try {
      return this.#take(voter, vote, undefined)
    } catch (cause) {
      return Promise.reject(cause)
    }
  }

  /** A vote of a viewer who has voted before, or says so. */
  async #again(voter: string, vote: Vote): Promise<Cast> {
    for (;;) {
      const pending = this.#pending.get(voter)
      if (pending === undefined) {
        const newest = await this.#newestFor(vote)
        // Reading from the log takes a while, during which the same viewer may have voted again.
        if (this.#pending.has(voter)) continue
        return this.#decide(voter, vote, newest)
      }
      const { receipt } = await pending.cast.promise
      if (sameAnswer(pending.ballot, vote.answer)) return { receipt, isNew: false }
    }
  }

  #decide(voter: string, vote: Vote, newest: Newest | undefined): Cast | Promise<Cast> {
    if (newest !== undefined) {
      if (sameAnswer(newest.ballot, vote.answer)) return { receipt: newest.receipt(), isNew: false }
      if (!vote.change)
        throw new RoarError('already_voted', 'this viewer has already voted with a different answer')
      if (vote.earlier !== undefined && vote.earlier.ballot !== newest.ballot.ballot) {
        throw new RoarError(
          'already_voted',
          'this viewer has already given a newer answer than the one in the receipt',
        )
      }
    }
    return this.#take(voter, vote, newest?.ballot)
  }

  /**
   * The voter's newest ballot. For a change it must be the one that counts: another process may have accepted one before it, so
   * the log is first read up to it, and up to the one that the viewer presents.
   * @throws RoarError bad_receipt, log_unavailable
   */
  async #newestFor({ show, poll, voter, change, earlier }: Vote): Promise<Newest | undefined> {
    if (!change) return this.newest(show, poll, voter)
    if (earlier !== undefined) {
      const own = earlier.show === show && earlier.poll === poll && earlier.voter === voter
      const fault = own
        ? receiptFault(earlier, { sha256, verify: this.#verify() })
        : "it is another viewer's or poll's"
      if (fault !== undefined) throw new RoarError('bad_receipt', `the receipt is not valid: ${fault}`)
      await this.#whenRead(earlier.place, READ_TIMEOUT_MS)
    }
    for (;;) {
      const newest = await this.newest(show, poll, voter)
      if (newest === undefined || this.#isRead(newest.place)) return newest
      await this.#whenRead(newest.place, READ_TIMEOUT_MS)
    }
  }

  #take(voter: string, vote: Vote, before: Ballot | undefined): Promise<Cast> {
    const refusal = this.#refusal()
    if (refusal !== undefined) throw new RoarError('log_unavailable', refusal)
    if (!this.#ready) throw new RoarError('log_unavailable', 'earlier ballots are still being read')
    if (this.#log.state() === 'down') throw new RoarError('log_unavailable', 'the log is unreachable')
    // Whoever stood still does not know yet that a poll was closed meanwhile.
    if (!this.#decisions.isCurrent()) return this.#castWhenKnown(vote)
    this.checkTime()
    if (this.#waiting.length >= WAITING_MAX)
      throw new RoarError('overloaded', 'too many votes are waiting to be written')
    if (before === undefined && vote.change && this.#voters.isFull) {
      throw new RoarError('overloaded', 'this server cannot hold any more voters')
    }
    if (before?.ordinal === ANSWERS_A_VOTER_MAX)
      throw new RoarError('already_voted', 'this answer was already changed as often as is allowed')
    const { late, quarantined } = vote.admit({ isChange: before !== undefined })
    const ballot: Ballot = {
      show: vote.show,
      poll: vote.poll,
      producer: this.#producer,
      sequence: 0,
      batch: 0,
      size: 0,
      ballot: Bun.randomUUIDv7('hex', vote.at),
      voter: vote.voter,
      segment: vote.segment,
      choice: vote.answer.choice,
      points: vote.answer.points,
      at: vote.at,
      late: late || before?.late === true,
      quarantined: quarantined || before?.quarantined === true,
      ordinal: (before?.ordinal ?? 0) + 1,
      salt: salt(),
      markSalt: salt(),
    }
    if (before !== undefined) {
      const { ballot: id, segment, choice, points } = before
      ballot.replaces = { ballot: id, segment, choice, points }
    }
    const waiting: Waiting = { voter, ballot, cast: Promise.withResolvers(), trace: vote.trace }
    this.#waiting.push(waiting)
    this.#pending.set(voter, waiting)
    this.#inHand ??= this.#write()
    return waiting.cast.promise
  }

  /** Casts a vote once it is known again what was decided until now: the same viewer may have voted meanwhile. */
  async #castWhenKnown(vote: Vote): Promise<Cast> {
    if (this.#unjudged.size + this.#waiting.length >= WAITING_MAX)
      throw new RoarError('overloaded', 'too many votes are waiting to be judged')
    const leftMs = Math.max(0, vote.at + CAST_MS_MAX - this.#clock.now())
    const known = Promise.withResolvers<void>()
    const cancel = this.#clock.after(leftMs, () => {
      this.#decisionsHealth.waiting(UNANSWERED)
      known.reject(new RoarError('log_unavailable', UNANSWERED))
    })
    this.#unjudged.add(known.resolve)
    this.#asking ??= this.#decisions.whenCurrent().then(() => {
      this.#asking = undefined
      this.#decisionsHealth.working()
      for (const judge of this.#unjudged) judge()
    })
    try {
      await known.promise
    } finally {
      cancel()
      this.#unjudged.delete(known.resolve)
    }
    return this.cast(vote)
  }

  /** One append at a time in progress; whatever arrives meanwhile joins the next. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gathered()
      const batch = this.#inTime(this.#waiting.splice(0, BATCH_MAX))
      if (batch.length === 0) continue
      try {
        const records = this.#recordsOf(batch)
        const sentMs = this.#clock.now()
        const places = await this.#log.append('ballots', records)
        const takenMs = places.at(-1)!.timestampMs
        this.#skew.appended({ sentMs, confirmedMs: this.#clock.now(), takenMs })
        this.#settle(batch, records, places)
      } catch (cause) {
        this.#refuse(batch, cause)
      }
    }
    this.#inHand = undefined
  }

  /**
   * Waits as long as each turn of the event loop brings more ballots, so that they share an append: an idle process sends at
   * once.
   */
  async #gathered(): Promise<void> {
    const untilMs = this.#clock.passedMs() + GATHER_MS
    let before: number
    do {
      before = this.#waiting.length
      await new Promise<void>((resolve) => setImmediate(resolve))
    } while (
      before < this.#waiting.length &&
      this.#waiting.length < BATCH_GOOD &&
      this.#clock.passedMs() < untilMs
    )
  }

  /** @throws RoarError clock_unsure */
  checkTime(): void {
    const fault = this.clockFault
    if (fault !== undefined) throw new RoarError('clock_unsure', fault)
  }

  /** Why votes cannot be timestamped reliably now; undefined: they can. */
  get clockFault(): string | undefined {
    if (this.#clock.offMs() !== 0) return "this server's clock has jumped"
    return this.#skew.fault(this.#clock.now())
  }

  /** Whether the machine's clock, which has jumped, is the log's now, and the one that votes went by was not. */
  get machineIsRight(): boolean {
    return this.#skew.agreesWith(this.#clock.offMs(), this.#clock.now())
  }

  /** How far this process's clock is behind the log's, in milliseconds; below 0: ahead of it. */
  get skewMs(): number {
    return this.#skew.skewMs(this.#clock.now())
  }

  /** The ballots that are not too old; refuses the others. */
  #inTime(batch: Waiting[]): Waiting[] {
    const oldest = this.#clock.now() - CAST_MS_MAX
    // Nearly always all of them.
    if (batch.every(({ ballot }) => ballot.at >= oldest)) return batch
    const { old = [], good = [] } = Object.groupBy(batch, ({ ballot }) =>
      ballot.at < oldest ? 'old' : 'good',
    )
    this.#refuse(old, new RoarError('log_unavailable', 'the vote waited too long for the log'))
    return good
  }

  #refuse(batch: Waiting[], cause: unknown): void {
    for (const { voter, cast } of batch) {
      this.#pending.delete(voter)
      cast.reject(cause)
    }
  }

  #recordsOf(batch: Waiting[]): LogRecord[] {
    const first = this.#sequence
    this.#sequence += batch.length
    for (const [i, { ballot }] of batch.entries()) {
      ballot.sequence = first + i
      ballot.batch = first
      ballot.size = batch.length
    }
    const values = encodeBallots(batch.map(({ ballot }) => ballot))
    return batch.map(({ ballot, trace }, i) => ({ key: ballot.voter, value: values[i]!, trace }))
  }

  #settle(batch: Waiting[], records: LogRecord[], places: Place[]): void {
    const ballots = batch.map(({ ballot }) => ballot)
    // They are in the log, whatever happens to their receipts. A log within this process delivers them to its readers first.
    for (let i = 0; i < ballots.length; i++)
      if (!this.#isRead(places[i]!)) this.#remember(ballots[i]!, places[i]!, records[i]!.value)
    // The times are unreliable: a viewer who retries, here or elsewhere, gets the existing ballot.
    this.checkTime()
    const leaf = (i: number, hash: Uint8Array): void => {
      const { show, poll, producer, sequence } = ballots[i]!
      this.#leaves?.add(places[i]!, { show, poll, producer, sequence, hash })
    }
    const receipts = signBatch(ballots, places, { sha256, signer: this.#signer, papers: this.#papers, leaf })
    for (const [i, { voter, cast }] of batch.entries()) {
      this.#pending.delete(voter)
      cast.resolve({ receipt: receipts[i]!, isNew: true })
    }
  }

  /**
   * A voter's newest ballot with its receipt: the same contents as the first one's, under a new signature. Of a sealed poll the one
   * that the certificate has: a broker that hung may append one after the seal, which must not have a receipt.
   */
  async newest(show: string, poll: string, voter: string): Promise<Newest | undefined> {
    const place = this.#placeOf({ show, poll, voter })
    if (place === undefined) return undefined
    const ballot = await this.#ballotAt(place)
    if (!this.#certified.isSealed(show, poll)) return this.#newestAt(place, ballot)
    const { ballot: id, replaces } = ballot
    if (await this.#certified.placeOf(show, poll, { ballot: id, place })) return this.#newestAt(place, ballot)
    const before = replaces && (await this.#certified.placeOf(show, poll, replaces))
    return before && this.#newestAt(before, await this.#ballotAt(before))
  }

  #newestAt(place: BallotPlace, ballot: Ballot): Newest {
    const receipt = () =>
      signBatch([ballot], [place], { sha256, signer: this.#signer, papers: this.#papers })[0]!
    return { ballot, place, receipt }
  }

  #placeOf({ show, poll, voter }: Pick<Vote, 'show' | 'poll' | 'voter'>): BallotPlace | undefined {
    return this.#voters.placeOf(pollName(show, poll), voter)
  }

  async #ballotAt(place: BallotPlace): Promise<Ballot> {
    const recent = this.#recent.get(placeKey(place))
    if (recent !== undefined) return ballotIn(recent)
    const record = await ballotAt(this.#log, place)
    if (record === undefined)
      throw new RoarError('log_unavailable', 'a ballot cannot be read: it is missing from the log')
    return ballotIn(record.value)
  }

  /** Resolves when every accepted ballot is durable or refused. */
  async settled(): Promise<void> {
    while (this.#inHand !== undefined) await this.#inHand
  }

  async drain(): Promise<void> {
    this.#isDraining = true
    await this.settled()
    this.#ready = false
    await this.#follower?.close()
    await this.#file?.close()
  }
}

/** A place as one number: offsets below 2^40, partitions below 2^13. */
const placeKey = ({ partition, offset }: BallotPlace): number => partition * 2 ** 40 + offset

function ballotIn(value: Uint8Array): Ballot {
  const ballot = decodeBallot(value)
  if (typeof ballot === 'string') throw new RoarError('log_unavailable', `a ballot cannot be read: ${ballot}`)
  return ballot
}

const SALT_BYTES = 16
/** Random bytes are fetched for many salts at once: a call for each would cost more than the rest of a ballot. */
const salts = Buffer.alloc(256 * SALT_BYTES)
let saltsUsed = salts.length
function salt(): string {
  if (saltsUsed === salts.length) {
    crypto.getRandomValues(salts)
    saltsUsed = 0
  }
  saltsUsed += SALT_BYTES
  return salts.toString('base64url', saltsUsed - SALT_BYTES, saltsUsed)
}
