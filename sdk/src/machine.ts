import { backoffMs } from '../../protocol/backoff.ts'
import type { NextStep } from '../../protocol/close-codes.ts'

/**
 * What a client's connection is doing and what comes next. Pure: the shell hands in events and randomness, and opens,
 * closes and waits as the status says. At most one transport is open, in `connecting`, `live` and `polling` only.
 *
 * ```
 *             ┌──────────── due ─────────────┐
 *             ▼                              │
 *   ──▶ connecting ──lost, unreachable──▶ waiting ◀──lost── live, polling
 *        │      ▲ └──opened──▶ live, polling   ▲              │
 *     refused   └───────────── climb ──────────┼──────────────┘
 *        ▼                                     │
 *      failed       any ──pause──▶ paused ──resume──▶ connecting (after being offline: waiting)
 *                   any ──drain──▶ draining ──close──▶ closed
 * ```
 *
 * The ladder: MQTT, below it Server-Sent Events, below that polling. A client steps down only where MQTT failed and
 * HTTP did not, so that a server that restarts finds its viewers on the rung they stood on; it climbs again later.
 */
export type Transport = 'mqtt' | 'sse' | 'polling'

export type Status =
  | { readonly state: 'connecting' }
  | { readonly state: 'live'; readonly over: 'mqtt' | 'sse' }
  | { readonly state: 'polling' }
  | { readonly state: 'waiting'; readonly retryInMs: number }
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
  /** The transport ended or did not open. `more`: it has other addresses to try. */
  | { type: 'lost'; next: NextStep; more?: boolean; retryAfterMs?: number | undefined }
  /** HTTP did not answer either, or asked for patience. */
  | { type: 'unreachable'; retryAfterMs?: number | undefined }
  /** This place has not what the transport needs; nothing was tried. */
  | { type: 'unusable' }
  /** The server said no, and asking again would not change it. */
  | { type: 'refused'; code: string }
  /** The waiting time is over. */
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
/** What a server that says `wait` is given before the backoff even starts. */
export const PATIENCE_MS = 60_000
const CLIMB_MS = 30_000
const CLIMB_MS_MAX = 600_000

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
  failures: 0,
  climbs: 0,
  check: true,
})

/** The connection after an event. What a state has no use for, such as news of a transport it no longer has, changes nothing. */
export function step(connection: Connection, event: ConnectionEvent, random: () => number): Connection {
  const { state } = connection.status
  if (state === 'closed') return connection
  if (event.type === 'close') return become(connection, { state: 'closed' })
  if (state === 'draining') return connection
  if (event.type === 'drain') return become(connection, { state: 'draining' })
  if (state === 'failed') return connection
  if (event.type === 'pause') return pause(connection, event.reason)
  if (state === 'paused')
    return event.type === 'resume' ? resume(connection, event.reason, random) : connection
  if (state === 'waiting')
    return event.type === 'due' ? become(connection, { state: 'connecting' }) : connection
  return state === 'connecting' ? connecting(connection, event, random) : open(connection, event, random)
}

const become = (connection: Connection, status: Status, changes: Partial<Connection> = {}): Connection => ({
  ...connection,
  ...changes,
  status,
})

function connecting(connection: Connection, event: ConnectionEvent, random: () => number): Connection {
  const { ladder, rung, check } = connection
  switch (event.type) {
    case 'opened': {
      const over = ladder[rung]!
      const climbs = rung === 0 ? 0 : connection.climbs
      return become(connection, over === 'polling' ? { state: 'polling' } : { state: 'live', over }, {
        climbs,
      })
    }
    case 'lost':
      if (event.next === 'give-up') return without(connection, random)
      return wait(connection, event, random, {
        check: true,
        rung: check && !event.more ? (rung + 1) % ladder.length : rung,
      })
    case 'unreachable':
      return wait(connection, event, random, { check: true })
    case 'unusable':
      return without(connection)
    case 'refused':
      return become(connection, { state: 'failed', code: event.code })
    default:
      return connection
  }
}

function open(connection: Connection, event: ConnectionEvent, random: () => number): Connection {
  switch (event.type) {
    case 'lost':
      return event.next === 'give-up'
        ? without(connection, random)
        : wait(connection, event, random, { check: false })
    case 'calm':
      return { ...connection, failures: 0 }
    case 'climb':
      return connection.rung === 0
        ? connection
        : become(connection, { state: 'connecting' }, { rung: 0, check: true, climbs: connection.climbs + 1 })
    default:
      return connection
  }
}

function wait(
  connection: Connection,
  event: { next?: NextStep; retryAfterMs?: number | undefined },
  random: () => number,
  changes: Partial<Connection>,
): Connection {
  const failures = connection.failures + 1
  const atLeastMs = Math.max(event.next === 'wait' ? PATIENCE_MS : 0, event.retryAfterMs ?? 0)
  const waitMs = atLeastMs + retryInMs(failures, random)
  return become(connection, { state: 'waiting', retryInMs: waitMs }, { ...changes, failures })
}

/** Takes the current rung out for good. With `random` the next one waits its turn: something was tried and refused. */
function without(connection: Connection, random?: () => number): Connection {
  const ladder = connection.ladder.filter((_, rung) => rung !== connection.rung)
  if (ladder.length === 0) return become(connection, { state: 'failed', code: 'no_transport' })
  const changes = { ladder, rung: connection.rung % ladder.length, check: true }
  return random ? wait(connection, {}, random, changes) : become(connection, { state: 'connecting' }, changes)
}

function pause(connection: Connection, reason: string): Connection {
  const { status } = connection
  const held = status.state === 'paused' ? status.reasons : []
  return held.includes(reason)
    ? connection
    : become(connection, { state: 'paused', reasons: [...held, reason] })
}

/** A whole stadium comes back online in one moment, so that reason waits its turn; a person who looks again does not. */
function resume(connection: Connection, reason: string, random: () => number): Connection {
  const held = connection.status.state === 'paused' ? connection.status.reasons : []
  const reasons = held.filter((other) => other !== reason)
  if (reasons.length === held.length) return connection
  if (reasons.length > 0) return become(connection, { state: 'paused', reasons })
  if (reason !== 'offline') return become(connection, { state: 'connecting' })
  return become(connection, { state: 'waiting', retryInMs: retryInMs(1, random) })
}
