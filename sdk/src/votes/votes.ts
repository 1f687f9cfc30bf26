import { isId } from '../../../protocol/ids.ts'
import { BODY_BYTES_MAX } from '../../../protocol/limits.ts'
import type { BallotProof, Certificate, PollDocument, Receipt, VoteRequest } from '../../../protocol/polls.ts'
import { serverAt } from '../address.ts'
import { RoarError } from '../error.ts'
import { ownPlatform, type Platform } from '../platform.ts'
import { request } from '../request.ts'
import { type TokenSource, tokenOf } from '../token.ts'
import { type OutboxEvent, type Progress, progress, sending } from './outbox.ts'
import { ownStorage, Records, type VoteRecord, type VoteStorage, viewerOf } from './records.ts'
import { canVerify, type Fault, Verifier, type VerifyKey } from './verify.ts'

export interface VotesOptions {
  /** The server's address, such as `https://roar.example`. */
  url: string
  show: string
  /** A viewer's token, or a function that returns or promises the current one. */
  token?: TokenSource
  /** Where pending votes and receipts are stored. Default: `localStorage`; without it, memory. */
  storage?: VoteStorage
}

/** One of the three, by the poll's kind: `{ choice }`, `{ choices }` or `{ points }`. */
export type VoteAnswer = Pick<VoteRequest, 'choice' | 'choices' | 'points'>

/** A vote's progress: `sending`, `waiting` (it is retried automatically), `counted`, `refused`. */
export type VoteEvent = { poll: string } & Progress

/** What is known here about the viewer's own vote. */
export interface OwnVote {
  /** Being sent. */
  pending?: VoteAnswer
  /** The receipt of the newest answer that the server has. */
  receipt?: Receipt
}

/** The result of `check`. */
export type Verdict =
  /** Neither this browser nor the server has a receipt for this viewer. */
  | { state: 'none' }
  /** Nothing could be verified: no WebCrypto, or no Ed25519. This says nothing about the vote. */
  | { state: 'unable'; receipt: Receipt }
  /**
   * The receipt is genuine. The poll is not sealed, so there is no certificate yet. `instead`: the same viewer's ballot that
   * counts in its place.
   */
  | { state: 'unsealed'; receipt: Receipt; instead?: Receipt }
  /**
   * The ballot is in the certificate's tree: proven here, without trusting the server. `counts` says whether it is in the result:
   * the viewer's newest ballot is; one that was `replaced` (by a newer one, or by one that another server accepted a moment
   * before), and a `late` or `quarantined` one if those are excluded, is not. `instead` is the viewer's other ballot: with
   * `replaced`, the one that counts.
   */
  | {
      state: 'verified'
      receipt: Receipt
      certificate: Certificate
      counts: 'yes' | 'replaced' | 'late' | 'quarantined'
      instead?: Receipt
    }
  /** Something is wrong. The receipt is the viewer's evidence. */
  | { state: 'wrong'; fault: Fault; receipt: Receipt; certificate?: Certificate }

export interface Votes {
  /**
   * Votes reliably: stores the vote before sending it, retries until there is an answer, and continues after a reload. Resolves
   * with the receipt. Rejects with `RoarError`: the server's refusal, `pending` while another answer to this poll is being sent,
   * `closed`.
   */
  vote(poll: string, answer: VoteAnswer): Promise<Receipt>
  /** The poll. With `mine`, as this viewer may see it: counts shown to voters, and the receipt, which is then stored. */
  poll(poll: string, options?: { mine?: boolean }): Promise<PollDocument>
  /** The viewer's own vote, as far as it is known here. */
  own(poll: string): OwnVote
  /** Verifies in this browser that the vote is in the sealed poll. Rejects with `RoarError` if the server does not answer. */
  check(poll: string): Promise<Verdict>
  /**
   * The certificate of a sealed poll; undefined if there is none yet. `signed`: whether the server's key signed it and it is
   * consistent; undefined if this browser cannot verify that. Rejects with `RoarError`.
   */
  certificate(poll: string): Promise<{ certificate: Certificate; signed: boolean | undefined } | undefined>
  /** Calls back on each change of a pending vote, including those from before a reload. Returns the unsubscribe function. */
  on(listener: (event: VoteEvent) => void): () => void
  /** Stops now. Pending votes stay in the storage, and the next `votes` sends them. */
  close(): void
}

