import { isSame } from '../../../protocol/consistency.ts'
import { isId } from '../../../protocol/ids.ts'
import type { PollPacket } from '../../../protocol/packets.ts'
import type { Certificate, MerklePath, Receipt } from '../../../protocol/polls.ts'
import { serverAt } from '../address.ts'
import type { RoarError } from '../error.ts'
import { ownPlatform, type Platform } from '../platform.ts'
import { request } from '../request.ts'
import { ownStorage, type VoteStorage } from '../votes/records.ts'
import { canVerify } from '../votes/verify.ts'
import { bytesOf, type Head, HeadChecker } from './check.ts'

/** So long the count may be ahead of the newest head before the log counts as stopped. */
const STOPPED_MS = 60_000
/** An edge may be behind for a moment: a smaller head is asked for again after so long before it counts as a loss. */
const SHRUNK_MS = 15_000
/** How often, and how long after, a process that is behind is asked again. */
const TRIES_MAX = 5
const AGAIN_MS = 500

export interface HeadsOptions {
  /** The server's address, such as `https://roar.example`. */
  url: string
  show: string
  /** Where the newest heads are kept. Default: `localStorage`; where there is none, memory. */
  storage?: VoteStorage
}

/**
 * `shrunk`: it has fewer ballots than it had. `forked`: a head does not begin with one that was shown before. `missing`: the
 * receipt's ballot is not under it. `certificate`: the certificate is not its last head.
 */
export type LogFault = 'shrunk' | 'forked' | 'missing' | 'certificate'

/** What is known of a poll's log of ballots. */
export type LogState =
  /** No head was shown, or none can be checked here: no WebCrypto, or none with Ed25519. */
  | { state: 'unknown' }
  /** Every head so far begins with those before, as far as it was checked. */
  | { state: 'growing'; size: number }
  /** The certificate is the last head, and these witnesses have seen it: their names. */
  | { state: 'sealed'; size: number; witnesses: string[] }
  /** More is counted than the newest head has, for a minute. */
  | { state: 'stopped'; size: number }
  /** Not what it was. `evidence`: what the server signed, which cannot both be true. It stays so. */
  | { state: 'wrong'; fault: LogFault; evidence: string[] }

export interface Heads {
  /** Takes what a poll's packet says: `roar.on('poll', log.packet)`. Asks the server only where a head is smaller than one before. */
  packet: (packet: PollPacket) => void
  /** What is known of a poll's log now. */
  of(poll: string): LogState
  /**
   * Asks the server for the proof that its newest head begins with the newest that was kept here, also before a reload, that the
   * receipt's ballot is under it, and, once it is sealed, that the certificate is the last. Rejects with `RoarError` where it does not answer.
   */
  check(poll: string, receipt?: Receipt): Promise<LogState>
  /** Calls back on each change of what is known, but for a size alone. Returns the unsubscribe function. */
  on(listener: (poll: string, state: LogState) => void): () => void
  close(): void
}

interface Known {
  state: LogState
  /** The newest in this page. */
  head?: Head
  /** Its note, as a packet had it last: checked once. */
  note?: string
  /** What was asked of it comes one after the other. */
  turn: Promise<unknown>
  cancelStop?: () => void
  cancelShrunk?: () => void
}

interface HeadsAnswer {
  heads: string[]
  proof?: { path: string[] }
  inclusion?: MerklePath
}

/**
 * Remembers the newest head that each poll's log has shown, and finds one that shrank, forked or stopped. Throws `TypeError`
 * for an address that is none and a show that cannot be an id.
 */
