import type { TCPSocketListener, WebSocketHandler } from 'bun'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Message, PubSub } from '../../adapters/pubsub/pubsub.ts'
import { TimingWheel } from '../../engine/timing-wheel.ts'
import { CLOSE } from '../../protocol/close-codes.ts'
import { RoarError } from '../../protocol/errors.ts'
import { encodePublish } from '../../protocol/mqtt/encode-server.ts'
import { isTopicName } from '../../protocol/mqtt/topic-filter.ts'
import { REASON } from '../../protocol/mqtt/wire.ts'
import { TOPIC_ROOT } from '../../protocol/topics.ts'
import type { Routes } from '../http/routes.ts'
import type { Connection, EdgeContext } from './connection.ts'
import { countRefused, type EdgeCounters, zeroCounters } from './counters.ts'
import { EventStreams } from './events-route.ts'
import { EDGE_LIMITS, type EdgeLimits } from './limits.ts'
import { LoopFanOut } from './loop-fan-out.ts'
import { moodRoute } from './mood-route.ts'
import { SlowWatch } from './slow-watch.ts'
import { listenTcp } from './tcp.ts'
import { showOf, type Topic, Topics } from './topics.ts'
import { NativeFanOut, type SocketData, webSocketTransport } from './websocket.ts'

const TICK_MS = 500
/** A turn of the wheel is longer than one and a half of the longest keep-alive we grant. */
const WHEEL_SLOTS = 2048
/** Connections closed between two looks at everything else while draining. */
const DRAIN_SLICE = 500

export interface EdgeOptions {
  pubsub: PubSub
  clock: Clock
  showExists: (show: string) => boolean
  /** Default: every well-formed segment is taken. */
  segmentExists?: (show: string, segment: string) => boolean
  /** How long one mood packet is news, in milliseconds. */
  windowMs: number
  /** Rejects where a CONNECT's password is not a good token. Default: passwords are not looked at. */
  verify?: (token: string) => Promise<unknown>
  limits?: Partial<EdgeLimits>
  /** From 0 to 1. Spreads the returns of those who are turned away. */
  random?: () => number
  newClientId?: () => string
}

export interface Edge {
  /** `/mqtt`, `/v1/shows/:show/mood` and `/v1/shows/:show/events`. */
  routes: Routes
  /** What the HTTP server calls for upgraded sockets. */
  websocket: WebSocketHandler<SocketData>
  /** Begins to take packets from PubSub. */
  start(): void
  /** Takes MQTT over TCP as well. Port 0 takes a free one. */
  listenTcp(address: { hostname: string; port: number }): { port: number }
  counters(): EdgeCounters
  /** Takes no more connections and says goodbye to the ones there are, within `drainMs`. */
  drain(): Promise<void>
  close(): Promise<void>
}