/** A pending vote, in this process. */
interface Flight {
  record: VoteRecord & { answer: VoteRequest }
  progress: Progress
  cancel: () => void
  settled: Promise<Receipt>
  resolve(receipt: Receipt): void
  reject(error: RoarError): void
}

/** Votes in the polls of a show, with receipts. Throws `TypeError` for an invalid address or show. */
export function votes(
  { url, show, token: source, storage = ownStorage() }: VotesOptions,
  platform: Platform = ownPlatform(),
): Votes {
  checkId(show)
  const server = serverAt(url)
  const token = tokenOf(source, platform)
  const records = new Records(storage, `roar.votes ${server} ${show}`)
  const listeners = new Set<(event: VoteEvent) => void>()
  const flights = new Map<string, Flight>()
  let closed = false

  const viewer = () => viewerOf(token.peek() ?? '')
  const nameOf = ({ poll, token }: VoteRecord) => `${poll}/${viewerOf(token)}`
  const pollUrl = (poll: string) => `${server}/v1/shows/${show}/polls/${poll}`

  function start(record: Flight['record']): Flight {
    const { promise: settled, resolve, reject } = withResolvers<Receipt>()
    const flight: Flight = { record, progress: sending, cancel: () => {}, settled, resolve, reject }
    // Without a caller (a vote from before a reload) the outcome is reported through `on`.
    settled.catch(() => {})
    flights.set(nameOf(record), flight)
    void send(flight)
    return flight
  }

  async function send(flight: Flight): Promise<void> {
    tell(flight)
    const { poll, answer, receipt } = flight.record
    const voter = viewerOf(flight.record.token)
    // A newer token of the same viewer may last longer; another viewer's would be a second vote.
    const isVoter = (other = '') => viewerOf(other) === voter
    const body = { ...answer, receipt }
    try {
      const newest = await token.get()
      const sent = {
        token: isVoter(newest) ? newest : flight.record.token,
        // With dozens of choices and long ids both do not fit. The server usually remembers the previous answer.
        body: JSON.stringify(body).length > BODY_BYTES_MAX ? answer : body,
      }
      handle(flight, {
        type: 'answered',
        receipt: await token.request<Receipt>(`${pollUrl(poll)}/votes`, 'ballot', sent, isVoter),
      })
    } catch (cause) {
      handle(flight, { type: 'failed', error: cause as RoarError })
    }
  }

  function handle(flight: Flight, event: OutboxEvent): void {
    if (event.type === 'failed' && event.error.code === 'bad_receipt' && flight.record.receipt) {
      // The receipt belongs to another server, or to another poll with this id: the answer is sent without it.
      flight.record = records.retire(flight.record)
      void send(flight)
      return
    }
    const before = flight.progress
    flight.progress = progress(before, event, platform.random)
    const { progress: now } = flight
    if (now === before || closed) return
    flight.cancel()
    if (now.state === 'sending') {
      void send(flight)
      return
    }
    if (now.state === 'waiting') {
      flight.cancel = platform.after(now.retryInMs, () => handle(flight, { type: 'due' }))
    } else end(flight, now.state === 'counted' ? now.receipt : undefined)
    tell(flight)
    if (now.state === 'counted') flight.resolve(now.receipt)
    if (now.state === 'refused') flight.reject(now.error)
  }

  /** Stores the receipt, and removes an answer that was refused. */
  function end({ record }: Flight, receipt: Receipt | undefined): void {
    const { answer: _, ...rest } = record
    flights.delete(nameOf(record))
    if (receipt) records.save({ ...rest, receipt })
    else records.drop(record)
  }

  function tell({ record: { poll }, progress: now }: Flight): void {
    const event: VoteEvent = { poll, ...now }
    for (const listener of listeners) {
      // An error of a listener is its owner's: it becomes an uncaught error and affects no vote.
      queueMicrotask(() => listener(event))
    }
  }

  const online = () => {
    for (const flight of [...flights.values()]) handle(flight, { type: 'online' })
  }

  async function newestOf(poll: string): Promise<Receipt | undefined> {
    return (await token.request<PollDocument>(pollUrl(poll), 'choices')).mine
  }

  async function read(poll: string, { mine = false } = {}): Promise<PollDocument> {
    checkId(poll)
    const document = mine
      ? await token.request<PollDocument>(pollUrl(poll), 'choices')
      : await request<PollDocument>(platform, pollUrl(poll), 'choices')
    const before = records.get(poll, viewer())
    const known: VoteRecord | undefined =
      before?.receipt && isOther(before.receipt, document, mine) ? records.retire(before) : before
    if (!mine) return document
    if (document.mine && !(known?.receipt && known.receipt.ordinal > document.mine.ordinal)) {
      records.save({ ...known, poll, token: token.peek() ?? '', receipt: document.mine })
    }
    return document
  }

  async function check(poll: string): Promise<Verdict> {
    checkId(poll)
    const kept = records.get(poll, viewer())?.receipt
    // The stored receipt is the evidence: the server's own one is requested, too, and does not replace it.
    const mine = await newestOf(poll).catch((cause: RoarError) => {
      if (kept && !cause.retryable) return undefined
      throw cause
    })
    const receipt = kept ?? mine
    if (!receipt) return { state: 'none' }
    const verifier = await verifierOf()
    if (!verifier) return { state: 'unable', receipt }
    const other = mine && mine.ballot !== receipt.ballot && mine.ordinal >= receipt.ordinal
    return checkReceipt(receipt, other ? { instead: mine } : {}, verifier)
  }

  /** With the current keys; undefined if this browser cannot verify anything. */
  async function verifierOf(): Promise<Verifier | undefined> {
    const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined
    if (!(await canVerify(subtle))) return undefined
    const { keys } = await request<{ keys: VerifyKey[] }>(platform, `${server}/v1/keys`, 'keys', {
      fresh: true,
    })
    return new Verifier(subtle!, keys)
  }

  const certificateOf = (poll: string) =>
    ask<Certificate>(`${pollUrl(poll)}/certificate`, 'statement', 'not_sealed')

  const isOf = ({ statement }: Certificate, poll: string) =>
    statement.show === show && statement.poll === poll

  async function certificate(poll: string) {
    checkId(poll)
    const certificate = await certificateOf(poll)
    if (!certificate) return undefined
    const verifier = await verifierOf()
    const signed = verifier && isOf(certificate, poll) && (await holds(verifier.certificate(certificate)))
    return { certificate, signed }
  }

  async function checkReceipt(
    receipt: Receipt,
    other: { instead?: Receipt },
    verifier: Verifier,
  ): Promise<Verdict> {
    const wrong = (fault: Fault, certificate?: Certificate): Verdict => ({
      state: 'wrong',
      fault,
      receipt,
      ...(certificate && { certificate }),
    })
    const { poll } = receipt
    if (receipt.show !== show || !(await holds(verifier.receipt(receipt)))) return wrong('receipt')
    const certificate = await certificateOf(poll)
    if (!certificate) return { state: 'unsealed', receipt, ...other }
    if (!isOf(certificate, poll) || !(await holds(verifier.certificate(certificate))))
      return wrong('certificate', certificate)
    const document = await request<PollDocument>(platform, pollUrl(poll), 'choices', { fresh: true })
    if (!(await holds(verifier.rules(document, certificate)))) return wrong('rules', certificate)
    const own = await standing(receipt, certificate, verifier)
    if (isFault(own)) return wrong(own, certificate)
    const newer = other.instead && (await standing(other.instead, certificate, verifier))
    if (newer && isFault(newer)) return wrong(newer, certificate)
    // An excluded ballot replaces nothing: the earlier answer counts.
    const counts = newer === 'yes' ? 'replaced' : own
    return { state: 'verified', receipt, certificate, counts, ...other }
  }

  /** Proves that the ballot is in the tree, and evaluates its marks. */
  async function standing(
    receipt: Receipt,
    certificate: Certificate,
    verifier: Verifier,
  ): Promise<'yes' | 'late' | 'quarantined' | 'missing' | 'proof'> {
    const { late, quarantined } = certificate.statement
    const at = `${pollUrl(receipt.poll)}/proofs/${receipt.ballot}`
    const proof = await ask<BallotProof>(at, 'ballot', 'unknown_ballot')
    if (!proof) return 'missing'
    if (!(await holds(verifier.proof(receipt, proof, certificate)))) return 'proof'
    if (proof.quarantined && !quarantined.counted) return 'quarantined'
    return receipt.late && !late.counted ? 'late' : 'yes'
  }

  /** The answer; undefined if the server answers with `unless`. */
  async function ask<Answer>(url: string, has: keyof Answer, unless: string): Promise<Answer | undefined> {
    try {
      return await request<Answer>(platform, url, has)
    } catch (cause) {
      if ((cause as RoarError).code === unless) return undefined
      throw cause
    }
  }

  for (const record of records.all()) {
    if (record.answer) start({ ...record, answer: record.answer })
  }
  if (typeof addEventListener === 'function') addEventListener('online', online)

  return {
    async vote(poll, answer) {
      checkId(poll)
      if (closed) throw new RoarError('closed', 'The client is closed')
      const own = (await token.get()) ?? ''
      const flight = flights.get(`${poll}/${viewerOf(own)}`)
      if (flight) {
        if (sameAnswer(flight.record.answer, answer)) return flight.settled
        throw new RoarError('pending', 'Another answer is on its way')
      }
      const receipt = records.get(poll, viewerOf(own))?.receipt
      const record = { poll, token: own, answer, ...(receipt && { receipt }) }
      records.save(record)
      return start(record).settled
    },
    poll: read,
    own(poll) {
      const { answer, receipt } = records.get(poll, viewer()) ?? {}
      return { ...(answer && { pending: answer }), ...(receipt && { receipt }) }
    },
    check,
    certificate,
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      closed = true
      if (typeof removeEventListener === 'function') removeEventListener('online', online)
      for (const { cancel, reject } of flights.values()) {
        cancel()
        reject(new RoarError('closed', 'The client is closed; the vote is kept'))
      }
      flights.clear()
    },
  }
}

const isFault = (standing: string): standing is 'missing' | 'proof' =>
  standing === 'missing' || standing === 'proof'

/** Unreadable means invalid. */
const holds = (checked: Promise<boolean>): Promise<boolean> => checked.catch(() => false)

/**
 * Whether a receipt belongs to another poll with this id, such as a rehearsal's: it is older than the poll, or the server, asked
 * as this viewer, has none. A poll that is over may have forgotten its voters, so then that proves nothing.
 */
const isOther = ({ at }: Receipt, { state, opens, mine }: PollDocument, asked: boolean): boolean =>
  (opens !== undefined && at < opens) || (asked && state === 'open' && mine === undefined)

/** By content: the order of choices does not matter. */
const sameAnswer = (a: VoteAnswer, b: VoteAnswer): boolean => contentOf(a) === contentOf(b)
const contentOf = ({ choice, choices, points }: VoteAnswer): string =>
  JSON.stringify([choice, choices && [...choices].sort(), points && Object.entries(points).sort()])

function checkId(id: string): void {
  if (!isId(id)) throw new TypeError(`Not an id ${id}`)
}

/** `Promise.withResolvers`, which browsers before 2024 and Node 20 lack. */
function withResolvers<Value>() {
  let resolve!: (value: Value) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
