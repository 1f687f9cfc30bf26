import mqtt, { type IClientOptions, type MqttClient, type MqttProtocol } from 'mqtt'
import type { Clock } from '../clock/clock.ts'
import { Parents } from '../pubsub/parents.ts'
import type { LeaveOptions } from '../pubsub/pubsub.ts'
import { within } from '../within.ts'

/** TLS options for `mqtts://` and `wss://`. */
export interface BrokerTls {
  /** The authority of the broker's certificate, PEM. Default: the system's. */
  ca?: string
  /** Our client certificate with its intermediates, PEM. Default: none. */
  cert?: string
  /** The key of `cert`, PEM. */
  key?: string
}

/** What all connections to one broker share. */
export interface BrokerOptions {
  /**
   * `mqtt://`, `mqtts://`, `ws://` or `wss://`, optionally with a percent-encoded user name and password. Several, separated by
   * commas, are tried in turn.
   */
  url: string
  /** Called for each connection. Default: the system's authorities, and no certificate. */
  tls?: (() => BrokerTls) | undefined
  /** Prefix of the client ids, which are unique for each connection. Default: `roar`. */
  clientId?: string | undefined
  /** Whether to return to the first address when it is reachable again. Default false. */
  climbs?: boolean | undefined
  /** Called with the reason why a connection failed or was lost. */
  onTrouble?: ((cause: Error) => void) | undefined
  clock: Clock
  random: () => number
}

/** For CONNACK, for SUBACK after it, and for PUBACK. */
export const ANSWER_MS = 10_000
const KEEP_ALIVE_S = 20
/** How long a broker may take to close after our DISCONNECT. */
const CLOSE_MS = 2_000
/**
 * The largest packet: a longer one would have to be buffered whole. A broker should drop it; one that sends it anyway is
 * disconnected.
 */
const PACKET_BYTES_MAX = 1024 * 1024
/** Messages of a connection, and bytes of them, after which everything else gets a turn; the broker waits meanwhile. */
const MESSAGES_IN_TURN = 100
const BYTES_IN_TURN = 32 * 1024

export interface Link {
  /** The connected client; undefined while the broker is unreachable. */
  client(): MqttClient | undefined
  /** Leaves the current address for the next one. */
  leave(why: string, options: LeaveOptions): void
  /** Closes the connection and does not reconnect. */
  close(): Promise<void>
}

interface LinkEvents {
  /**
   * A connection is up. Call `use` once it has taken over everything from the previous one, which is then closed: there is a
   * previous one only when returning to the first address.
   */
  onUp: (client: MqttClient, use: () => void) => void
  onDown: () => void
}

/**
 * Keeps a connection to a broker. Each connection is a new client, so nothing of an old one is resent behind our back.
 *
 * ```
 * down ──after a delay, to the next address──▶ up ──lost, or left──▶ down
 *                                              │ ▲ not at the first address: tries that one in parallel
 *                                              └─┘ and switches once it is subscribed there
 * ```
 */
