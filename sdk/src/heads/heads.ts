import { isSame } from '../../../protocol/consistency.ts'
import { isId } from '../../../protocol/ids.ts'
import type { PollPacket } from '../../../protocol/packets.ts'
import type { Certificate, MerklePath, Receipt } from '../../../protocol/polls.ts'
import { serverAt } from '../address.ts'
import type { RoarError } from '../error.ts'
import { ownPlatform, type Platform } from '../platform.ts'
import { notRoar, request } from '../request.ts'
import { ownStorage, type VoteStorage } from '../votes/records.ts'
import { canVerify } from '../votes/verify.ts'
import { bytesOf, type Head, HeadChecker, type HeadKey } from './check.ts'

/** How long the count may be ahead of the newest head before the log counts as stopped. */
const STOPPED_MS = 60_000
/** How long a smaller head is re-checked before it counts as a loss: an edge may lag for a moment. */
const SHRUNK_MS = 15_000
/** How often, and at what interval, a lagging process is asked again. */
const TRIES_MAX = 5
const AGAIN_MS = 500

export interface HeadsOptions {
  /** The server's address, such as `https://roar.example`. */
  url: string
  show: string
  /** Where the newest heads are stored. Default: `localStorage`; without it, memory. */
  storage?: VoteStorage
}

/**
 * `shrunk`: it has fewer ballots than before. `forked`: a head does not extend an earlier one. `missing`: it does not contain the
 * receipt's ballot. `certificate`: the certificate is not its last head.
 */
export type LogFault = 'shrunk' | 'forked' | 'missing' | 'certificate'

/** The state of a poll's log of ballots. */
export type LogState =
  /** No head was published, or none can be verified here: no WebCrypto, or no Ed25519. */
  | { state: 'unknown' }
  /** Every head so far extends the earlier ones, as far as it was checked. */
  | { state: 'growing'; size: number }
  /** The certificate is the last head, cosigned by these witnesses (names). */
  | { state: 'sealed'; size: number; witnesses: string[] }
  /** For a minute, more has been counted than the newest head contains. */
  | { state: 'stopped'; size: number }
  /** Inconsistent. `evidence`: signed texts that cannot all be true. Final. */
  | { state: 'wrong'; fault: LogFault; evidence: string[] }

export interface Heads {
  /** Handles a poll's packet: `roar.on('poll', log.packet)`. Makes a request only if a head is smaller than an earlier one. */
  packet: (packet: PollPacket) => void
  /** The present state of a poll's log. */
  of(poll: string): LogState
  /**
   * Requests proof that the newest head extends the newest one stored here (even before a reload), that it contains the receipt's
   * ballot, and, once sealed, that the certificate is the last head. Rejects with `RoarError` if there is no answer.
   */
  check(poll: string, receipt?: Receipt): Promise<LogState>
  /** Calls back on each change of state, except for a larger size alone. Returns the unsubscribe function. */
  on(listener: (poll: string, state: LogState) => void): () => void
  close(): void
}

interface Known {
  state: LogState
  /** The newest in this page. */
  head?: Head
  /** Its note as in the last packet: verified once. */
  note?: string
  /** Serialises requests about it. */
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
 * Remembers the newest head of each poll's log, and detects one that shrank, forked or stopped. Throws `TypeError` for an invalid
 * address or show.
 */
export function heads(
  { url, show, storage = ownStorage() }: HeadsOptions,
  platform: Platform = ownPlatform(),
): Heads {
  if (!isId(show)) throw new TypeError(`Not an id ${show}`)
  const server = serverAt(url)
  const polls = new Map<string, Known>()
  const listeners = new Set<(poll: string, state: LogState) => void>()
  /** With the newest known keys. */
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

  /** undefined: nothing can be verified here. */
  async function makeChecker(): Promise<HeadChecker | undefined> {
    const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined
    if (!(await canVerify(subtle))) return undefined
    const { keys } = await request<{ keys: HeadKey[] }>(platform, `${server}/v1/keys`, 'keys', {
      fresh: true,
    })
    checker = new HeadChecker(subtle!, keys)
    return checker
  }

  /** One request at a time, repeated without an answer: the next head needs the keys again. */
  function renewed(): Promise<HeadChecker | undefined> {
    renewal ??= makeChecker().finally(() => {
      renewal = undefined
    })
    return renewal
  }

  /** A head signed by a key in use; fetches the current keys if needed. */
  async function checked(note: string, poll: string): Promise<Head | undefined> {
    const head = await (checker ?? (await renewed()))?.head(note, show, poll)
    // The key may be newer than those known here.
    return present(head ?? (await (await renewed())?.head(note, show, poll)))
  }

  /** The oldest head not yet proven to precede the newest. Another server's, such as a rehearsal's, does not count. */
  async function kept(poll: string): Promise<Head | undefined> {
    const note = read(poll)
    return note === undefined ? undefined : checker?.head(note, show, poll)
  }

  /** The newest head of this page, unless the address now belongs to another server. */
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
      // Storage is full or forbidden: what was seen lasts as long as the page.
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

  /** One after the other. Without an answer nothing changes. */
  function inTurn<Result>(poll: string, work: () => Promise<Result>): Promise<Result> {
    const known = knownOf(poll)
    const result = known.turn.then(work)
    known.turn = result.catch(() => {})
    return result
  }

  async function seen(poll: string, note: string): Promise<void> {
    const known = knownOf(poll)
    const head = await checked(note, poll)
    // Not signed: a foreign message, on a shared broker.
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
    // A sealed poll's log no longer grows; its last head comes with every packet.
    if (state.state !== 'sealed') become(poll, { state: 'growing', size: head.size })
    else if (head.size > state.size) wrong(poll, 'certificate', head.note)
  }

  /** An edge may have repeated an old packet; the server knows the present state. */
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
    request<HeadsAnswer>(platform, `${pollUrl(poll)}/heads${query}`, 'heads', { fresh: true })

  const newestOf = async (poll: string): Promise<Head | undefined> => newestIn(await ask(poll, ''), poll)

  /** Throws where no key in use signed it: a process that lags may not know of its key's end, and what it says is nothing to judge. */
  async function newestIn({ heads: [note] }: HeadsAnswer, poll: string): Promise<Head | undefined> {
    const head = note === undefined ? undefined : await checked(note, poll)
    if (note !== undefined && checker && !head) throw notRoar()
    return head
  }

  /** Another process of a cluster may lag the one asked before. */
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
    // A key may have been revoked since this page has read them.
    await renewed()
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
      request<Certificate>(platform, `${pollUrl(poll)}/certificate`, 'statement'),
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

  /** Under the newest head, or under one made on request, for a ballot newer than that. */
  async function isUnder(poll: string, newest: Head, receipt: Receipt, check: HeadChecker): Promise<boolean> {
    const place = `?place=${receipt.place.partition}:${receipt.place.offset}`
    const answer = await patiently(
      () => unless('unknown_ballot', ask(poll, place)),
      (answer) => answer !== undefined,
    )
    const head = answer && (await newestIn(answer, poll))
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
          // No answer to the request for keys: the next head asks again.
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

/** The head, unless its key has ended: servers sign what they show anew. */
const present = (head: Head | undefined): Head | undefined => (head?.past ? undefined : head)

/** The answer; undefined if the server answers with `code`. */
async function unless<Answer>(code: string, answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer
  } catch (cause) {
    if ((cause as RoarError).code === code) return undefined
    throw cause
  }
}
