import { longestWaitMs } from '../../protocol/backoff.ts'
import type { ClientErrorCode, RoarError } from './error.ts'
import type { Loss, LossCode } from './link.ts'

/**
 * The state machine of a client's connection. Pure: the shell passes in events and randomness, and opens,
 * closes and waits as the status says. At most one transport is open, in `connecting`, `live` and `polling` only.
 *
 * ```
 *             ┌──────────── due ─────────────┐
 *             ▼                              │
 *   ──▶ connecting ──lost, unfetched────▶ waiting ◀──lost── live, polling
 *        │      ▲ └──opened──▶ live, polling   ▲              │
 *    unfetched  └───────────── climb ──────────┼──────────────┘
 *        ▼                                     │
 *      failed       any ──pause──▶ paused ──resume──▶ connecting (after being offline: waiting)
 *                   any ──drain──▶ draining ──close──▶ closed
 * ```
 *
 * The ladder: MQTT, below it Server-Sent Events, below that polling. A rung is abandoned if HTTP answers and it does not open,
 * if it falls silent before it has lasted a while, and if it is cut twice before that: each is typical of proxies. The
 * step down waits a second at most. So after a server's restart its viewers are on the same rung, and nobody is
 * without packets for long while any transport works. A climb tries one higher rung, and returns at once if that fails.
 */
export type Transport = 'mqtt' | 'sse' | 'polling'

/**
 * Why the client waits: the code of the answer, or `network` without one; `lost` the connection ended, `silent` nothing arrived
 * over it, `stopping` the server stops and is back soon, `offline` the device had no network.
 */
export type WaitCode = ClientErrorCode | LossCode | 'offline'

/** `over`: how packets arrive; absent: none do. */
export type Status =
  | { readonly state: 'live'; readonly over: 'mqtt' | 'sse' }
  | { readonly state: 'polling'; readonly over: 'polling' }
  | ({ readonly over?: undefined } & (
      | { readonly state: 'connecting' }
      | { readonly state: 'waiting'; readonly retryInMs: number; readonly code: WaitCode }
      | { readonly state: 'paused'; readonly reasons: readonly string[] }
      | { readonly state: 'draining' }
      | { readonly state: 'closed' }
      | { readonly state: 'failed'; readonly code: string }
    ))

export interface Connection {
  readonly status: Status
  /** The transports that may still be tried, best first. Never empty. */
  readonly ladder: readonly Transport[]
  /** Index in `ladder` of the one in use, or to try next. */
  readonly rung: number
  /** During a climb, and until its result has lasted a while: the lower rung that worked. */
  readonly home: number | undefined
  /** Whether the transport in use has lasted a while. */
  readonly steady: boolean
  /** How often in a row this rung was cut before it was steady. */
  readonly cuts: number
  /** Connections lost or failed since the last calm; the exponent of the backoff. */
  readonly failures: number
  /** Climbs since the best rung last lasted. */
  readonly climbs: number
  /** Whether HTTP must answer before the transport is tried: on the first try, and after one that never opened. */
  readonly check: boolean
}

export type ConnectionEvent =
  /** The transport is open. */
  | { type: 'opened' }
  /** The transport closed or did not open. */
  | ({ type: 'lost' } & Loss)
  /** HTTP did not return the show; asking again may or may not help. */
  | { type: 'unfetched'; error: Pick<RoarError, 'code' | 'retryable' | 'retryAfterMs'> }
  /** The wait is over, or a user does not want to wait. */
  | { type: 'due' }
  /** The connection has lasted a while. */
  | { type: 'calm' }
  /** Time to try a better transport. */
  | { type: 'climb' }
  | { type: 'pause'; reason: string }
  | { type: 'resume'; reason: string }
  | { type: 'drain' }
  | { type: 'close' }

/** The first retry comes within this time, so that a million viewers who lost their server reconnect spread out. */
export const FIRST_RETRY_MS_MAX = 5_000
export const RETRY_MS_MAX = 30_000
/** The longest wait of a step down the ladder. */
export const STEP_MS_MAX = 1_000
/** The minimum wait after a server says `wait`, and the maximum for one that names a time. */
export const PATIENCE_MS = 60_000
/** How many redirects in a row a client follows immediately. */
const MOVES_MAX = 3
const CLIMB_MS = 30_000
const CLIMB_MS_MAX = 600_000

/** Full jitter: anything from 0 to a bound that doubles with each failure, at most 30 s. */
export const retryInMs = (failures: number, random: () => number): number =>
  random() * longestWaitMs(failures, FIRST_RETRY_MS_MAX, RETRY_MS_MAX)

/** When to try a better transport: 30 to 60 s after landing on a lower one, doubled with each climb, at most 10 minutes. */
export const climbInMs = (climbs: number, random: () => number): number =>
  (0.5 + random() / 2) * longestWaitMs(climbs + 1, 2 * CLIMB_MS, CLIMB_MS_MAX)

export const startConnection = (ladder: readonly Transport[]): Connection => ({
  status: { state: 'connecting' },
  ladder,
  rung: 0,
  home: undefined,
  steady: false,
  cuts: 0,
  failures: 0,
  climbs: 0,
  check: true,
})

