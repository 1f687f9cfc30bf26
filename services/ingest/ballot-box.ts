import type { Log, LogHistory, LogReader, Place, StoredRecord } from '../../adapters/log/log.ts'
import { sameAnswer } from '../../engine/polls/answer.ts'
import {
  commitmentOf,
  openingOf,
  type ReceiptBatch,
  receiptFault,
  type Signer,
  signBatch,
  statementOf,
  type VerifySignature,
} from '../../engine/polls/receipts.ts'
import { VoterTable } from '../../engine/polls/voter-table.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Answer, Ballot, Receipt } from '../../protocol/polls.ts'
import { decodeBallot, encodeBallot } from '../polls/ballot-codec.ts'
import { sha256 } from '../polls/signing-keys.ts'

/** Ballots of one append, and of one signature. */
const BATCH_MAX = 1024
/** Ballots that wait for the append in hand: one more is refused. Some two seconds of a full server. */
const WAITING_MAX = 50_000
/** Ballots whose batch's tree is kept in memory, for retries: the newest. Older ones are made again from the log. */
const RECENT_MAX = 100_000
/** Voters that are remembered, in all polls: some 1.5 GB. At the bound new voters are refused. */
const VOTERS_MAX = 20_000_000

/** A checked answer of a known voter. */
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
   * Asked before a new answer is taken, and throws why it is not; what is there already is told all the same, so a
   * retry gets its receipt whatever the time.
   */
  admit: () => { late: boolean; quarantined: boolean }
  /** What the viewer presents as the answer before. */
  earlier: Receipt | undefined
}

export interface Cast {
  receipt: Receipt
  /** false: this answer was there before. */
  isNew: boolean
}

interface Waiting {
  vote: Vote
  ballot: Ballot
  resolve: (receipt: Receipt) => void
  reject: (cause: unknown) => void
}

interface Pending {
  answer: Answer
  receipt: Promise<Receipt>
}

/** What a change needs to know of the answer that it replaces. */
type Earlier = Pick<Ballot, 'ordinal' | 'ballot' | 'segment' | 'choice' | 'points' | 'late' | 'quarantined'>

/** Where a voter's newest ballot stands. */
interface Newest {
  ballot: Ballot
  receipt: () => Receipt
}

/**
 * Takes ballots: each voter's newest is known, new ones are written in batches, and nobody is answered before the log
 * has confirmed.
 *
 * ```
 * cast ─▶ known? ─ same answer ─▶ its receipt
 *           │ no, or a change
 *           ▼
 *        waiting ─▶ one append in hand at a time ─▶ durable ─▶ one tree, one signature ─▶ receipts
 * ```
 *
 * What is known follows from the ballots log alone and is made from it at the start.
 */
export class BallotBox {
  readonly #log: Log
  readonly #history: LogHistory
  readonly #signer: Signer
  readonly #verify: () => VerifySignature
  readonly #votersMax: number
  readonly #producer = crypto.randomUUID()
  readonly #voters = new Map<string, VoterTable>()
  readonly #pending = new Map<string, Pending>()
  readonly #recent = new Map<string, ReceiptBatch>()
  #recentBallots = 0
  #votersKnown = 0
  #sequence = 0
  #waiting: Waiting[] = []
  #inHand: Promise<void> | undefined
  #reader: LogReader | undefined
  #ready = false

  constructor(options: {
    log: Log
    history: LogHistory
    signer: Signer
    /** Checks with the keys of now. */
    verify: () => VerifySignature
    votersMax?: number
  }) {
    this.#log = options.log
    this.#history = options.history
    this.#signer = options.signer
    this.#verify = options.verify
    this.#votersMax = options.votersMax ?? VOTERS_MAX
  }