export function keepLink(broker: BrokerOptions, { onUp, onDown }: LinkEvents): Link {
  const { url, clock, random, onTrouble, climbs = false } = broker
  const urls = url.split(',')
  const parents = new Parents({ count: urls.length, random })
  let client: MqttClient | undefined
  let current: MqttClient
  let climber: MqttClient | undefined
  let closed = false
  let cancelRetry = () => {}
  let cancelClimb = () => {}

  const open = (parent: number, isCurrent: (attempt: MqttClient) => boolean): MqttClient => {
    const tell = (message: string, cause?: Error) => {
      if (!closed && isCurrent(attempt)) {
        onTrouble?.(new Error(`${new URL(urls[parent]!).host}: ${message}`, { cause }))
      }
    }
    const attempt = connectTo(urls[parent]!, broker)
    // Handled in `close`, which follows each error of a connection.
    attempt.on('error', (cause) => {
      tell(cause.message, cause)
      attempt.end(true)
    })
    let unreadBytes = 0
    attempt.stream.on('data', (chunk: Uint8Array) => {
      unreadBytes += chunk.length
      if (unreadBytes <= PACKET_BYTES_MAX) return
      tell(`a packet is longer than ${PACKET_BYTES_MAX} bytes`)
      attempt.end(true)
    })
    attempt.on('packetreceive', () => {
      unreadBytes = 0
    })
    // The client's hook for backpressure. Without it, the client parses everything the socket holds, and then whatever arrived
    // meanwhile.
    let [messages, bytes] = [0, 0]
    attempt.handleMessage = ({ payload }, done) => {
      messages++
      bytes += payload.length
      if (messages < MESSAGES_IN_TURN && bytes < BYTES_IN_TURN) {
        done()
        return
      }
      messages = 0
      bytes = 0
      setImmediate(done)
    }
    attempt.on('disconnect', ({ properties, reasonCode }) => {
      tell(`the broker disconnected: ${properties?.reasonString ?? `reason ${reasonCode}`}`)
    })
    return attempt
  }

  const connect = (parent: number): void => {
    const attempt = open(parent, (attempt) => attempt === current)
    current = attempt
    attempt.on('connect', () => {
      client = attempt
      climbAfter(parents.up(parent, clock.passedMs()))
      onUp(attempt, () => {})
    })
    attempt.once('close', () => lost(attempt))
  }

  const lost = (attempt: MqttClient): void => {
    attempt.end(true)
    // Another connection has replaced it.
    if (attempt !== current || closed) return
    const wasUp = client === attempt
    client = undefined
    cancelClimb()
    climber?.end(true)
    const next = parents.down(clock.passedMs())
    cancelRetry = clock.after(next.delayMs, () => connect(next.parent))
    if (wasUp) onDown()
  }

  const climbAfter = (delayMs: number | undefined): void => {
    if (climbs && delayMs !== undefined) cancelClimb = clock.after(delayMs, climb)
  }

  const climb = (): void => {
    // That it is still unreachable is no news.
    const attempt = open(0, (attempt) => attempt === current)
    climber = attempt
    attempt.on('connect', () => onUp(attempt, () => changeOverTo(attempt)))
    attempt.once('close', () => {
      if (attempt === current) return lost(attempt)
      attempt.end(true)
      climber = undefined
      if (client !== undefined) climbAfter(parents.climb())
    })
  }

  const changeOverTo = (attempt: MqttClient): void => {
    const before = current
    current = attempt
    client = attempt
    climber = undefined
    parents.up(0, clock.passedMs())
    before.end(true)
  }

  connect(0)

  return {
    client: () => client,
    leave(why, { onlyForAnother }) {
      if (client === undefined || (onlyForAnother && urls.length === 1)) return
      onTrouble?.(new Error(`${new URL(urls[parents.parent]!).host}: ${why}`))
      client.end(true)
    },
    async close() {
      closed = true
      cancelRetry()
      cancelClimb()
      climber?.end(true)
      const ended = current.endAsync(client === undefined)
      await within(CLOSE_MS, ended).catch(() => current.stream.destroy())
    },
  }
}

function connectTo(address: string, { tls, clientId = 'roar' }: BrokerOptions): MqttClient {
  const { ca, cert, key } = tls?.() ?? {}
  return mqtt.connect({
    ...partsOf(address),
    protocolVersion: 5,
    clean: true,
    clientId: `${clientId}-${crypto.randomUUID().slice(0, 8)}`,
    reconnectPeriod: 0,
    connectTimeout: ANSWER_MS,
    keepalive: KEEP_ALIVE_S,
    properties: { maximumPacketSize: PACKET_BYTES_MAX },
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert, key: key! }),
  })
}

/** Parses an address, because the library uses `url.parse`, which is deprecated and ends a name at a colon. */
function partsOf(address: string): IClientOptions {
  const { protocol, hostname, port, pathname, search, username, password } = new URL(address)
  const isWebSocket = protocol.startsWith('ws')
  return {
    protocol: protocol.slice(0, -1) as MqttProtocol,
    // A WebSocket URL has an IPv6 address in brackets, a socket's host has none.
    hostname: isWebSocket ? hostname : hostname.replace(/^\[(.+)\]$/, '$1'),
    ...(port !== '' && { port: Number(port) }),
    ...(isWebSocket && { path: pathname + search }),
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
  }
}
