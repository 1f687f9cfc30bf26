import type { ServerWebSocket, WebSocketHandler } from 'bun'
import { IN_ONE_TURN } from '../../engine/turns.ts'
import { CLOSE } from '../../protocol/close-codes.ts'
import { RoarError } from '../../protocol/errors.ts'
import { connectedCertificate } from '../http/address.ts'
import type { Handler, HttpServer } from '../http/routes.ts'
import type { ClientCertificate } from '../http/tls.ts'
import { CHARGES, chargeOfBytes } from './charges.ts'
import type { Connection } from './connection.ts'
import { countRefused } from './counters.ts'
import { type HttpDoor, SUBPROTOCOL } from './http-door.ts'
import type { Hub } from './hub.ts'
import type { Broadcast, FanOut, Transport } from './transport.ts'

type Socket = ServerWebSocket<WebSocketTransport>

/** A close frame carries at most 125 bytes, two of them the code. RFC 6455, section 5.5. All our reasons are ASCII. */
const REASON_BYTES_MAX = 123
/**
 * The runtime pings a socket that was quiet this long and closes it without a pong. A second safety net, for clients without a
 * keep-alive; every packet sent re-arms it, so it only finds dead sockets while no mood flows. While mood flows their backlog
 * grows, and they are cut as slow.
 */
const IDLE_TIMEOUT_S = 120
const OPEN = 1

/** A WebSocket of the runtime's server; stored as the socket's data. */
export class WebSocketTransport implements Transport {
  readonly address: string
  readonly token: string | undefined
  readonly certificate: ClientCertificate | undefined
  readonly files: number
  /** Absent until the socket is open, and if there was no room even to turn it away. */
  connection: Connection | undefined
  #socket: Socket | undefined
  /** Bytes beyond the runtime's own buffer. None unless the transport was widened. */
  #backlog: Uint8Array[] | undefined
  #backlogBytes = 0
  #wide = 0
  readonly #nativeBytesMax: number

  constructor({
    address,
    token,
    certificate,
    backlogBytesMax,
    serverFiles,
  }: {
    address: string
    token: string | undefined
    certificate: ClientCertificate | undefined
    backlogBytesMax: number
    serverFiles: number
  }) {
    this.address = address
    this.token = token
    this.certificate = certificate
    this.files = serverFiles
    this.#nativeBytesMax = backlogBytesMax
  }

  get kind() {
    return 'websocket' as const
  }

  /** A proxy on this machine is the usual way to have TLS, so a local address proves nothing. */
  get local() {
    return false
  }

  opened(socket: Socket): void {
    this.#socket = socket
  }

  get native(): Socket {
    return this.#socket!
  }

  send(bytes: Uint8Array): boolean {
    // A closed socket is not slow: its close handler is about to run.
    if (this.native.readyState !== OPEN) return true
    if (this.#backlog === undefined && this.native.getBufferedAmount() <= this.#nativeBytesMax) {
      return this.native.sendBinary(bytes as Uint8Array<ArrayBuffer>) !== 0
    }
    if (this.#backlogBytes + bytes.length > this.#wide) return false
    this.#backlog ??= []
    this.#backlog.push(bytes)
    this.#backlogBytes += bytes.length
    return true
  }

  widen(backlogBytesMax: number): void {
    this.#wide = backlogBytesMax
  }

  backlogBytes(): number {
    return this.native.getBufferedAmount() + this.#backlogBytes
  }

  /** The socket accepts bytes again. */
  drain(): void {
    const waiting = this.#backlog ?? []
    this.#backlog = undefined
    this.#backlogBytes = 0
    for (const bytes of waiting) this.send(bytes)
  }

  close(code: number, reason: string): void {
    this.native.close(code, reason.slice(0, REASON_BYTES_MAX))
  }
}

/** Broadcasts through the runtime's own topics: one native call for all sockets of a channel. */
export class NativeFanOut implements FanOut {
  readonly servers = new Set<HttpServer>()
  readonly #hub: Hub

  constructor(hub: Hub) {
    this.#hub = hub
  }

  hears(channel: string): boolean {
    for (const server of this.servers) if (server.subscriberCount(channel) > 0) return true
    return false
  }

