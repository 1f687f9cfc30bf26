import type { ServerWebSocket, WebSocketHandler } from 'bun'
import { CLOSE } from '../../protocol/close-codes.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Handler, HttpServer } from '../http/routes.ts'
import type { Connection } from './connection.ts'
import { countRefused } from './counters.ts'
import type { Hub } from './hub.ts'
import type { FanOut, Transport } from './transport.ts'

export interface SocketData {
  /** Absent until the socket is open. */
  connection: Connection | undefined
}

type Socket = ServerWebSocket<SocketData>

/** A close frame carries at most 125 bytes, two of them the code. RFC 6455, section 5.5. */
const REASON_LENGTH_MAX = 100
/**
 * The runtime pings a socket that was quiet this long and closes it without an answer. It is the second net, for
 * clients that asked for no keep-alive; every packet sent re-arms it, so it finds the dead only while no mood flows. While
 * mood flows their backlog grows, and they are cut as slow.
 */
const IDLE_TIMEOUT_S = 120
const SUBPROTOCOL = 'mqtt'
const OPEN = 1

class WebSocketTransport implements Transport {
  readonly kind = 'websocket'
  /** A proxy on this machine is the usual way to TLS, so an address says nothing. */
  readonly local = false
  readonly native: Socket
  readonly #backlogBytesMax: number

  constructor(socket: Socket, { backlogBytesMax }: { backlogBytesMax: number }) {
    this.native = socket
    this.#backlogBytesMax = backlogBytesMax
  }

  send(bytes: Uint8Array): boolean {
    // A socket that is closed already is not slow: its close handler is about to say so.
    return this.native.readyState !== OPEN || this.native.sendBinary(bytes as Uint8Array<ArrayBuffer>) !== 0
  }

  offer(bytes: Uint8Array): boolean {
    return this.native.getBufferedAmount() <= this.#backlogBytesMax && this.send(bytes)
  }

  backlogBytes(): number {
    return this.native.getBufferedAmount()
  }

  close(code: number, reason: string): void {
    this.native.close(code, reason.slice(0, REASON_LENGTH_MAX))
  }
}

/** Broadcasts by the runtime's own topics: one call in native code for all sockets of a channel. */
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

  publish(channel: string, bytes: Uint8Array<ArrayBuffer>): void {
    const { counters } = this.#hub
    for (const server of this.servers) {
      const listeners = server.subscriberCount(channel)
      if (listeners === 0) continue
      let skipped = 0
      if (server.publish(channel, bytes) === 0) {
        // Some socket was skipped. The runtime does not say which, so somebody has to look.
        this.#hub.lookForSlow()
        skipped = this.#countFull(channel)
      }
      counters.skipped += skipped
      counters.deliveries += listeners - skipped
      counters.bytesOut += (listeners - skipped) * bytes.length
    }
  }

  #countFull(channel: string): number {
    const { slow, limits } = this.#hub
    let full = 0
    for (const { transport } of slow.keys()) {
      if (transport.backlogBytes() > limits.backlogBytesMax && transport.native?.isSubscribed(channel)) full++
    }
    return full
  }
}

/** The upgrade at `/mqtt` and what the runtime calls for each socket. */
export function webSocketTransport({
  hub,
  fanOut,
  admit,
}: {
  hub: Hub
  fanOut: NativeFanOut
  /** Throws `RoarError` when no more connections are taken. */
  admit: () => void
}): { upgrade: Handler; websocket: WebSocketHandler<SocketData> } {
  const { limits, counters } = hub
  return {
    upgrade(request, server) {
      // [MQTT-6.0.0-3]: perhaps among others.
      const offered = request.headers
        .get('sec-websocket-protocol')
        ?.split(',')
        .map((name) => name.trim())
      if (!offered?.includes(SUBPROTOCOL)) {
        countRefused(counters, 'no_subprotocol')
        throw new RoarError(
          'bad_request',
          'This address speaks MQTT over WebSocket: offer the subprotocol mqtt',
        )
      }
      admit()
      fanOut.servers.add(server)
      const data: SocketData = { connection: undefined }
      // [MQTT-6.0.0-4]
      const headers = { 'Sec-WebSocket-Protocol': SUBPROTOCOL }
      if (server.upgrade(request, { data, headers })) return
      throw new RoarError('bad_request', 'The request is not a WebSocket upgrade')
    },
    websocket: {
      maxPayloadLength: limits.packetBytesMax,
      backpressureLimit: limits.backlogBytesMax,
      closeOnBackpressureLimit: false,
      perMessageDeflate: false,
      idleTimeout: IDLE_TIMEOUT_S,
      sendPings: true,
      open(socket) {
        socket.data.connection = hub.connect(new WebSocketTransport(socket, limits))
      },
      message(socket, message) {
        const { connection } = socket.data
        // [MQTT-6.0.0-1]
        if (typeof message !== 'string') connection?.receive(message)
        else connection?.abort({ reason: 'text_frame', code: CLOSE.unsupportedData, text: 'MQTT is binary' })
      },
      drain(socket) {
        if (socket.data.connection && socket.getBufferedAmount() === 0)
          hub.slow.forget(socket.data.connection)
      },
      close(socket) {
        socket.data.connection?.closed()
      },
    },
  }
}
