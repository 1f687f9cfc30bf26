import { Allowance, BucketSize } from '../../engine/allowance.ts'
import { Census } from '../../engine/census.ts'
import { HeldReports } from '../../engine/held-reports.ts'
import { TimingWheel } from '../../engine/timing-wheel.ts'
import type { EdgeReport } from '../../protocol/fleet.ts'
import { REPORT_HOLDS_MS } from '../../protocol/viewers.ts'
import { type EdgeCounters, zeroCounters } from './counters.ts'
import { Crowd } from './crowd.ts'
import { FeedTails } from './feed-tails.ts'
import { FleetView } from './fleet-view.ts'
import type { Goodbye } from './goodbye.ts'
import { EDGE_LIMITS, type EdgeLimits } from './limits.ts'
import { LoopFanOut } from './loop-fan-out.ts'
import { OriginBook } from './origins.ts'
import type { RelayRule } from './relay.ts'
import { type Backlogged, SlowWatch } from './slow-watch.ts'
import { type Topic, Topics } from './topics.ts'
import { Watching } from './watching.ts'

/** How late a keep-alive or a slow socket is noticed. */
export const TICK_MS = 500
/** A turn of the wheel is longer than one and a half of the longest keep-alive we grant. */
const WHEEL_SLOTS = 2048
/** Connections that may come at once, in seconds of what may come steadily. */
const CONNECTS_BURST_S = 2

/** What a good token says about its holder, as far as an edge asks. */
export interface TokenClaims {
  /** The only show that the token is good for. */
  show?: string
  /** When it is no longer good, milliseconds since 1970. */
  expiresMs?: number
  /** Whether it is no longer good although it has not expired. Absent: nobody can say so. */
  isRevoked?(): boolean
}

export interface ContextOptions {
  now: () => number
  showExists: (show: string) => boolean
  /**
   * Whether a show that does not exist here exists nowhere. While it may, nobody is told that it does not, as who is told so
   * never comes again: MQTT clients may wait for it, HTTP clients are to ask again (`catching_up`).
   */
  isInStep: () => boolean
  /**
   * Rejects where a token is not a good one: with `keys_unavailable` where that cannot be said now. Default: tokens are not
   * looked at.
   */
  verify?: ((token: string) => Promise<TokenClaims>) | undefined
  /** Whether nobody may listen without a token. Default false. */
  tokensDemanded?: boolean
  /** Who may hear every show, to pass it on. Default: nobody. */
  isRelay?: RelayRule
  /** Why a relay with this client id is not taken. Default: each one is. */
  relayRefusal?: (clientId: string) => 'rootless' | 'circle' | undefined
  /** Whether the limits of addresses also hold for this machine's own. Default false. */
  limitLoopback?: boolean
  limits?: Partial<EdgeLimits>
  newClientId?: () => string
  /** Where viewers reach this edge. Default: nobody is told. */
  urls?: readonly string[]
  /** Called when the first viewer is turned away because there are `connectionsMax`, and once there is room again for a twentieth of them. */
  onFull?: (isFull: boolean) => void
  /** From 0 to 1. Spreads the returns of those who are turned away. */
  random?: () => number
  /** Calls back after other work had its turn. Default: `setImmediate`. */
  yieldThen?: (resume: () => void) => void
}

/** One viewer's or relay's session, as the edge sees them all. */
export interface Member extends Backlogged {
  readonly relay: boolean
  readonly claims: TokenClaims
  /** Ends it, with the reason said as far as it can be. */
  end(why: Goodbye): void
  /** The wheel's call. */
  wake(now: number): void
  /** Whether there is another edge for it, and it can be told which: 3.1.1 over TCP and streams cannot. */
  readonly canBeSent: boolean
}

/** What all sessions of an edge share. Has no socket and no timer of its own. */
export interface EdgeContext extends Required<Omit<ContextOptions, 'verify' | 'limits' | 'limitLoopback'>> {
  readonly verify: ContextOptions['verify']
  readonly limits: EdgeLimits
  readonly counters: EdgeCounters
  readonly topics: Topics
  readonly feeds: FeedTails
  readonly loop: LoopFanOut
  readonly wheel: TimingWheel<Member>
  readonly slow: SlowWatch
  readonly origins: OriginBook
  /** Of one connection: packets, and steps of work that they cause. */
  readonly packets: BucketSize
  readonly work: BucketSize
  readonly members: Crowd<Member>
  /** Those of them that pass on what they get. */
  readonly relays: Set<Member>
  readonly watching: Watching
  /** Who watches at the edges below this one. */
  readonly census: Census<Member>
  /** The edges below this one that viewers can be sent to. */
  readonly below: HeldReports<Member, EdgeReport>
  /** All edges, as far as deliver says. */
  readonly fleet: FleetView
  /** Connections that may be taken now. */
  readonly connects: Allowance
  /** Sockets that wait for their CONNECT to be refused. They are members too. */
  turnedAway: number
  /** Topics whose newest value some native socket did not get, and nobody knows which. */
  readonly missed: Set<Topic>
  /** When something new came last. */
  newestMs: number
  /** Nobody is taken: another process has what is new. */
  standby: boolean
  /** Somebody was turned away for want of room, and there is hardly any yet. */
  full: boolean
  /** Nobody is taken any more. */
  draining: boolean
}

export function edgeContext({
  limits: given = {},
  limitLoopback = false,
  verify,
  ...options
}: ContextOptions): EdgeContext {
  const limits = { ...EDGE_LIMITS, ...given }
  const counters = zeroCounters()
  const { yieldThen = setImmediate } = options
  return {
    tokensDemanded: false,
    isRelay: () => false,
    relayRefusal: () => undefined,
    newClientId: () => crypto.randomUUID(),
    onFull: () => {},
    random: Math.random,
    urls: [],
    ...options,
    yieldThen,
    verify,
    limits,
    counters,
    topics: new Topics(limits),
    feeds: new FeedTails(),
    loop: new LoopFanOut({ counters, yieldThen }),
    wheel: new TimingWheel({ tickMs: TICK_MS, slots: WHEEL_SLOTS, now: options.now() }),
    slow: new SlowWatch(limits),
    origins: new OriginBook({ limits, limitLoopback }),
    packets: new BucketSize({ perSecond: limits.packetsPerSecondMax, burst: limits.packetsBurstMax }),
    work: new BucketSize({ perSecond: limits.workPerSecondMax, burst: limits.workBurstMax }),
    members: new Crowd<Member>(),
    relays: new Set(),
    watching: new Watching(),
    census: new Census({ holdsMs: REPORT_HOLDS_MS }),
    below: new HeldReports({ holdsMs: REPORT_HOLDS_MS }),
    fleet: new FleetView({ own: options.urls ?? [], random: options.random ?? Math.random }),
    connects: new Allowance({
      perSecond: limits.connectsPerSecond,
      burst: limits.connectsPerSecond * CONNECTS_BURST_S,
    }),
    newestMs: options.now(),
    turnedAway: 0,
    missed: new Set(),
    standby: false,
    full: false,
    draining: false,
  }
}
