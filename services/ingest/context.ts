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
import type { RoomDirectory } from '../rooms/room-directory.ts'
import type { Minting } from './minting.ts'

export interface IngestSettings {
  /** How often slices go to the log, in milliseconds, at the clock's multiples of it. */
  sliceMs: number
  /** A show's slice goes to the log before its time when it holds so many reactions. */
  sliceReactionsMax: number
  sliceForm: SliceForm
  /** How many slices of a show wait for an unreachable log before they are merged. */
  waitingMax: number
  /** What the show document and the answers tell clients, see `Pacing`. */
  flushMs: number
  flushMsMax: number
  requestsPerSecondMax: number
  /** Requests a second of one viewer and of one address, and how many at once; 0: no limit. */
  viewerPerSecond: number
  viewerBurst: number
  addressPerSecond: number
  addressBurst: number
  /** Guests' tokens a second of one subscriber, and how many at once; 0: no limit. */
  guestsPerSecond: number
  guestsBurst: number
  /** Whether every peer is this machine: the server listens on loopback alone, and behind no proxy. */
  onLoopback: boolean
  /** Whether the machine's own addresses have no limit. */
  loopbackUnlimited: boolean
  trustProxy: TrustProxy
  /** Whether this server itself speaks TLS. Default false. */
  tls?: boolean
  /** The rhythm of mood packets, for the show document. */
  windowMs: number
  /** Where viewers connect; empty: the address that they asked, at `/mqtt`. */
  pubsub: string[]
  /** The address at which viewers reach this server; empty: the Host that they asked. */
  publicUrl: string
}

/** What the routes of this role share. */
export interface IngestContext extends CallContext {
  settings: IngestSettings
  clock: Clock
  log: Log
  gate: Gate
  proxies: ProxyWatch
  /** Where a viewer who asks connects, where the settings do not say. */
  ownAddress: (request: Request) => string
  /** What deliver says of the edges; undefined where nothing is known of them. */
  edges: () => FleetPacket | undefined
  minting: Minting
  pacing: Pacing
  /** When viewers last posted, by show and viewer. Beyond its bound the oldest are forgotten: they may post again. */
  posted: RecentMap<string, number>
  rooms: RoomDirectory
  /** What members of rooms did since it was last written. */
  moments: Moments
  /** The pace of each room's posts. */
  roomPosts: RateLimit
  counters: IngestCounters
  /** Counts a checked burst. */
  take(view: ShowView, burst: BurstRequest, viewer: string, trace: TraceContext | undefined): void
}

export interface IngestCounters {
  bursts: number
  reactions: number
  posts: number
  /** Presence reports by members of rooms, with what they tapped. */
  presences: number
  /** Ballots that the log has confirmed; the same answer again is none. */
  ballots: number
  /** Slices that the log has confirmed. */
  slices: number
  /** Appends that the log did not confirm in time and that were sent again. */
  appendFailures: number
}