/** A process's hold on its viewers: it hears PubSub and tells each connection what it subscribed to. */
export function createEdge({
  pubsub,
  clock,
  showExists,
  segmentExists = () => true,
  windowMs,
  verify,
  limits: changedLimits = {},
  random = Math.random,
  newClientId = () => crypto.randomUUID(),
}: EdgeOptions): Edge {
  const limits = { ...EDGE_LIMITS, ...changedLimits }
  const counters = zeroCounters()
  const topics = new Topics(limits)
  const loop = new LoopFanOut({ counters })
  const connections = new Set<Connection>()
  const wheel = new TimingWheel<Connection>({ tickMs: TICK_MS, slots: WHEEL_SLOTS, now: clock.now() })
  const context: EdgeContext = {
    limits,
    counters,
    topics,
    loop,
    wheel,
    connections,
    slow: new SlowWatch(limits),
    now: clock.now,
    newClientId,
    showExists,
    verify,
  }
  const native = new NativeFanOut({ context, onDropped: () => lookForSlow() })
  const events = new EventStreams(context, { random })
  const listeners = new Set<TCPSocketListener<unknown>>()
  let draining = false
  let stopTick = () => {}
  let leavePubSub = () => {}

  const refusal = (): 'draining' | 'overloaded' | undefined => {
    if (draining) return 'draining'
    return connections.size + events.count >= limits.connectionsMax ? 'overloaded' : undefined
  }

  const admit = (): void => {
    const code = refusal()
    if (code === undefined) return
    countRefused(counters, code)
    throw new RoarError(code, 'No more connections are taken here', {
      retryAfterS: 1 + Math.floor(random() * 10),
    })
  }

  const onMessage = ({ topic: name, payload, retain }: Message): void => {
    counters.messages++
    const topic = topics.get(name) ?? meet(name)
    if (topic === undefined || payload.length > limits.messageBytesMax) {
      counters.messagesDropped++
      return
    }
    if (retain) topics.keep(topic, payload)
    broadcast(topic, payload, retain)
    events.publish(topic, payload)
  }

  /** A topic speaks for the first time: those whose filters match it begin to wait for it. */
  const meet = (name: string): Topic | undefined => {
    const show = name.length <= limits.filterLengthMax && isTopicName(name) ? showOf(name) : undefined
    const topic = show === undefined ? undefined : topics.add(name, show)
    if (topic) for (const connection of topics.listeners(topic)) connection.subscriptions.tune(name)
    return topic
  }

  const broadcast = (topic: Topic, payload: Uint8Array, retained: boolean): void => {
    const plain = { topic: topic.name, payload, retain: false }
    send(topic.channel('4'), () => encodePublish(4, plain))
    send(topic.channel('5'), () => encodePublish(5, plain))
    send(topic.channel('5r'), () => encodePublish(5, { ...plain, retain: retained }))
  }

  /** Encodes only what somebody hears, and once. */
  const send = (channel: string, encode: () => Uint8Array<ArrayBuffer>): void => {
    const [sockets, others] = [native.hears(channel), loop.hears(channel)]
    if (!sockets && !others) return
    const bytes = encode()
    if (sockets) native.publish(channel, bytes)
    if (others) loop.publish(channel, bytes)
  }

  let looked = false
  const tick = (): void => {
    const now = clock.now()
    for (const connection of wheel.advance(now)) connection.wake(now)
    for (const connection of context.slow.keys()) context.slow.look(connection, now)
    events.tick(now)
    looked = false
    stopTick = clock.after(TICK_MS, tick)
  }

  /** Looks at every socket when a packet was skipped, at most once a tick. */
  const lookForSlow = (): void => {
    if (looked) return
    looked = true
    const now = clock.now()
    for (const connection of connections) context.slow.look(connection, now)
  }

  const { upgrade, websocket } = webSocketTransport({ context, fanOut: native, admit })
  const questions = { showExists, segmentExists }

  const sayGoodbye = (connection: Connection): void =>
    connection.end({
      reason: REASON.serverShuttingDown,
      code: CLOSE.goingAway,
      text: 'The edge is stopping',
    })

  return {
    routes: {
      '/mqtt': { GET: upgrade },
      '/v1/shows/:show/mood': { GET: moodRoute({ topics, windowMs, ...questions }) },
      '/v1/shows/:show/events': { GET: events.route({ admit, ...questions }) },
    },
    websocket,
    start() {
      leavePubSub = pubsub.subscribe(`${TOPIC_ROOT}/#`, onMessage)
      stopTick = clock.after(TICK_MS, tick)
    },
    listenTcp({ hostname, port }) {
      const mayAccept = (): boolean => {
        const code = refusal()
        if (code) countRefused(counters, code)
        return code === undefined
      }
      const listener = listenTcp({ context, mayAccept, hostname, port })
      listeners.add(listener)
      return listener
    },
    counters: () => counters,
    async drain() {
      draining = true
      const deadlineMs = clock.now() + limits.drainMs
      for (const listener of listeners) listener.stop()
      events.close()
      let left = DRAIN_SLICE
      for (const connection of connections) {
        sayGoodbye(connection)
        if (--left > 0) continue
        left = DRAIN_SLICE
        if (clock.now() >= deadlineMs) break
        await new Promise<void>((resume) => setImmediate(resume))
      }
    },
    async close() {
      draining = true
      stopTick()
      leavePubSub()
      events.close()
      for (const connection of connections) sayGoodbye(connection)
      for (const listener of listeners) listener.stop(true)
    },
  }
}