  /** Learns the voters that the log has. Until it has read what was there, votes are refused with `log_unavailable`. */
  async start({ onFault }: { onFault: (cause: unknown) => void }): Promise<void> {
    const ends = await this.#history.ends('ballots')
    const missing = new Map(ends.map((end, partition) => [partition, end]))
    const caughtUp = Promise.withResolvers<void>()
    const settle = () => {
      for (const [partition, end] of missing) if (end === 0) missing.delete(partition)
      if (missing.size === 0) caughtUp.resolve()
    }
    this.#reader = this.#log.consume(
      'ballots',
      (batch) => {
        for (const record of batch) {
          this.#learn(record)
          if (record.offset + 1 >= (missing.get(record.partition) ?? 0)) missing.delete(record.partition)
        }
        settle()
      },
      {
        onFault: (cause) => {
          this.#ready = false
          onFault(cause)
        },
      },
    )
    settle()
    await caughtUp.promise
    this.#ready = true
  }

  #learn({ key, value, partition, offset }: StoredRecord): void {
    const ballot = decodeBallot(value)
    // What is no ballot the tally puts aside, with its reason.
    if (typeof ballot === 'string') return
    this.#remember(`${ballot.show}/${ballot.poll}`, key!, ballot.ordinal, partition, offset)
  }

  /** The first record of an ordinal is the one that counts. */
  #remember(poll: string, voter: string, ordinal: number, partition: number, offset: number): void {
    const table = this.#tableOf(poll)
    const slot = table.find(voter)
    if (slot !== -1 && table.ordinal(slot) >= ordinal) return
    if (slot === -1) this.#votersKnown++
    table.set(voter, ordinal, partition, offset)
  }

  #tableOf(poll: string): VoterTable {
    let table = this.#voters.get(poll)
    if (table === undefined) {
      table = new VoterTable()
      this.#voters.set(poll, table)
    }
    return table
  }

  /** Ballots taken and not yet confirmed by the log. */
  get waiting(): number {
    return this.#pending.size
  }

  get voters(): number {
    return this.#votersKnown
  }

  /** A poll's voters are forgotten: it takes no votes any more. */
  forget(show: string, poll: string): void {
    this.#votersKnown -= this.#voters.get(`${show}/${poll}`)?.size ?? 0
    this.#voters.delete(`${show}/${poll}`)
  }

  /**
   * Takes a vote, or finds the one that is there.
   * @throws RoarError log_unavailable, overloaded, already_voted, bad_receipt, and why the vote is not admitted
   */
  async cast(vote: Vote): Promise<Cast> {
    const voter = `${vote.show}/${vote.poll}/${vote.voter}`
    for (;;) {
      const pending = this.#pending.get(voter)
      if (pending === undefined) {
        const newest = await this.newest(vote.show, vote.poll, vote.voter)
        // Reading from the log takes a while, in which the same viewer may have come again.
        if (this.#pending.has(voter)) continue
        return this.#decide(voter, vote, newest)
      }
      const receipt = await pending.receipt
      if (sameAnswer(pending.answer, vote.answer)) return { receipt, isNew: false }
    }
  }

  async #decide(voter: string, vote: Vote, newest: Newest | undefined): Promise<Cast> {
    if (newest !== undefined) {
      if (sameAnswer(newest.ballot, vote.answer)) return { receipt: newest.receipt(), isNew: false }
      if (!vote.change) throw new RoarError('already_voted', 'this viewer has voted, and the answer differs')
      if (vote.earlier !== undefined && vote.earlier.ballot !== newest.ballot.ballot) {
        throw new RoarError(
          'already_voted',
          'this viewer has given a newer answer than the one of the receipt',
        )
      }
    }
    const before = newest?.ballot ?? this.#presented(vote)
    return { receipt: await this.#take(voter, vote, before), isNew: true }
  }

  /** The answer before, from a receipt of ours: where another process took it and this one has not heard of it. */
  #presented({ earlier, show, poll, voter, change }: Vote): Earlier | undefined {
    if (earlier === undefined || !change) return undefined
    const own = earlier.show === show && earlier.poll === poll && earlier.voter === voter
    const fault = own
      ? receiptFault(earlier, { sha256, verify: this.#verify() })
      : "it is another viewer's or poll's"
    if (fault !== undefined) throw new RoarError('bad_receipt', `the receipt is not good: ${fault}`)
    return { ...earlier, ...earlier.answer, quarantined: false }
  }

  #take(voter: string, vote: Vote, before: Earlier | undefined): Promise<Receipt> {
    if (!this.#ready) throw new RoarError('log_unavailable', 'the ballots of before are still being read')
    if (this.#log.state() === 'down') throw new RoarError('log_unavailable', 'the log can not be reached')
    if (this.#waiting.length >= WAITING_MAX)
      throw new RoarError('overloaded', 'too many votes wait to be written')
    if (before === undefined && this.#votersKnown >= this.#votersMax) {
      throw new RoarError('overloaded', 'this server has as many voters as it can remember')
    }
    const { late, quarantined } = vote.admit()
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
    }
    if (before !== undefined) {
      const { ballot: id, segment, choice, points } = before
      ballot.replaces = { ballot: id, segment, choice, points }
    }
    const receipt = new Promise<Receipt>((resolve, reject) => {
      this.#waiting.push({ vote, ballot, resolve, reject })
    })
    this.#pending.set(voter, { answer: vote.answer, receipt })
    // Whoever waits hears of a failure; nobody may be waiting any more.
    receipt.catch(() => {}).finally(() => this.#pending.delete(voter))
    this.#inHand ??= this.#write()
    return receipt
  }

  /** One append in hand at a time; what comes meanwhile goes with the next. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_MAX)
      try {
        const first = this.#sequence
        const records = batch.map(({ ballot }) => {
          ballot.sequence = this.#sequence++
          ballot.batch = first
          ballot.size = batch.length
          return { key: ballot.voter, value: encodeBallot(ballot) }
        })
        const places = await this.#log.append('ballots', records)
        this.#settle(batch, places)
      } catch (cause) {
        for (const { reject } of batch) reject(cause)
      }
    }
    this.#inHand = undefined
  }

  #settle(batch: Waiting[], places: Place[]): void {
    const ballots = batch.map(({ ballot }) => ballot)
    const { batch: receipts, statements } = signBatch(ballots, places, { sha256, signer: this.#signer })
    this.#keep(ballots[0]!, receipts)
    for (const [i, { ballot, resolve }] of batch.entries()) {
      const { partition, offset } = places[i]!
      this.#remember(`${ballot.show}/${ballot.poll}`, ballot.voter, ballot.ordinal, partition, offset)
      resolve(receipts.receipt(i, statements[i]!, openingOf(ballot)))
    }
  }

  #keep({ producer, batch: first }: Ballot, batch: ReceiptBatch): void {
    this.#recent.set(`${producer}/${first}`, batch)
    this.#recentBallots += batch.size
    for (const [name, oldest] of this.#recent) {
      if (this.#recentBallots <= RECENT_MAX) break
      this.#recent.delete(name)
      this.#recentBallots -= oldest.size
    }
  }

  /** A voter's newest ballot, and the receipt that was given for it. */
  async newest(show: string, poll: string, voter: string): Promise<Newest | undefined> {
    const table = this.#voters.get(`${show}/${poll}`)
    const slot = table?.find(voter) ?? -1
    if (table === undefined || slot === -1) return undefined
    const place = { partition: table.partition(slot), offset: table.offset(slot) }
    const [record] = await this.#history.read('ballots', place, 1)
    if (record?.offset !== place.offset) throw new RoarError('log_unavailable', 'a ballot can not be read')
    const ballot = ballotOf(record)
    const batch = await this.#batchOf(ballot, place)
    const index = ballot.sequence - ballot.batch
    const receipt = () =>
      batch.receipt(
        index,
        statementOf(ballot, place, commitmentOf(sha256, openingOf(ballot))),
        openingOf(ballot),
      )
    return { ballot, receipt }
  }

  /** Made again from the log where it is not in memory: the same ballots, the same key, so the same receipts. */
  async #batchOf(ballot: Ballot, place: { partition: number; offset: number }): Promise<ReceiptBatch> {
    const known = this.#recent.get(`${ballot.producer}/${ballot.batch}`)
    if (known !== undefined) return known
    const from = place.offset - (ballot.sequence - ballot.batch)
    const records: StoredRecord[] = []
    while (records.length < ballot.size) {
      const more = await this.#history.read(
        'ballots',
        { partition: place.partition, offset: from + records.length },
        ballot.size - records.length,
      )
      if (more.length === 0) throw new RoarError('log_unavailable', 'a batch of ballots can not be read')
      records.push(...more)
    }
    const { batch } = signBatch(records.map(ballotOf), records, { sha256, signer: this.#signer })
    this.#keep(ballot, batch)
    return batch
  }

  /** Resolves when every ballot that was taken is durable or refused. */
  async settled(): Promise<void> {
    while (this.#inHand !== undefined) await this.#inHand
  }

  async drain(): Promise<void> {
    await this.settled()
    this.#ready = false
    await this.#reader?.close()
  }
}

/** @throws RoarError log_unavailable for a record that is no ballot where one was */
function ballotOf({ value }: StoredRecord): Ballot {
  const ballot = decodeBallot(value)
  if (typeof ballot === 'string')
    throw new RoarError('log_unavailable', `a ballot can not be read: ${ballot}`)
  return ballot
}

const SALT_BYTES = 16
/** Random bytes are fetched for many salts at once: one call each would cost more than the rest of a ballot. */
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
