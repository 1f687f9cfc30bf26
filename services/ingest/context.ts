import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { Pacing } from '../../engine/pacing.ts'
import type { RateLimit } from '../../engine/rate-limit.ts'
import type { RecentMap } from '../../engine/recent-map.ts'
import type { Moments } from '../../engine/rooms/moments.ts'
import type { SliceForm } from '../../engine/slice-builder.ts'
import type { FleetPacket } from '../../protocol/fleet.ts'
import type { BurstRequest } from '../../protocol/packets.ts'
import type { TraceContext } from '../../protocol/trace-context.ts'
import type { ShowView } from '../directory/directory.ts'
import type { CallContext } from '../http/call/spec.ts'
import type { TrustProxy } from '../http/forwarded.ts'
import type { Gate } from '../http/gate.ts'
import type { ProxyWatch } from '../http/proxy-watch.ts'
import type { LogClock } from '../polls/log-clock.ts'
import type { RoomDirectory } from '../rooms/room-directory.ts'
import type { Minting } from './minting.ts'

export interface IngestSettings {
  /** How often slices are appended, in milliseconds, at multiples of it by the clock. */
  sliceMs: number
  /** A show's slice is appended earlier once it holds this many reactions. */
  sliceReactionsMax: number
  sliceForm: SliceForm
  /** How many slices of a show wait for an unreachable log before they are merged. */
  waitingMax: number
  /** The pace sent to clients in the show document and in responses, see `Pacing`. */
  flushMs: number
  flushMsMax: number
  requestsPerSecondMax: number
  /** Requests a second of one viewer and of one address, and the size of a burst; 0: no limit. */
  viewerPerSecond: number
  viewerBurst: number
  addressPerSecond: number
  addressBurst: number
  /** Guests' tokens a second of one subscriber, and the size of a burst; 0: no limit. */
  guestsPerSecond: number
  guestsBurst: number
  /** Whether every peer is this machine: the server listens only on loopback, and is behind no proxy. */
  onLoopback: boolean
  /** Whether this machine's own addresses are exempt from limits. */
  loopbackUnlimited: boolean
  trustProxy: TrustProxy
  /** Whether this server itself offers TLS. Default false. */
  tls?: boolean
  /** The interval of mood packets, for the show document. */
  windowMs: number
  /** Where viewers connect; empty: the address that they used, at `/mqtt`. */
  pubsub: string[]
  /** The address at which viewers reach this server; empty: the request's Host. */
  publicUrl: string
}

/** What the routes of this role share. */
export interface IngestContext extends CallContext {
  settings: IngestSettings
  clock: Clock
  /** Whose time says whether a show or a poll is over, and of what time a post is. */
  logClock: Pick<LogClock, 'now'>
  log: Log
  gate: Gate
  proxies: ProxyWatch
  /** Where the requesting viewer connects, if the settings do not say. */
  ownAddress: (request: Request) => string
  /** The state of the edges as published by deliver; undefined if unknown. */
  edges: () => FleetPacket | undefined
  minting: Minting
  pacing: Pacing
  /** When viewers last posted, by show and viewer. Beyond its bound the oldest are forgotten, and may post again. */
  posted: RecentMap<string, number>
  rooms: RoomDirectory
  /** What members of rooms did since the last append. */
  moments: Moments
  /** The rate of each room's posts. */
  roomPosts: RateLimit
  counters: IngestCounters
  /** Counts a checked burst. */
  take(view: ShowView, burst: BurstRequest, viewer: string, trace: TraceContext | undefined): void
}

export interface IngestCounters {
  bursts: number
  reactions: number
  posts: number
  /** Presence reports by members of rooms, with their taps. */
  presences: number
  /** Ballots confirmed by the log; a repeated answer does not count. */
  ballots: number
  /** Slices confirmed by the log. */
  slices: number
  /** Appends that the log did not confirm in time and that were repeated. */
  appendFailures: number
}
