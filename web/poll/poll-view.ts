import { ownOf } from '../../protocol/ids.ts'
import type { PollPacket, ShowDocument, Status } from '../../sdk/src/index.ts'
import type { PollDocument, PollState } from '../../sdk/src/votes/index.ts'
import { percents } from '../mood/shares.ts'
import type { Say } from '../words/words.ts'

/** What is known of a poll: its rules, and the newest packet. */
export interface KnownPoll {
  poll: string
  state: PollState
  /** Fetched when it is shown. */
  document?: PollDocument
  /** The newest, from a packet or the document. */
  ballots: number
  counts?: Record<string, number>
  closes?: number
  /** The certificate's code, once it is sealed. */
  code?: string
  /** Known from before a reconnect, and not fetched since: see `doubted`. */
  doubt?: 'unheard' | 'heard'
}

const RANK: Record<PollState, number> = { draft: 0, open: 1, closed: 2, revealed: 3, sealed: 4 }

/** Known polls that no longer exist: those of a wiped rehearsal. */
export const wipedPolls = (
  known: Iterable<string>,
  { polls, rehearsal }: Pick<ShowDocument, 'polls' | 'rehearsal'>,
): string[] => (rehearsal ? [...known].filter((id) => !polls.some(({ poll }) => poll === id)) : [])

/** Whether a state is later in a poll's life: polls only go forward, so anything else is old news. */
export const isLater = (state: PollState, than: PollState): boolean => RANK[state] > RANK[than]

/** A poll's document may come from a cache for this long. */
export const CACHED_MS = 1_000

/**
 * After a reconnect it may be another server at the same address, as of a show after its rehearsal, which has no such poll, or
 * another one of the same id. Packets then also take a poll back, and its document decides. `unheard` until a packet names it.
 */
export const doubted = <Known extends KnownPoll>(known: Known): Known => ({ ...known, doubt: 'unheard' })

/** Tells when polls are `doubted`. */
export class Reconnects {
  /** Whether the connection was lost, or left, since packets last came. */
  #lost = false

  /** Takes each status in turn. Whether packets come again after a loss. */
  isBack(state: Status['state']): boolean {
    const come = state === 'live' || state === 'polling'
    const isBack = come && this.#lost
    this.#lost = !come && (this.#lost || state !== 'connecting')
    return isBack
  }
}

/** Merges a packet into what is known. Counts left out are hidden, except from those to whom the document showed them. */
export function withPacket(known: KnownPoll | undefined, packet: PollPacket): KnownPoll {
  const { poll, state, ballots, counts, closes, code = known?.code } = packet
  if (known && !known.doubt && isLater(known.state, state)) return known
  const { document, counts: seen } = known ?? {}
  const shown = counts ?? (document?.visibility === 'voted' && state === 'open' ? seen : undefined)
  return {
    poll,
    state,
    ballots,
    ...(document && { document }),
    ...(shown && { counts: shown }),
    ...(closes !== undefined && { closes }),
    ...(code !== undefined && { code }),
    ...(known?.doubt && { doubt: 'heard' as const }),
  }
}

/**
 * Merges a poll's document into what is known. A poll's opening time never changes: with another one it is a different poll of
 * the same id, as of a show after its rehearsal, and nothing known of the old one applies.
 */
export function withDocument(before: KnownPoll | undefined, document: PollDocument): KnownPoll {
  const { poll, state, ballots, counts, closes } = document
  const known = before && isOther(before, document) ? undefined : before
  const code = document.code ?? known?.code
  // A cache may return the document of an earlier state.
  if (known && isLater(known.state, state)) {
    const { doubt: _, ...sure } = known
    return { ...sure, document, ...(code !== undefined && { code }) }
  }
  return {
    poll,
    state,
    document,
    ballots: Math.max(ballots, known?.ballots ?? 0),
    ...((counts ?? known?.counts) && { counts: (counts ?? known?.counts)! }),
    ...(closes !== undefined && { closes }),
    ...(code !== undefined && { code }),
  }
}

/** Of one that is in doubt without a document, nothing says that it is the same. */
const isOther = ({ document: one, doubt }: KnownPoll, other: PollDocument): boolean =>
  one === undefined ? doubt === 'unheard' : one.state !== 'draft' && one.opens !== other.opens

/**
 * The poll to show: the newest open one awaiting this viewer's vote, else the newest open one, else the newest with a vote of
 * theirs, else the newest.
 */
export function choosePoll<Poll extends Pick<KnownPoll, 'state'>>(
  polls: readonly Poll[],
  voted: (poll: Poll) => boolean,
): Poll | undefined {
  const open = polls.filter(({ state }) => state === 'open')
  return open.findLast((poll) => !voted(poll)) ?? open.at(-1) ?? polls.findLast(voted) ?? polls.at(-1)
}

export interface Share {
  /** Bar length, 0 to 1. */
  length: number
  percent: number
  leads: boolean
}

/**
 * What the bars show. With several choices each has its share of the viewers; else they share one whole, and the percents sum to
 * 100 as far as equal counts stay equal.
 */
export function sharesOf(
  { kind, choices }: Pick<PollDocument, 'kind' | 'choices'>,
  { counts, ballots }: Pick<KnownPoll, 'counts' | 'ballots'>,
): Share[] | undefined {
  if (counts === undefined) return undefined
  const numbers = choices.map(({ choice }) => Math.max(0, ownOf(counts, choice) ?? 0))
  const sum = numbers.reduce((total, n) => total + n, 0)
  const whole = kind === 'several' ? Math.max(ballots, ...numbers) : sum
  const most = Math.max(...numbers)
  const lengths = numbers.map((n) => (whole === 0 ? 0 : n / whole))
  const whole100 =
    kind === 'several' || sum === 0 ? lengths.map((length) => Math.round(length * 100)) : percents(lengths)
  return lengths.map((length, i) => ({
    length,
    percent: whole100[i]!,
    leads: most > 0 && numbers[i] === most,
  }))
}

/** Whether several choices lead together. */
export const isTie = (shares: readonly Share[]): boolean => shares.filter(({ leads }) => leads).length > 1

const MINUTE_S = 60
const HOUR_S = 60 * MINUTE_S
const DAY_S = 24 * HOUR_S

/** Time left, as a clock: `0:07`, `12:30`, `1:02:03`; above a day in days and hours. Rounded up: 0:00 is over. */
export function countdown(leftMs: number, say: Say): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000))
  if (seconds >= DAY_S)
    return say('pollDays', {
      days: Math.floor(seconds / DAY_S),
      hours: Math.floor((seconds % DAY_S) / HOUR_S),
    })
  const two = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(seconds / HOUR_S)
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S)
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % MINUTE_S)}`
}
