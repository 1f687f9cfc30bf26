import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { Outbox } from '../../engine/outbox.ts'
import { type Pace, Pacing } from '../../engine/pacing.ts'
import { RateLimit } from '../../engine/rate-limit.ts'
import { RecentMap } from '../../engine/recent-map.ts'
import { Moments } from '../../engine/rooms/moments.ts'
import { SliceBuilder } from '../../engine/slice-builder.ts'
import { isRetryable } from '../../protocol/errors.ts'
import type { FleetPacket } from '../../protocol/fleet.ts'
import { DELAY_MS_MAX, ROOM_POSTS_BURST, ROOM_POSTS_PER_SECOND } from '../../protocol/limits.ts'
import { roomMoments } from '../../protocol/records/room-moments.ts'
import { slices as sliceRecords } from '../../protocol/records/slices.ts'
import { filedAs } from '../../protocol/runs.ts'
import type { TraceContext } from '../../protocol/trace-context.ts'
import type { ShowDirectory, ShowView } from '../directory/directory.ts'
import type { BodyReader } from '../http/body.ts'
import { routesOf } from '../http/call/handler.ts'
import { createGate } from '../http/gate.ts'
import { isWatching } from '../http/operator-calls.ts'
import { proxyWatch } from '../http/proxy-watch.ts'
import type { Admit, LaneRoute, Routes } from '../http/routes.ts'
import type { Identity } from '../identity/identity.ts'
import { Histogram } from '../measure/histogram.ts'
import type { LogClock } from '../polls/log-clock.ts'
import type { RoomDirectory } from '../rooms/room-directory.ts'
import { ROOM_CALLS } from '../rooms/routes.ts'
import type { Health } from '../supervision/supervisor.ts'
import { NO_TRACING, type Tracing } from '../tracing/tracing.ts'
import { WaitingTraces } from '../tracing/waiting-traces.ts'
import type { IngestContext, IngestCounters, IngestSettings } from './context.ts'
import { createGuest } from './guests.ts'
import { Minting } from './minting.ts'
import { ownPubsub } from './own-pubsub.ts'
import { createPost, postInLane } from './posts.ts'
import { reactionRoute, sendBurst } from './reactions.ts'
import { getShow } from './show.ts'
import { castVote, type VoteOptions, voteRoute } from './votes.ts'

/** What viewers call to take part. */
export const VIEWER_CALLS = [getShow, createGuest, sendBurst, createPost]

export interface Ingest {
  routes: Routes
  /** Routes for a fast lane: taps, and votes if this process accepts them. */
  laneRoutes: LaneRoute[]
  /** Admits the requests that are not limited as taps, votes and posts are. @throws RoarError too_many_requests */
  admit: Admit
  counters: IngestCounters
  /** Delays of the tapping viewers' pictures, where their clients report them. */
  delays: Histogram
  /** Reactions accepted and not yet confirmed by the log. */
  waiting(): number
  /** The current pace for clients. */
  pace(): Pace
  start(): void
  /**
   * Appends everything accepted; resolves when the log has confirmed it, or rejects after `timeoutMs`. Waits at most one further
   * append for what members of rooms did.
   */
  drain(options: { timeoutMs: number }): Promise<void>
}

/** Viewers whose last post is remembered. */
const POSTERS_MAX = 100_000

/** From a low-latency stream to one watched far behind. */
const DELAYS_MS = [500, 1000, 2000, 3000, 5000, 8000, 12_000, 20_000, 30_000, 45_000, 60_000, 90_000]