export function heads(
  { url, show, storage = ownStorage() }: HeadsOptions,
  platform: Platform = ownPlatform(),
): Heads {
  if (!isId(show)) throw new TypeError(`Not an id ${show}`)
  const server = serverAt(url)
  const polls = new Map<string, Known>()
  const listeners = new Set<(poll: string, state: LogState) => void>()
  /** With the newest keys that came. */
  let checker: HeadChecker | undefined
  let renewal: Promise<HeadChecker | undefined> | undefined
  let closed = false

  const pollUrl = (poll: string) => `${server}/v1/shows/${show}/polls/${poll}`
  const keyOf = (poll: string) => `roar.heads ${server} ${show}/${poll}`

  function knownOf(poll: string): Known {
    const known = polls.get(poll) ?? { state: { state: 'unknown' }, turn: Promise.resolve() }
    polls.set(poll, known)
    return known
  }

  /** undefined: nothing can be checked here. */
  async function makeChecker(): Promise<HeadChecker | undefined> {
    const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined
    if (!(await canVerify(subtle))) return undefined
    const { keys } = await request<{ keys: { x: string }[] }>(platform, `${server}/v1/keys`, { fresh: true })
    checker = new HeadChecker(subtle!, keys)
    return checker
  }

  /** Asked for once at a time, and anew where no answer came: the next head needs them again. */
  function renewed(): Promise<HeadChecker | undefined> {
    renewal ??= makeChecker().finally(() => {
      renewal = undefined
    })
    return renewal
  }

  /** A head whose signature is good, where need be with the keys of now. */
  async function checked(note: string, poll: string): Promise<Head | undefined> {
    const head = await (checker ?? (await renewed()))?.head(note, show, poll)
    // The keys may be newer than those that are known here.
    return head ?? (await renewed())?.head(note, show, poll)
  }

  /** The oldest that was not proven to begin the newest. Another server's, as of a rehearsal, is none. */
  async function kept(poll: string): Promise<Head | undefined> {
    const note = read(poll)
    return note === undefined ? undefined : checker?.head(note, show, poll)
  }

  /** The newest of this page, unless the server at this address is another one by now. */
  async function standing({ head }: Known, poll: string): Promise<Head | undefined> {
    return head && checker?.head(head.note, show, poll)
  }

  function read(poll: string): string | undefined {
    try {
      return storage.getItem(keyOf(poll)) ?? undefined
    } catch {
      return undefined
    }
  }

  function keep(poll: string, { note }: Head): void {
    try {
      storage.setItem(keyOf(poll), note)
    } catch {
      // A storage that is full or forbidden: what is seen holds as long as the page.
    }
  }

  function become(poll: string, state: LogState): LogState {
    const known = knownOf(poll)
    if (closed || known.state.state === 'wrong') return known.state
    const isNew = known.state.state !== state.state
    known.state = state
    if (isNew) for (const listener of listeners) queueMicrotask(() => listener(poll, state))
    return state
  }

  const wrong = (poll: string, fault: LogFault, ...evidence: string[]): LogState =>
    become(poll, { state: 'wrong', fault, evidence })

  /** One after the other, whatever comes at once. What the server does not answer changes nothing. */
  function inTurn<Result>(poll: string, work: () => Promise<Result>): Promise<Result> {
    const known = knownOf(poll)
    const result = known.turn.then(work)
    known.turn = result.catch(() => {})
    return result
  }

  async function seen(poll: string, note: string): Promise<void> {
    const known = knownOf(poll)
    const head = await checked(note, poll)
    // Not signed: of somebody else, on a broker of others.
    if (!head) return
    const before = await standing(known, poll)
    if (before && head.size < before.size) {
      askForLoss(poll, before, head)
      return
    }
    if (before?.size === head.size && !isSame(before.root, head.root)) {
      wrong(poll, 'forked', before.note, note)
      return
    }
    known.head = head
    if ((await kept(poll)) === undefined) keep(poll, head)
    known.cancelStop?.()
    delete known.cancelStop
    const { state } = known
    // Nothing of a sealed poll grows any more; its last head comes again with each packet.
    if (state.state !== 'sealed') become(poll, { state: 'growing', size: head.size })
    else if (head.size > state.size) wrong(poll, 'certificate', head.note)
  }

  /** An edge may have said again what it said before; the server knows what there is now. */
  function askForLoss(poll: string, before: Head, smaller: Head): void {
    const known = knownOf(poll)
    known.cancelShrunk ??= platform.after(SHRUNK_MS, () => {
      delete known.cancelShrunk
      void inTurn(poll, async () => {
        const newest = await newestOf(poll)
        if (newest && newest.size < before.size) wrong(poll, 'shrunk', before.note, smaller.note)
      }).catch(() => {
        // No answer: the next smaller head asks again.
      })
    })
  }

  const ask = (poll: string, query: string) =>
    request<HeadsAnswer>(platform, `${pollUrl(poll)}/heads${query}`, { fresh: true })

  async function newestOf(poll: string): Promise<Head | undefined> {
    const [note] = (await ask(poll, '')).heads
    return note === undefined ? undefined : checked(note, poll)
  }

  /** Another process of a cluster may be a moment behind the one that was asked before. */
  async function patiently<Answer>(
    attempt: () => Promise<Answer>,
    isThere: (answer: Answer) => boolean,
  ): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const answer = await attempt()
      if (isThere(answer) || tries === TRIES_MAX) return answer
      await new Promise<void>((resolve) => platform.after(AGAIN_MS, resolve))
    }
  }

  async function lookAt(poll: string, receipt: Receipt | undefined): Promise<LogState> {
    const known = knownOf(poll)
    const size = known.head?.size ?? 0
    const newest = await unless(
      'not_published',
      patiently(
        () => newestOf(poll),
        (head) => !head || head.size >= size,
      ),
    )
    const check = checker
    if (!newest || !check) return known.state
    for (const older of [await kept(poll), await standing(known, poll)]) {
      if (!older || older.size === 0) continue
      if (older.size > newest.size) return wrong(poll, 'shrunk', older.note, newest.note)
      if (!(await begins(poll, older, newest, check))) return wrong(poll, 'forked', older.note, newest.note)
    }
    known.head = newest
    keep(poll, newest)
    if (receipt && !(await isUnder(poll, newest, receipt, check)))
      return wrong(poll, 'missing', newest.note, JSON.stringify(receipt))
    const certificate = await unless(
      'not_sealed',
      request<Certificate>(platform, `${pollUrl(poll)}/certificate`),
    )
    if (!certificate) return become(poll, { state: 'growing', size: newest.size })
    const { ballots, root } = certificate.statement
    if (ballots !== newest.size || !isSame(bytesOf(root), newest.root))
      return wrong(poll, 'certificate', newest.note, JSON.stringify(certificate))
    const witnesses = await check.witnesses(certificate.head ?? '', certificate.witnesses ?? [])
    return become(poll, { state: 'sealed', size: newest.size, witnesses })
  }

  async function begins(poll: string, older: Head, newer: Head, check: HeadChecker): Promise<boolean> {
    const answer = await patiently(
      () => unless('bad_request', ask(poll, `?from=${older.size}&to=${newer.size}`)),
      (answer) => answer !== undefined,
    )
    return check.consistent(older, newer, answer?.proof?.path ?? []).catch(() => false)
  }

  /** Under the newest head, or the one that is made when somebody asks for a ballot that came after it. */
  async function isUnder(poll: string, newest: Head, receipt: Receipt, check: HeadChecker): Promise<boolean> {
    const place = `?place=${receipt.place.partition}:${receipt.place.offset}`
    const answer = await patiently(
      () => unless('unknown_ballot', ask(poll, place)),
      (answer) => answer !== undefined,
    )
    const head = answer?.heads[0] === undefined ? undefined : await checked(answer.heads[0], poll)
    if (!answer?.inclusion || !head) return false
    const isIn = await check.included(receipt, answer.inclusion, head).catch(() => false)
    return isIn && (head.size < newest.size || (await begins(poll, newest, head, check)))
  }

  return {
    packet({ poll, head, ballots }) {
      const known = knownOf(poll)
      if (closed || head === undefined) return
      if (head !== known.note) {
        known.note = head
        void inTurn(poll, () => seen(poll, head)).catch(() => {
          // No answer to the question for keys: the next head asks again.
          delete known.note
        })
      }
      const size = Number(head.split('\n')[1])
      if (ballots > size)
        known.cancelStop ??= platform.after(STOPPED_MS, () => become(poll, { state: 'stopped', size }))
    },
    of: (poll) => polls.get(poll)?.state ?? { state: 'unknown' },
    check: (poll, receipt) => inTurn(poll, () => lookAt(poll, receipt)),
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      closed = true
      for (const { cancelStop, cancelShrunk } of polls.values()) {
        cancelStop?.()
        cancelShrunk?.()
      }
    },
  }
}

/** The answer; undefined where the server says `code`. */
async function unless<Answer>(code: string, answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer
  } catch (cause) {
    if ((cause as RoarError).code === code) return undefined
    throw cause
  }
}
