import type { TCPSocketListener, WebSocketHandler } from 'bun'
import { attendedClock } from '../../adapters/clock/attended-clock.ts'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import { IN_ONE_TURN, inTurns } from '../../engine/turns.ts'
import type { FleetPacket } from '../../protocol/fleet.ts'
import { isId } from '../../protocol/ids.ts'
import type { Revoked } from '../../protocol/revoked.ts'
import { routesOf } from '../http/call/handler.ts'
import type { TrustProxy } from '../http/forwarded.ts'
import type { Routes, StreamRoute, UpgradeRoute } from '../http/routes.ts'
import type { Histogram } from '../measure/histogram.ts'
import { EDGE_CALLS, inLane } from './calls.ts'
import { type ContextOptions, TICK_MS } from './context.ts'
import type { EdgeCounters } from './counters.ts'
import { STANDBY, stopping } from './goodbye.ts'
import { httpDoor } from './http-door.ts'
import { Hub } from './hub.ts'
import { laneUpgrade } from './lane-upgrade.ts'
import type { EdgeLimits } from './limits.ts'
import { newEdgeId } from './relay.ts'
import { sendAway } from './send-away.ts'
import { Shedding } from './shed.ts'
import { listenTcp, type TcpOptions } from './tcp.ts'
import { joinTree, type TreeState } from './tree-node.ts'
import { NativeFanOut, type WebSocketTransport, webSocketTransport } from './websocket.ts'

export interface EdgeOptions extends Omit<ContextOptions, 'now' | 'passedMs' | 'showExists' | 'isInStep'> {
  pubsub: PubSub
  clock: Clock
  /** Default: shows with at least one received topic. */
  showExists?: (show: string) => boolean
  /** Default: the edge has received everything retained above it. */
  isInStep?: () => boolean
  /** Default: every well-formed segment is accepted. */
  segmentExists?: (show: string, segment: string) => boolean
  /** How long a mood packet is current, in milliseconds. */
  windowMs: number
  /**
   * This edge's id in its tree: 16 hexadecimal digits, which `pubsub` has in its client id (`relayClientId`). Default: a random
   * one.
   */
  id?: string
  /** The header that is trusted for a client's address. Default false: none. */
  trustProxy?: TrustProxy
  /**
   * When this process is stopped, after how many seconds this address answers again; sent to its viewers. Default 0: others take
   * over at once.
   */
  backInS?: number
  /** Called with each revoked token that the tree publishes, also repeats. Default: they are only passed on. */
  onRevoked?: (revoked: Revoked) => void
}

export interface Edge {
  /** `/mqtt`, `/v1/shows/:show/mood` and `/v1/shows/:show/events`. */
  routes: Routes
  /** Those of them that a fast lane answers. */
  laneRoutes: readonly StreamRoute[]
  /** The HTTP server's handler for upgraded sockets. */
  websocket: WebSocketHandler<WebSocketTransport>
  /** The same sockets, handed over by a fast lane. */
  upgrade: UpgradeRoute
  /** Starts to receive packets from PubSub. */
  start(): void
  /** Also listens for MQTT over TCP, until stopped; connections then stay. Throws when the port is in use. */
  listenTcp(options: TcpOptions): { port: number; stop(): void }
  /**
   * Disconnects everybody and accepts nobody, because another process publishes; `false`: accepts again. An MQTT client is told
   * in CONNACK, an HTTP client by `standby`.
   */
  standBy(waits: boolean): void
  /** Closes connections whose tokens are no longer valid, within seconds. */
  recheckTokens(): void
  counters(): EdgeCounters
  /** How long one broadcast blocked the process. */
  readonly broadcasts: Histogram
  /** How long viewers waited from their connection to their CONNACK. */
  readonly connects: Histogram
  /** Calls back when there is a path to a root, and when there has been none for a while: initially there is none. */
  onRoot(listener: (there: boolean) => void): void
  /** Its position in its tree. */
  tree(): TreeState
  readonly limits: EdgeLimits
  /** The current state of all edges; undefined if none has announced its address. */
  fleet(): FleetPacket | undefined
  /** Accepts no more connections and closes existing ones with a reason, spread evenly over `drainMs` if they are many. */
  drain(): Promise<void>
  /** Closes the remaining ones immediately. */
  close(): Promise<void>
}

