import type { Clock } from '../../adapters/clock/clock.ts'
import { messageBytes } from '../../adapters/pubsub/message-bytes.ts'
import type { Message, PubSub } from '../../adapters/pubsub/pubsub.ts'
import { RELAY_FILTER } from '../../protocol/topics.ts'
import { REPORT_MS } from '../../protocol/viewers.ts'
import type { Health } from '../supervision/supervisor.ts'
import { sendReport, takeReports } from '../viewers/watching-now.ts'
import { HOLDING_LIMITS, type HoldingLimits, Holdings } from './holdings.ts'
import { isProbe, LoopProbe } from './loop-probe.ts'

/** A longer message is dropped and counted, as every edge does. */
const MESSAGE_BYTES_MAX = 64 * 1024
/** How long a new bridge listens for its own probe before it carries anything. */
const QUIET_MS = 1_000

export interface BridgeOptions {
  /** The central broker. */
  source: PubSub
  /** The broker of the bridge's own cluster; it cannot be an edge, because edges accept no packets from others. */
  target: PubSub
  clock: Clock
  /** Unique among bridges. Default: a random one. */
  id?: string
  limits?: Partial<HoldingLimits>
  /** Reports whether the bridge carries. It fails when its own messages come back to it, and carries nothing from then on. */
  health: Health
}

export interface BridgeCounters {
  /** Messages from the source, those published to the target, and retained ones that the target had already. */
  heard: number
  carried: number
  repeats: number
  /** Messages that the target will not get: too long, or over a limit while it was unreachable. */
  dropped: number
}

export interface Bridge {
  counters(): BridgeCounters
  /** How much is held for the target. */
  size(): { retained: number; fleeting: number }
  /** Why nothing is carried now; undefined while it works. */
  trouble(): string | undefined
  /** Stops reading. Messages already published are delivered by the target's own `close`. */
  drain(): void
}

/**
 * Carries everything in `roar/#` from one broker to another, with the RETAIN flag.
 *
 * ```
 *            both sides up         quiet for 1 s
 * waiting ────────────────▶ listening ────────▶ carrying ◀──▶ target unreachable: the newest of each topic is held
 *    ▲──────── a side down ─────┘  │               │
 *                                  └── own probe ──┴──▶ looped
 * ```
 *
 * A tree of edges cannot have a loop that packets enter: an edge has one upstream and no other input. A loop that packets can
 * enter goes through a broker, and only bridges publish to brokers: so bridges detect loops.
 */
export function startBridge({
  source,
  target,
  clock,
  id = crypto.randomUUID(),
  limits = {},
  health,
}: BridgeOptions): Bridge {
  const holdings = new Holdings({ ...HOLDING_LIMITS, ...limits })
  const counters = { heard: 0, carried: 0, repeats: 0, dropped: 0 }
  let stage: 'waiting' | 'listening' | 'carrying' | 'looped' | 'draining' = 'waiting'
  let stopListening = () => {}

  const carries = (): boolean => stage === 'carrying' && target.state() === 'up'

  const carry = (message: Message): void => {
    counters.carried++
    holdings.carried(message)
    target.publish(message)
  }

  const take = (message: Message): void => {
    if (isProbe(message.topic)) {
      takeProbe(message)
      return
    }
    counters.heard++
    if (messageBytes(message) > MESSAGE_BYTES_MAX) counters.dropped++
    // After a disconnect the source publishes all its values again.
    else if (message.retain && holdings.isNoNews(message, clock.now())) counters.repeats++
    else {
      for (const ended of [...holdings.endedBy(message)]) pass(ended)
      pass(message)
    }
  }

  const pass = (message: Message): void => {
    if (carries()) carry(message)
    else holdings.wait(message, clock.passedMs())
  }

  /** Other bridges' probes are carried: they detect loops through this one. */
  const takeProbe = (message: Message): void => {
    if (message.topic === probe.topic) stopInLoop()
    else if (carries()) target.publish(message)
  }

  const stopInLoop = (): void => {
    if (stage === 'looped' || stage === 'draining') return
    end('looped')
    health.failed(
      new Error('what is published to pubsub comes back from upstream: this bridge would close a loop'),
    )
  }

  const end = (last: 'looped' | 'draining'): void => {
    stage = last
    probe.stop()
    stopListening()
    leaveSource()
    stopReports()
    reports.stop()
    forgetSource()
    forgetTarget()
  }

  const look = (): void => {
    const bothThere = source.state() === 'up' && target.state() === 'up'
    if (bothThere) probe.start()
    else probe.stop()
    if (bothThere && stage === 'waiting') {
      stage = 'listening'
      stopListening = clock.after(QUIET_MS, () => {
        stage = 'carrying'
        carryHeld()
        report()
      })
    } else if (!bothThere && stage === 'listening') {
      stage = 'waiting'
      stopListening()
    }
    report()
  }

  const trouble = (): string | undefined => {
    if (stage === 'looped') return 'what is published to pubsub comes back from upstream'
    if (source.state() === 'down') return 'the upstream is unreachable'
    if (target.state() === 'down') return 'the pubsub is unreachable: the newest packet of each topic waits'
    return stage === 'carrying' ? undefined : 'it is checking for a loop'
  }

  const report = (): void => {
    const reason = trouble()
    if (reason === undefined) health.working()
    else health.waiting(reason)
  }

  const carryHeld = (): void => {
    for (const message of holdings.take(clock.passedMs())) carry(message)
  }

  const probe = new LoopProbe({
    id,
    clock,
    say: () => target.publish({ topic: probe.topic, payload: Uint8Array.of(1), retain: false }),
  })
  const forgetSource = source.onState(look)
  const forgetTarget = target.onState((state) => {
    if (state === 'up' && stage === 'carrying') carryHeld()
    look()
  })
  const leaveSource = source.subscribe(RELAY_FILTER, take)
  const reports = takeReports(target, clock)
  const reportUpwards = (): void => {
    stopReports = clock.after(REPORT_MS, reportUpwards)
    const passedMs = clock.passedMs()
    sendReport(source, id, {
      viewers: reports.census.total(passedMs),
      edges: reports.edges.entries(passedMs),
    })
  }
  let stopReports = (): void => {}
  reportUpwards()
  look()

  return {
    counters: () => ({ ...counters, dropped: counters.dropped + holdings.dropped }),
    size: () => holdings.size,
    trouble,
    drain: () => end('draining'),
  }
}
