import type { Socket, TCPSocketListener } from 'bun'
import { isLoopback } from '../http/ip.ts'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'
import type { Transport } from './transport.ts'

interface SocketData {
  transport: TcpTransport
  connection: Connection
}

/** How long a peer may take to read what is left after a close, before the socket is cut. */
const LINGER_S = 5
/** The kernel asks a silent peer whether it lives: the net for clients that asked for no keep-alive. */
const PROBE_AFTER_MS = 60_000

class TcpTransport implements Transport {
  readonly kind = 'tcp'
  readonly #socket: Socket<SocketData | undefined>
  readonly address: string
  readonly local: boolean
  #backlogBytesMax: number
  #backlog: Uint8Array[] = []
  #backlogBytes = 0
  #closing = false

  constructor(socket: Socket<SocketData | undefined>, { backlogBytesMax }: { backlogBytesMax: number }) {
    this.#socket = socket
    this.address = socket.remoteAddress
    this.local = isLoopback(socket.remoteAddress)
    this.#backlogBytesMax = backlogBytesMax
  }

  send(bytes: Uint8Array): boolean {
    if (this.#backlogBytes > this.#backlogBytesMax) return false
    if (this.#backlogBytes > 0) this.#keep(bytes)
    else this.#write(bytes)
    return true
  }

  widen(backlogBytesMax: number): void {
    this.#backlogBytesMax = backlogBytesMax
  }

  backlogBytes(): number {
    return this.#backlogBytes
  }

  /** TCP has no word for the code; a v5 client was told by DISCONNECT. */
  close(): void {
    this.#closing = true
    this.#socket.timeout(LINGER_S)
    if (this.#backlogBytes === 0) this.#socket.end()
  }

  /** The socket takes bytes again. */
  drain(): void {
    const waiting = this.#backlog
    this.#backlog = []
    this.#backlogBytes = 0
    for (const bytes of waiting) this.send(bytes)
    if (this.#closing && this.#backlogBytes === 0) this.#socket.end()
  }

  #write(bytes: Uint8Array): void {
    const taken = this.#socket.write(bytes as Uint8Array<ArrayBuffer>)
    // -1: the socket is closed, and its close handler is about to say so.
    if (taken >= 0 && taken < bytes.length) this.#keep(bytes.subarray(taken))
  }

  #keep(bytes: Uint8Array): void {
    this.#backlog.push(bytes)
    this.#backlogBytes += bytes.length
  }
}

/** Listens for MQTT over TCP. Port 0 takes a free one, `reusePort` shares it with other processes. */
export function listenTcp({
  hub,
  ...address
}: {
  hub: Hub
  hostname: string
  port: number
  reusePort?: boolean
}): TCPSocketListener<SocketData | undefined> {
  return Bun.listen<SocketData | undefined>({
    ...address,
    socket: {
      open(socket) {
        const transport = new TcpTransport(socket, hub.context.limits)
        const connection = hub.connect(transport)
        if (connection === undefined) {
          socket.end()
          return
        }
        socket.setNoDelay(true)
        socket.setKeepAlive(true, PROBE_AFTER_MS)
        socket.data = { transport, connection }
      },
      data(socket, chunk) {
        socket.data?.connection.receive(chunk)
      },
      drain(socket) {
        socket.data?.transport.drain()
        socket.data?.connection.drained()
      },
      timeout(socket) {
        socket.terminate()
      },
      close(socket) {
        socket.data?.connection.closed()
      },
      error(socket) {
        // A reset by the peer, most of the time. Nothing is left to be said to it.
        socket.data?.connection.closed()
        socket.terminate()
      },
    },
  })
}