/** Whoever pings within a keep-alive has half of one to spare. */
const STEP_MS_MAX = 4 * TICK_MS

/**
 * The part of a process that holds viewers: it subscribes to PubSub and passes on to each connection what the connection
 * subscribed to.
 */
export function createEdge({
  pubsub,
  clock: given,
  segmentExists = () => true,
  windowMs,
  trustProxy = false,
  backInS = 0,
  id = newEdgeId(),
  onRevoked,
  ...options
}: EdgeOptions): Edge {
  const { clock, tick: attend } = attendedClock(given, STEP_MS_MAX)
  const hub: Hub = new Hub({
    relayRefusal: (clientId) => node.refusal(clientId),
    showExists: (show) => isId(show) && hub.context.topics.hasShow(show),
    isInStep: () => node.isInStep(),
    ...options,
    now: () => clock.now(),
    passedMs: () => clock.passedMs(),
  })
  const { context } = hub
  const listeners = new Set<TCPSocketListener<unknown>>()
  let stopTick = () => {}
  let leavePubSub = () => {}
  let leaving: Generator<void> | undefined
  /** Set while connections are checked: whether more tokens were revoked meanwhile. */
  let recheck: { again: boolean } | undefined

  const node = joinTree(hub, { pubsub, clock, id, ...(onRevoked && { onRevoked }) })

  const shedding = new Shedding(hub)
  const tick = (): void => {
    // What tokens allow ends by the clock, also meanwhile.
    if (attend()) recheckTokens()
    hub.tick()
    node.tick()
    shedding.tick(clock.passedMs())
    stopTick = clock.after(TICK_MS, tick)
  }

  const recheckTokens = (): void => {
    if (recheck !== undefined) {
      recheck.again = true
      return
    }
    const round = { again: false }
    recheck = round
    const done = (): void => {
      recheck = undefined
      if (round.again) recheckTokens()
    }
    const { yieldThen } = context
    // Many are often revoked in one turn, for instance when joining a tree.
    yieldThen(() => inTurns(hub.endInvalid(), { yieldThen, done }))
  }

  const native = new NativeFanOut(hub)
  hub.fanOuts.push(native)
  const door = httpDoor(context, { trustProxy })
  const { upgrade, websocket } = webSocketTransport({ hub, fanOut: native, door })
  const questions = { showExists: context.showExists, isInStep: context.isInStep, segmentExists }

  return {
    routes: routesOf(EDGE_CALLS, { context, door, upgrade, windowMs, ...questions }),
    laneRoutes: inLane({ context, door, trustProxy, ...questions }),
    websocket,
    upgrade: laneUpgrade(hub, { trustProxy }),
    start() {
      leavePubSub = node.start()
      stopTick = clock.after(TICK_MS, tick)
    },
    listenTcp(options) {
      const listener = listenTcp(hub, options)
      listeners.add(listener)
      const stop = () => {
        listeners.delete(listener)
        listener.stop()
      }
      return { port: listener.port, stop }
    },
    standBy(waits) {
      context.standby = waits
      leaving?.return(undefined)
      leaving = waits ? hub.close(IN_ONE_TURN, STANDBY) : undefined
      if (leaving) inTurns(leaving, context)
    },
    recheckTokens,
    counters: () => context.counters,
    broadcasts: hub.broadcasts,
    connects: hub.context.connectTimes,
    onRoot: (listener) => node.onRoot(listener),
    tree: () => node.state(),
    limits: context.limits,
    fleet: () => context.fleet.packet(clock.passedMs()),
    async drain() {
      context.draining = true
      node.reportNow()
      for (const listener of listeners) listener.stop()
      await sendAway(hub, { clock, backInS })
    },
    async close() {
      context.draining = true
      stopTick()
      leavePubSub()
      for (const listener of listeners) listener.stop()
      const { yieldThen } = context
      await new Promise<void>((done) =>
        inTurns(hub.close(IN_ONE_TURN, stopping(backInS)), { yieldThen, done }),
      )
      for (const listener of listeners) listener.stop(true)
    },
  }
}