/** Accepts bursts, posts and votes from viewers and writes them to the log. */
export function createIngest(options: {
  settings: IngestSettings
  /** Absent: this process accepts no votes. */
  votes?: VoteOptions
  /** The state of the edges. Default: unknown. */
  edges?: () => FleetPacket | undefined
  directory: ShowDirectory
  rooms: RoomDirectory
  identity: Identity
  bodies: BodyReader
  clock: Clock
  /** See `IngestContext`. Default: `clock`. */
  logClock?: Pick<LogClock, 'now'>
  log: Log
  logger: Logger
  health: Health
  tracing?: Tracing
}): Ingest {
  const { settings, clock, log, logger, health, tracing = NO_TRACING } = options
  const counters: IngestCounters = {
    bursts: 0,
    reactions: 0,
    posts: 0,
    presences: 0,
    ballots: 0,
    slices: 0,
    appendFailures: 0,
  }
  const delays = new Histogram(DELAYS_MS)
  const outbox = new Outbox({ producer: crypto.randomUUID(), waitingMax: settings.waitingMax })
  const builders = new Map<string, { view: ShowView; builder: SliceBuilder }>()
  /** Traces of taps that are in no sent slice yet, by filed name of the show. */
  const traces = new Map<string, WaitingTraces>()
  const pacing = new Pacing(settings)
  const moments = new Moments()
  let sending: Promise<void> | undefined
  let telling: Promise<void> | undefined
  let cancelFlush = () => {}
  let burstsBefore = 0
  let pacedAtMs = clock.passedMs()

  const gate = () =>
    createGate({
      viewers: new RateLimit({ perSecond: settings.viewerPerSecond, burst: settings.viewerBurst }),
      addresses: new RateLimit({ perSecond: settings.addressPerSecond, burst: settings.addressBurst }),
      settings,
      clock,
    })
  const others = gate()
  // A crowd behind the address of a probe must not make the process seem dead.
  const watching = gate()
  const context: IngestContext = {
    edges: () => undefined,
    logClock: clock,
    ...options,
    gate: gate(),
    minting: new Minting({
      clock,
      perSecond: settings.guestsPerSecond,
      burst: settings.guestsBurst,
      loopbackUnlimited: settings.loopbackUnlimited,
    }),
    proxies: proxyWatch(settings.trustProxy, (field) =>
      logger.warn(
        `requests come through a proxy on this machine (they have ${field}) and trust-proxy is off: every viewer seems to be this machine, exempt from the limits of addresses and from quarantine; set trust-proxy`,
      ),
    ),
    ownAddress: ownPubsub({ ...settings, onDoubt: (sentence) => logger.warn(sentence) }),
    pacing,
    posted: new RecentMap(POSTERS_MAX),
    moments,
    roomPosts: new RateLimit({ perSecond: ROOM_POSTS_PER_SECOND, burst: ROOM_POSTS_BURST }),
    counters,
    take(view, burst, viewer, trace) {
      const builder = builderOf(view)
      counters.bursts++
      counters.reactions += builder.add(burst, clock.now(), viewer)
      if (trace !== undefined) traceTap(filedAs(view.show), trace)
      if (burst.delayMs != null) delays.observe(Math.min(Math.max(burst.delayMs, 0), DELAY_MS_MAX))
      if (builder.isFull || builder.reactions >= settings.sliceReactionsMax) cut(filedAs(view.show), builder)
    },
  }

  function builderOf(view: ShowView): SliceBuilder {
    const known = builders.get(view.show.show)
    if (known !== undefined && known.view === view) return known.builder
    // The show changed: its new pack needs a new table, and taps of its earlier run are filed under that run.
    if (known !== undefined) cut(filedAs(known.view.show), known.builder)
    const builder = new SliceBuilder(view.pack, settings.sliceForm)
    builders.set(view.show.show, { view, builder })
    return builder
  }

  function traceTap(show: string, trace: TraceContext): void {
    const waiting = traces.get(show) ?? new WaitingTraces()
    waiting.add(trace, clock.now())
    traces.set(show, waiting)
  }

  function cut(show: string, builder: SliceBuilder): void {
    const body = builder.take()
    if (body === undefined) return
    outbox.push(show, body)
    send()
  }

  /** One append at a time; what waits meanwhile goes with the next. */
  function send(): void {
    if (sending !== undefined) return
    const slices = outbox.take()
    if (slices.length === 0) return
    const spans = slices.map(({ show }) => traces.get(show)?.begin(tracing, 'slice'))
    // Taps of other shows may not be in a slice yet.
    for (const { show } of slices) traces.delete(show)
    const records = slices.map((slice, i) => ({ ...sliceRecords.encode(slice), trace: spans[i]?.context }))
    sending = log.append('reactions', records).then(
      () => {
        for (const span of spans) span?.end()
        outbox.settle()
        counters.slices += slices.length
        sending = undefined
        send()
      },
      (cause) => {
        for (const span of spans) span?.end(cause)
        counters.appendFailures++
        sending = undefined
        // The log reports its state itself, and the flush timer retries. A fault that retrying cannot fix would let this process
        // accept taps forever without counting any.
        if (!isRetryable(cause)) health.failed(cause)
      },
    )
  }

  function flush(): void {
    for (const { view, builder } of builders.values()) cut(filedAs(view.show), builder)
    send()
    tellMoments()
  }

  /**
   * One append at a time: what members do meanwhile is merged into the next. What the log refuses is dropped: members report
   * their presence again, and old taps need not be drawn later.
   */
  function tellMoments(): void {
    if (telling !== undefined) return
    const records = moments.take().map(roomMoments.encode)
    if (records.length === 0) return
    telling = log.append('room-moments', records).then(
      () => {
        telling = undefined
      },
      (cause) => {
        telling = undefined
        if (!isRetryable(cause)) health.failed(cause)
      },
    )
  }

  function scheduleFlush(): void {
    const now = clock.now()
    cancelFlush = clock.after(settings.sliceMs - (now % settings.sliceMs), () => {
      scheduleFlush()
      flush()
      pace()
    })
  }

  function pace(): void {
    const now = clock.passedMs()
    if (now - pacedAtMs < 1000) return
    const before = pacing.pace
    const after = pacing.step(((counters.bursts - burstsBefore) * 1000) / (now - pacedAtMs), now)
    if (after.sample !== before.sample)
      logger.warn({ before, after }, 'clients are now asked to send a different share of their bursts')
    burstsBefore = counters.bursts
    pacedAtMs = now
  }

  return {
    counters,
    delays,
    laneRoutes: [
      reactionRoute(context).inLane,
      postInLane(context),
      ...(options.votes ? [voteRoute(context, options.votes).inLane] : []),
    ],
    admit: (sender, target) => (isWatching(target) ? watching : others).addressOf(sender),
    pace: () => pacing.pace,
    waiting: () =>
      [...builders.values()].reduce((sum, { builder }) => sum + builder.reactions, outbox.reactions),
    routes: {
      ...routesOf([...VIEWER_CALLS, ...ROOM_CALLS], context),
      ...(options.votes && routesOf([castVote], { ...context, votes: options.votes })),
    },
    start() {
      scheduleFlush()
      health.working()
    },
    async drain({ timeoutMs }) {
      cancelFlush()
      const giveUpMs = clock.passedMs() + timeoutMs
      for (;;) {
        flush()
        await sending
        if (outbox.reactions === 0) break
        if (clock.passedMs() >= giveUpMs)
          throw new Error(`${outbox.reactions} reactions did not reach the log`)
        await new Promise<void>((resolve) => clock.after(100, resolve))
      }
      // What was merged behind the append in progress is sent after it.
      await telling
      if (clock.passedMs() < giveUpMs) tellMoments()
      await telling
    },
  }
}
