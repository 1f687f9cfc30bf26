import { backoffMs } from '../../protocol/backoff.ts'
import type { ClientErrorCode, RoarError } from './error.ts'
import type { Loss, LossCode } from './link.ts'

/**
 * What a client's connection is doing and what comes next. Pure: the shell hands in events and randomness, and opens,
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
 * The ladder: MQTT, below it Server-Sent Events, below that polling. A rung is lost where HTTP answers and it does not open,
 * where it falls silent before it has held for a while, and where it is cut twice before that: each is a proxy's doing. The
 * step down waits a second at most. So a server that restarts finds its viewers on the rung they stood on, and nobody is
 * long in the dark where any way is open. A climb tries one higher rung, and leads straight back where that fails.
 */
export type Transport = 'mqtt' | 'sse' | 'polling'

/**
 * Why the client waits: the code of the answer, or `network` where none came; `lost` the connection ended, `silent` nothing came over
 * it, `stopping` the server stops and is back soon, `offline` the device was without a network.
 */
export type WaitCode = ClientErrorCode | LossCode | 'offline'

export type Status =
  | { readonly state: 'connecting' }
  | { readonly state: 'live'; readonly over: 'mqtt' | 'sse' }
  | { readonly state: 'polling' }
  | { readonly state: 'waiting'; readonly retryInMs: number; readonly code: WaitCode }
  | { readonly state: 'paused'; readonly reasons: readonly string[] }
  | { readonly state: 'draining' }
  | { readonly state: 'closed' }
  | { readonly state: 'failed'; readonly code: string }

export interface Connection {
  readonly status: Status
  /** The transports that may still be tried, best first. Never empty. */
  readonly ladder: readonly Transport[]
  /** Index in `ladder` of the one in use, or to be tried next. */
  readonly rung: number
  /** During a climb, and until what it led to has held for a while: the rung that worked, below `rung`. */
  readonly home: number | undefined
  /** Whether the transport in use has held for a while. */
  readonly steady: boolean
  /** How often in a row this rung was cut before it was steady. */
  readonly cuts: number
  /** Connections lost or not made since the last calm; the exponent of the backoff. */
  readonly failures: number
  /** Climbs since the best rung last held. */
  readonly climbs: number
  /** Whether HTTP must answer before the transport is tried: on the first try, and after one that never opened. */
  readonly check: boolean
}

export type ConnectionEvent =
  /** The transport is open. */
  | { type: 'opened' }
  /** The transport ended or did not open. */
  | ({ type: 'lost' } & Loss)
  /** HTTP did not give the show: asking again may help, or not. */
  | { type: 'unfetched'; error: Pick<RoarError, 'code' | 'retryable' | 'retryAfterMs'> }
  /** The waiting time is over, or somebody does not want to wait. */
  | { type: 'due' }
  /** The connection has held for a while. */
  | { type: 'calm' }
  /** Time to try a better transport. */
  | { type: 'climb' }
  | { type: 'pause'; reason: string }
  | { type: 'resume'; reason: string }
  | { type: 'drain' }
  | { type: 'close' }

/** The first retry comes within this time, so that a server that lost a million viewers gets them back spread out. */
export const FIRST_RETRY_MS_MAX = 5_000
export const RETRY_MS_MAX = 30_000
/** A step down the ladder waits this long at most. */
export const STEP_MS_MAX = 1_000
/** What a server that says `wait` is given before the backoff even starts, and the most that one gets that names a time. */
export const PATIENCE_MS = 60_000
/** So often in a row a client goes at once where the server sends it. */
const MOVES_MAX = 3
const CLIMB_MS = 30_000
const CLIMB_MS_MAX = 600_000

/** Packets come. */
export const isOpen = ({ state }: Status): boolean => /^(live|polling)$/.test(state)

/** Full jitter: anything from 0 to a bound that doubles with each failure, 30 s at most. */
export const retryInMs = (failures: number, random: () => number): number =>
  backoffMs(failures, { firstMs: FIRST_RETRY_MS_MAX, maxMs: RETRY_MS_MAX, jitter: 1 }, random)

/** When to try a better transport: 30 to 60 s after landing on a lower one, twice that with each climb, 10 minutes at most. */
export const climbInMs = (climbs: number, random: () => number): number =>
  backoffMs(climbs + 1, { firstMs: 2 * CLIMB_MS, maxMs: CLIMB_MS_MAX }, random)

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

/** The connection after an event. What a state has no use for, such as news of a transport it no longer has, changes nothing. */
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
   * HTTP must answer first, unless `changes` say otherwise. `soon`: within a second, and where the server named a time only on the
   * first failure, as who was sent away or has waited goes another way at once. Otherwise what the server asks for and up to 5 s;
   * with `tries` what doubles with them.
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

  /** Below the lowest rung the round begins again, and takes its time: the server's, where it names one. */
  function stepDown(why: Why): Connection {
    const next = (rung + 1) % ladder.length
    return wait(why, { rung: next, cuts: 0 }, next > 0, why.retryAfterMs ? 1 : failures + 1)
  }

  const goHome = (home: number, ladder: readonly Transport[]) =>
    connect({ check: false, ladder, rung: home, home: undefined })

  /** Takes the rung out for good; the next one is tried soon. */
  function without(why: Why): Connection {
    const rest = ladder.filter((_, place) => place !== rung)
    if (!rest.length) return become({ state: 'failed', code: 'no_transport' })
    if (home !== undefined) return goHome(home - 1, rest)
    return wait(why, { ladder: rest, rung: rung % rest.length, cuts: 0 }, true)
  }

  function lost(loss: Loss): Connection {
    const open = isOpen(status)
    const few = failures < MOVES_MAX
    // A server sends viewers elsewhere a few at a time. Who is sent on and on takes its time, and goes to no more doors that are shut.
    if (loss.to && (open || few)) return wait(loss, { check: !open && check }, few)
    if (loss.next === 'give-up') return without(loss)
    // What a climb leads to has to hold before it counts.
    if (home !== undefined) return goHome(home, ladder)
    const cuts = steady ? 0 : connection.cuts + Number(open)
    const silent = loss.code === 'silent'
    // Without HTTP's answer nobody knows whether it is the rung that failed.
    if (open ? cuts > 1 || (cuts && silent) : check) return stepDown(loss)
    // Each viewer notices silence at a moment of its own, and has been in the dark for long enough: HTTP says whether it is the rung. Of
    // a place that is not full it may know.
    return wait(loss, { check: silent || !open, cuts }, silent || (!open && loss.retryAfterMs! > 0))
  }

  /** A whole stadium comes back online in one moment, so that reason waits its turn; a person who looks again does not. */
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
  if (isOpen(status)) {
    if (event.type === 'calm')
      return { ...connection, home: undefined, steady: true, cuts: 0, failures: 0, climbs: rung && climbs }
    // From polling the two rungs above take turns: one failed try is all that a climb costs.
    return event.type === 'climb' && rung
      ? connect({ rung: climbs % rung, home: rung, check: true, climbs: climbs + 1 })
      : connection
  }
  if (event.type === 'opened') {
    const over = ladder[rung]!
    return become(over === 'polling' ? { state: over } : { state: 'live', over }, { steady: false })
  }
  if (event.type === 'unfetched')
    return event.error.retryable
      ? wait(event.error, { rung: home ?? rung, home: undefined }, false, failures + 1)
      : become({ state: 'failed', code: event.error.code })
  return connection
}

type Why = { code: WaitCode; next?: Loss['next']; retryAfterMs?: number | undefined }
