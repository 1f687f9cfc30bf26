import type { TCPSocketListener, WebSocketHandler } from 'bun'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import { RoarError } from '../../protocol/errors.ts'
import { isId } from '../../protocol/ids.ts'
import { RELAY_FILTER } from '../../protocol/topics.ts'
import { routesOf } from '../http/call/handler.ts'
import type { Handler, Routes } from '../http/routes.ts'
import { EDGE_CALLS } from './calls.ts'
import { countRefused, type EdgeCounters } from './counters.ts'
import { EventStreams } from './events-route.ts'
import { STANDBY } from './goodbye.ts'
import { Hub, type HubOptions, TICK_MS } from './hub.ts'
import { listenTcp } from './tcp.ts'
import { NativeFanOut, type SocketData, webSocketTransport } from './websocket.ts'

/** Connections closed between two looks at everything else while draining. */
const DRAIN_SLICE = 500
/** Who is turned away comes back after 1 s to this. */
const RETRY_AFTER_MAX_S = 10

export interface EdgeOptions extends Omit<HubOptions, 'now' | 'showExists'> {
  pubsub: PubSub
  clock: Clock
  /**
   * Default: those of which a topic was heard. Until the first one nobody knows which there are, and every
   * well-formed one is taken: a viewer that is told that its show does not exist never comes again.
   */
  showExists?: (show: string) => boolean
  /** Default: every well-formed segment is taken. */
  segmentExists?: (show: string, segment: string) => boolean
  /** How long one mood packet is news, in milliseconds. */
  windowMs: number
  /** From 0 to 1. Spreads the returns of those who are turned away. */
  random?: () => number
}

export interface Edge {
  /** `/mqtt`, `/v1/shows/:show/mood` and `/v1/shows/:show/events`. */
  routes: Routes
  /** What the HTTP server calls for upgraded sockets. */
  websocket: WebSocketHandler<SocketData>
  /** Begins to take packets from PubSub. */
  start(): void
  /**
   * Takes MQTT over TCP as well. Port 0 takes a free one; with `reusePort` other processes may listen there too. Throws
   * when the port is taken.
   */
  listenTcp(address: { hostname: string; port: number; reusePort?: boolean }): { port: number }
  /**
   * Says goodbye to all who are there and takes nobody, because another process has what is new; `false`: takes them
   * again. An MQTT client is told so in CONNACK, an HTTP client by `standby`.
   */
  standBy(waits: boolean): void
  counters(): EdgeCounters
  /** Takes no more connections and says goodbye to the ones there are, for at most `drainMs`. */
  drain(): Promise<void>
  /** Ends what is left, now. */
  close(): Promise<void>
}

/** A process's hold on its viewers: it hears PubSub and tells each connection what it subscribed to. */
export function createEdge({
  pubsub,
  clock,
  segmentExists = () => true,
  windowMs,
  random = Math.random,
  ...hubOptions
}: EdgeOptions): Edge {
  const hub: Hub = new Hub({
    showExists: (show) => isId(show) && hub.topics.mayHaveShow(show),
    ...hubOptions,
    now: () => clock.now(),
  })
  const { limits, counters, connections } = hub
  const events = new EventStreams(hub, { random })
  const listeners = new Set<TCPSocketListener<unknown>>()
  let draining = false
  let stopTick = () => {}
  let leavePubSub = () => {}

  /** Why no connection is taken now, counted. */
  const refusal = (): 'draining' | 'overloaded' | undefined => {
    const full = connections.size + counters.connections.events >= limits.connectionsMax
    const code = draining ? 'draining' : full ? 'overloaded' : undefined
    if (code) countRefused(counters, code)
    return code
  }

  const admit = (): void => {
    const code = refusal()
    if (code === undefined) return
    const retryAfterS = 1 + Math.floor(random() * RETRY_AFTER_MAX_S)
    throw new RoarError(code, 'No more connections are taken here', { retryAfterS })
  }

  const unlessStandby =
    (handler: Handler): Handler =>
    (request, server) => {
      if (!hub.standby) return handler(request, server)
      throw new RoarError('standby', STANDBY.text, { retryAfterS: 1 })
    }

  const tick = (): void => {
    hub.tick()
    events.tick(clock.now())
    stopTick = clock.after(TICK_MS, tick)
  }

  const native = new NativeFanOut(hub)
  hub.fanOuts.push(native)
  const { upgrade, websocket } = webSocketTransport({ hub, fanOut: native, admit })
  const questions = { showExists: hub.showExists, segmentExists }

  return {
    routes: routesOf(EDGE_CALLS, {
      topics: hub.topics,
      windowMs,
      unlessStandby,
      events: events.route({ admit, ...questions }),
      upgrade,
      ...questions,
    }),
    websocket,
    start() {
      leavePubSub = pubsub.subscribe(RELAY_FILTER, (message) => {
        const topic = hub.publish(message)
        if (topic) events.publish(topic, message.payload)
      })
      stopTick = clock.after(TICK_MS, tick)
    },
    listenTcp(address) {
      const listener = listenTcp({ hub, mayAccept: () => refusal() === undefined, ...address })
      listeners.add(listener)
      return listener
    },
    standBy(waits) {
      hub.standby = waits
      if (!waits) return
      events.close()
      hub.close(Number.POSITIVE_INFINITY, STANDBY).next()
    },
    counters: () => counters,
    async drain() {
      draining = true
      const deadlineMs = clock.now() + limits.drainMs
      for (const listener of listeners) listener.stop()
      events.close()
      for (const _ of hub.close(DRAIN_SLICE)) {
        if (clock.now() >= deadlineMs) return
        await new Promise<void>((resume) => setImmediate(resume))
      }
    },
    async close() {
      draining = true
      stopTick()
      leavePubSub()
      events.close()
      hub.close(Number.POSITIVE_INFINITY).next()
      for (const listener of listeners) listener.stop(true)
    },
  }
}