  publish({ channel, bytes, retained }: Broadcast): void {
    const { counters, missed } = this.#hub.context
    for (const server of this.servers) {
      const listeners = server.subscriberCount(channel)
      if (listeners === 0) continue
      let skipped = 0
      if (server.publish(channel, bytes) === 0) {
        // Some socket was skipped. The runtime does not say which, so all must be checked.
        this.#hub.lookForSlow()
        if (retained) missed.add(retained.topic)
        skipped = this.#countFull(channel)
      }
      counters.skipped += skipped
      counters.deliveries += listeners - skipped
      counters.bytesOut += (listeners - skipped) * bytes.length
    }
  }

  /** How many were skipped. If a great many are slow, the first ones are a sample. */
  #countFull(channel: string): number {
    const { slow, limits } = this.#hub.context
    let [full, looked] = [0, 0]
    for (const { transport } of slow.keys()) {
      if (transport.backlogBytes() > limits.backlogBytesMax && transport.native?.isSubscribed(channel)) full++
      if (++looked === IN_ONE_TURN) break
    }
    return looked < IN_ONE_TURN ? full : Math.round((full * slow.size) / looked)
  }
}

/** The upgrade route `/mqtt` and the runtime's handlers for its sockets. */
export function webSocketTransport({
  hub,
  fanOut,
  door,
}: {
  hub: Hub
  fanOut: NativeFanOut
  door: HttpDoor
}): { upgrade: Handler; websocket: WebSocketHandler<WebSocketTransport> } {
  const { limits, counters } = hub.context
  const { backlogBytesMax, serverFiles } = limits
  return {
    upgrade(request, server) {
      // [MQTT-6.0.0-3]: possibly among others.
      const offered = request.headers
        .get('sec-websocket-protocol')
        ?.split(',')
        .map((name) => name.trim())
      if (!offered?.includes(SUBPROTOCOL)) {
        countRefused(counters, 'no_subprotocol')
        throw new RoarError(
          'bad_request',
          'this address speaks MQTT over WebSocket: offer the subprotocol mqtt',
        )
      }
      fanOut.servers.add(server)
      const data = new WebSocketTransport({
        ...door.visitor(request, server),
        certificate: connectedCertificate(request, server),
        backlogBytesMax,
        serverFiles,
      })
      // [MQTT-6.0.0-4]
      const headers = { 'Sec-WebSocket-Protocol': SUBPROTOCOL }
      if (server.upgrade(request, { data, headers })) return
      throw new RoarError('bad_request', 'the request is not a WebSocket upgrade')
    },
    websocket: {
      maxPayloadLength: limits.frameBytesMax,
      backpressureLimit: limits.backlogBytesMax,
      closeOnBackpressureLimit: false,
      perMessageDeflate: false,
      idleTimeout: IDLE_TIMEOUT_S,
      sendPings: true,
      open(socket) {
        socket.data.opened(socket)
        const connection = hub.connect(socket.data)
        socket.data.connection = connection
        // A browser does not reveal the status of a refused upgrade, but it does reveal a close's code and reason.
        if (connection?.turnedAway) connection.leave(connection.turnedAway.code, connection.turnedAway.text)
        else if (connection === undefined) socket.close(CLOSE.tryAgainLater)
      },
      message(socket, message) {
        const { connection } = socket.data
        // Charged as work, so that empty messages cost their sender something.
        if (!connection?.charge(CHARGES.frame)) return
        // [MQTT-6.0.0-1]
        if (typeof message === 'string') {
          connection.abort({ reason: 'text_frame', code: CLOSE.unsupportedData, text: 'MQTT is binary' })
          return
        }
        connection.arrived(message.length)
        connection.receive(message)
      },
      // Answered by the runtime, and charged like any other frame.
      ping({ data: { connection } }, payload) {
        connection?.charge(CHARGES.frame + chargeOfBytes(payload.length))
      },
      pong({ data: { connection } }) {
        connection?.charge(CHARGES.frame)
      },
      drain(socket) {
        socket.data.drain()
        socket.data.connection?.drained()
      },
      close(socket) {
        socket.data.connection?.closed()
      },
    },
  }
}
