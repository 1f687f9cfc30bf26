import { Allowance, BucketSize } from '../../engine/allowance.ts'
import { Census } from '../../engine/census.ts'
import { Crowd } from '../../engine/crowd.ts'
import { HeldReports } from '../../engine/held-reports.ts'
import { LoopShare } from '../../engine/loop-share.ts'
import { shortTurns } from '../../engine/short-turns.ts'
import { TimingWheel } from '../../engine/timing-wheel.ts'
import type { EdgeReport } from '../../protocol/fleet.ts'
import { REPORT_HOLDS_MS } from '../../protocol/viewers.ts'
import { Histogram } from '../measure/histogram.ts'
import { type EdgeCounters, zeroCounters } from './counters.ts'
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

/** How late an expired keep-alive or a slow socket may be noticed. */
export const TICK_MS = 500
/** A turn of the wheel exceeds one and a half times the longest keep-alive. */
const WHEEL_SLOTS = 2048
/** The burst of new connections, in seconds of the steady rate. */
const CONNECTS_BURST_S = 2

/** What an edge uses of a valid token. */
export interface TokenClaims {
  /** The only show that the token is valid for. */
  show?: string
  /** When it expires, milliseconds since 1970. */
  expiresMs?: number
  /** Whether it was revoked before it expired. Absent: unknown. */
  isRevoked?(): boolean
}

export interface ContextOptions {
  /** The time, for what expires and what says when it is from: somebody may set it, by any amount and at any moment. */
  now: () => number
  /** The time that has passed, for everything that lasts: nobody sets it. */
  passedMs: () => number
  showExists: (show: string) => boolean
  /**
   * Whether a show that is unknown here does not exist. Until that is certain, no client is told that it does not exist, since it
   * would never come back: MQTT clients may wait for it, HTTP clients should retry (`catching_up`).
   */
  isInStep: () => boolean
  /** Rejects for an invalid token; with `keys_unavailable` where it cannot be checked now. Default: tokens are ignored. */
  verify?: ((token: string) => Promise<TokenClaims>) | undefined
  /** Whether a token is required. Default false. */
  tokensDemanded?: boolean
  /** Who may subscribe to every show, as a relay. Default: nobody. */
  isRelay?: RelayRule
  /** Why the relay with this client id is refused. Default: none is. */
  relayRefusal?: (clientId: string) => 'rootless' | 'circle' | undefined
  /** Whether the limits per address also apply to this machine's own. Default false. */
  limitLoopback?: boolean
  limits?: Partial<EdgeLimits>
  newClientId?: () => string
  /** Addresses of this edge for viewers. Default: not published. */
  urls?: readonly string[]
  /** Called when the first viewer is turned away at `connectionsMax`, and once a twentieth of it is free again. */
  onFull?: (isFull: boolean) => void
  /** From 0 to 1. Spreads the reconnects of viewers who are turned away. */
  random?: () => number
  /** Calls back after other work had its turn. Default: `setImmediate`. */
  yieldThen?: (resume: () => void) => void
}

/** One session, of a viewer or a relay, as the edge sees all of them. */
export interface Member extends Backlogged {
  readonly relay: boolean
  readonly claims: TokenClaims
  /** Ends it, stating the reason as far as possible. */
  end(why: Goodbye): void
  /** Ends it if its token has expired. Returns whether it had. */
  endIfExpired(): boolean
  /** Called by the timing wheel. */
  wake(passedMs: number): void
  /** Whether there is another edge for it, and it can be told which: 3.1.1 over TCP and event streams cannot. */
  readonly canBeSent: boolean
}

/** What all sessions of an edge share. It has no socket and no timer of its own. */
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
  /** Of one connection: packets, and the work that they cause. */
  readonly packets: BucketSize
  readonly work: BucketSize
  /** For input that can wait. */
  readonly share: LoopShare
  /** Settles when an event stream may be opened: those that come at once, as after an outage, open some in each turn of the loop. */
  readonly opening: () => Promise<void>
  readonly members: Crowd<Member>
  /** The members that are relays. */
  readonly relays: Set<Member>
  readonly watching: Watching
  /** Viewers at the edges below this one. */
  readonly census: Census<Member>
  /** Edges below this one to which viewers can be sent. */
  readonly below: HeldReports<Member, EdgeReport>
  /** All edges, as published by deliver. */
  readonly fleet: FleetView
  /** How long viewers waited from their connection to their CONNACK. */
  readonly connectTimes: Histogram
  /** How many new connections may be accepted now. */
  readonly connects: Allowance
  /** Sockets that wait for their CONNECT to be refused. They are also members. */
  turnedAway: number
  /** Topics whose newest value some native socket missed; which one is unknown. */
  readonly missed: Set<Topic>
  /** When the last new message arrived, in passed time. */
  newestMs: number
  /** No viewer is accepted: another process publishes. */
  standby: boolean
  /** Somebody was turned away because it was full, and there is still hardly any room. */
  full: boolean
  /** No more connections are accepted. */
  draining: boolean
}

/** How long it may go unnoticed that the clock was set past what expires. */
const LOOK_AGAIN_MS = 60_000

/** When the wheel must look at what expires at `expiresMs`, in passed time: as far as the clock says now, so that who looks asks it again. */
export const dueAt = (
  { now, passedMs }: Pick<ContextOptions, 'now' | 'passedMs'>,
  expiresMs: number,
): number =>
  expiresMs === Number.POSITIVE_INFINITY ? expiresMs : passedMs() + Math.min(expiresMs - now(), LOOK_AGAIN_MS)

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
    wheel: new TimingWheel({ tickMs: TICK_MS, slots: WHEEL_SLOTS, now: options.passedMs() }),
    slow: new SlowWatch(limits),
    origins: new OriginBook({ limits, limitLoopback }),
    packets: new BucketSize({ perSecond: limits.packetsPerSecondMax, burst: limits.packetsBurstMax }),
    work: new BucketSize({ perSecond: limits.workPerSecondMax, burst: limits.workBurstMax }),
    share: new LoopShare(),
    opening: shortTurns({ now: options.passedMs, yieldThen }),
    members: new Crowd<Member>(),
    relays: new Set(),
    watching: new Watching(),
    census: new Census({ holdsMs: REPORT_HOLDS_MS }),
    below: new HeldReports({ holdsMs: REPORT_HOLDS_MS }),
    connectTimes: new Histogram(),
    fleet: new FleetView({ own: options.urls ?? [], random: options.random ?? Math.random }),
    connects: new Allowance({
      perSecond: limits.connectsPerSecond,
      burst: limits.connectsPerSecond * CONNECTS_BURST_S,
    }),
    newestMs: options.passedMs(),
    turnedAway: 0,
    missed: new Set(),
    standby: false,
    full: false,
    draining: false,
  }
}