/** The connection after an event. Events that do not apply to a state, such as those of an old transport, change nothing. */
export function step(connection: Connection, event: ConnectionEvent, random: () => number): Connection {
  const { status, ladder, rung, home, steady, failures, climbs, check } = connection
  const { state } = status
  const reasons = state === 'paused' ? status.reasons : []
  const become = (status: Status, changes: Partial<Connection> = {}): Connection => ({
    ...connection,
    ...changes,
    status,
  })
  const connect = (changes?: Partial<Connection>) => become({ state: 'connecting' }, changes)

  /**
   * Waits, and then requires HTTP to answer first, unless `changes` says otherwise. `soon`: within a second; if the server named
   * a time, only on the first failure, because a client that was redirected or has waited tries another way at once. Otherwise
   * the server's time plus up to 5 s, growing with `tries`.
   */
  function wait(
    { code, next, retryAfterMs = 0 }: Why,
    changes?: Partial<Connection>,
    soon = false,
    tries = 1,
  ): Connection {
    const namedMs = soon && failures ? 0 : Math.min(PATIENCE_MS, retryAfterMs)
    const ms =
      (next === 'wait' ? PATIENCE_MS : namedMs) + (soon ? random() * STEP_MS_MAX : retryInMs(tries, random))
    return become(
      { state: 'waiting', retryInMs: Math.round(ms), code },
      { check: true, ...changes, failures: failures + 1 },
    )
  }

  /** Below the lowest rung it starts over from the top, after a longer wait: the server's, if it names one. */
  function stepDown(why: Why): Connection {
    const next = (rung + 1) % ladder.length
    return wait(why, { rung: next, cuts: 0 }, next > 0, why.retryAfterMs ? 1 : failures + 1)
  }

  const goHome = (home: number, ladder: readonly Transport[]) =>
    connect({ check: false, ladder, rung: home, home: undefined })

  /** Removes the rung for good and tries the next one soon. */
  function without(why: Why): Connection {
    const rest = ladder.filter((_, place) => place !== rung)
    if (!rest.length) return become({ state: 'failed', code: 'no_transport' })
    if (home !== undefined) return goHome(home - 1, rest)
    return wait(why, { ladder: rest, rung: rung % rest.length, cuts: 0 }, true)
  }

  function lost(loss: Loss): Connection {
    const open = !!status.over
    const few = failures < MOVES_MAX
    // A server redirects viewers a few at a time. A client redirected again and again slows down, and tries no more closed doors.
    if (loss.to && (open || few)) return wait(loss, { check: !open && check }, few)
    if (loss.next === 'give-up') return without(loss)
    // The result of a climb must last before it counts.
    if (home !== undefined) return goHome(home, ladder)
    const cuts = steady ? 0 : connection.cuts + Number(open)
    const silent = loss.code === 'silent'
    // Without HTTP's answer it is unclear whether the rung is at fault.
    if (open ? cuts > 1 || (cuts && silent) : check) return stepDown(loss)
    // Viewers notice silence at different moments, and have missed packets for long enough: HTTP tells whether the rung is at
    // fault. A server that named a place with room may know better.
    return wait(loss, { check: silent || !open, cuts }, silent || (!open && loss.retryAfterMs! > 0))
  }

  /** A whole stadium comes back online at once, so that reason waits; a person who returns to the page does not. */
  function resume(reason: string): Connection {
    const rest = reasons.filter((other) => other !== reason)
    if (rest.length === reasons.length) return connection
    if (rest.length) return become({ state: 'paused', reasons: rest })
    if (reason !== 'offline') return connect()
    return wait({ code: 'offline' }, { check })
  }

  if (state === 'closed') return connection
  if (event.type === 'close') return become({ state: 'closed' })
  if (state === 'draining') return connection
  if (event.type === 'drain') return become({ state: 'draining' })
  if (state === 'failed') return connection
  if (event.type === 'pause')
    return reasons.includes(event.reason)
      ? connection
      : become({ state: 'paused', reasons: [...reasons, event.reason] })
  if (event.type === 'resume') return resume(event.reason)
  if (state === 'waiting') return event.type === 'due' ? connect() : connection
  if (state === 'paused') return connection
  if (event.type === 'lost') return lost(event)
  if (status.over) {
    if (event.type === 'calm')
      return { ...connection, home: undefined, steady: true, cuts: 0, failures: 0, climbs: rung && climbs }
    // From polling the two rungs above alternate: a climb costs a single failed try.
    return event.type === 'climb' && rung
      ? connect({ rung: climbs % rung, home: rung, check: true, climbs: climbs + 1 })
      : connection
  }
  if (event.type === 'opened') {
    const over = ladder[rung]!
    return become({ state: over === 'polling' ? over : 'live', over } as Status, { steady: false })
  }
  if (event.type === 'unfetched')
    return event.error.retryable
      ? wait(event.error, { rung: home ?? rung, home: undefined }, false, failures + 1)
      : become({ state: 'failed', code: event.error.code })
  return connection
}

type Why = { code: WaitCode; next?: Loss['next']; retryAfterMs?: number | undefined }
