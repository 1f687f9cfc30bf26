import type { Socket, TCPSocketListener } from 'bun'
import { CLOSE } from '../../protocol/close-codes.ts'
import { ProxyHeaderError, ProxyHeaderReader } from '../../protocol/proxy-header.ts'
import { canonical } from '../http/ip.ts'
import type { TlsOptions } from '../http/tls.ts'
import type { Connection } from './connection.ts'
import { countRefused } from './counters.ts'
import type { Hub } from './hub.ts'
import { StreamTransport } from './stream-transport.ts'

/** Before and after a proxy has named the client. */
type SocketData = { header: ProxyHeaderReader } | { transport: StreamTransport; connection: Connection }
type TcpSocket = Socket<SocketData | undefined>

/** TCP keep-alive: a safety net for clients without an MQTT keep-alive. */
export const PROBE_AFTER_MS = 60_000

export interface TcpOptions {
  hostname: string
  /** 0: any free port. */
  port: number
  /** Whether other processes listen on it, too. Default false. */
  reusePort?: boolean
  /**
   * Peers whose connections begin with a PROXY header of version 2, which names the client. Default: none. With such a proxy no
   * client is trusted for being on this machine: the proxy may be there, too.
   */
  isProxy?: ((address: string) => boolean) | undefined
  /** TLS options of the port. Not with `isProxy`: its header comes before TLS. Default: no TLS. */
  tls?: TlsOptions | undefined
}

/** Listens for MQTT over TCP. */
export function listenTcp(
  hub: Hub,
  { isProxy, tls, ...address }: TcpOptions,
): TCPSocketListener<SocketData | undefined> {
  const { limits, counters } = hub.context
  const { backlogBytesMax } = limits

  const admit = (socket: TcpSocket, from: string): Connection | undefined => {
    const known = isProxy === undefined ? {} : { local: false }
    const transport = new StreamTransport(socket as Socket<never>, {
      backlogBytesMax,
      address: from,
      counters,
      ...known,
    })
    const connection = hub.connect(transport)
    socket.data = connection && { transport, connection }
    if (connection === undefined) transport.hangUp()
    return connection
  }

  const readHeader = (socket: TcpSocket, reader: ProxyHeaderReader, chunk: Uint8Array): void => {
    try {
      const header = reader.read(chunk)
      if (header === undefined) return
      socket.timeout(0)
      const from = header.address === undefined ? socket.remoteAddress : canonical(header.address)
      admit(socket, from)
      if (socket.data && 'connection' in socket.data)
        socket.data.transport.input(header.rest, socket.data.connection)
    } catch (cause) {
      if (!(cause instanceof ProxyHeaderError)) throw cause
      countRefused(counters, 'proxy_header')
      socket.terminate()
    }
  }

  return Bun.listen<SocketData | undefined>({
    ...address,
    ...(tls && { tls }),
    socket: {
      open(socket) {
        counters.tcpSockets++
        socket.setNoDelay(true)
        socket.setKeepAlive(true, PROBE_AFTER_MS)
        if (isProxy?.(socket.remoteAddress)) {
          socket.data = { header: new ProxyHeaderReader() }
          socket.timeout(limits.connectTimeoutMs / 1000)
        } else {
          // The runtime would close accepted sockets after two minutes, busy or not: the hub decides about silent ones.
          socket.timeout(0)
          admit(socket, socket.remoteAddress)
        }
      },
      // With this handler a socket is opened when it is accepted, not after its handshake: so the handshake is also subject to
      // time limits and counted.
      handshake(socket, success) {
        if (success) return
        if (socket.data && 'connection' in socket.data)
          socket.data.connection.abort({ reason: 'tls_handshake', code: CLOSE.protocolError, text: 'No TLS' })
        socket.terminate()
      },
      data(socket, chunk) {
        if (socket.data === undefined) return
        if ('header' in socket.data) readHeader(socket, socket.data.header, chunk)
        else socket.data.transport.input(chunk, socket.data.connection)
      },
      drain({ data }) {
        if (data === undefined || 'header' in data) return
        data.transport.drain()
        data.connection.drained()
      },
      timeout(socket) {
        if (socket.data && 'header' in socket.data) countRefused(counters, 'proxy_header')
        socket.terminate()
      },
      close({ data }) {
        counters.tcpSockets--
        if (data === undefined || 'header' in data) return
        data.transport.closed()
        data.connection.closed()
      },
      error(socket) {
        // Usually a reset by the peer. There is nothing left to send.
        if (socket.data && 'connection' in socket.data) socket.data.connection.closed()
        socket.terminate()
      },
    },
  })
}
