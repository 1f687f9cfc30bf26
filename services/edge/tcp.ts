import type { Socket, TCPSocketListener } from 'bun'
import { ProxyHeaderError, ProxyHeaderReader } from '../../protocol/proxy-header.ts'
import { canonical } from '../http/ip.ts'
import type { TlsOptions } from '../http/tls.ts'
import type { Connection } from './connection.ts'
import { countRefused } from './counters.ts'
import type { Hub } from './hub.ts'
import { StreamTransport } from './stream-transport.ts'

/** Before a proxy has said who comes, and after. */
type SocketData = { header: ProxyHeaderReader } | { transport: StreamTransport; connection: Connection }
type TcpSocket = Socket<SocketData | undefined>

/** The kernel asks a silent peer whether it lives: the net for clients that asked for no keep-alive. */
export const PROBE_AFTER_MS = 60_000

export interface TcpOptions {
  hostname: string
  /** 0: a free one. */
  port: number
  /** Whether other processes listen there too. Default false. */
  reusePort?: boolean
  /**
   * Whose connections begin with a PROXY header of version 2, which says who comes. Default: nobody's. Where there is such a
   * proxy nobody is believed for being on this machine: it may be there too.
   */
  isProxy?: ((address: string) => boolean) | undefined
  /** With which the port speaks TLS. Not with `isProxy`: its header comes before TLS. Default: it does not. */
  tls?: TlsOptions | undefined
}

/** Listens for MQTT over TCP. */
export function listenTcp(
  hub: Hub,
  { isProxy, tls, ...address }: TcpOptions,
): TCPSocketListener<SocketData | undefined> {
  const { limits, counters } = hub.context

  const admit = (socket: TcpSocket, from: string): Connection | undefined => {
    const known = isProxy === undefined ? {} : { local: false }
    const transport = new StreamTransport(socket as Socket<never>, { ...limits, address: from, ...known })
    const connection = hub.connect(transport)
    socket.data = connection && { transport, connection }
    if (connection === undefined) socket.end()
    return connection
  }

  const readHeader = (socket: TcpSocket, reader: ProxyHeaderReader, chunk: Uint8Array): void => {
    try {
      const header = reader.read(chunk)
      if (header === undefined) return
      socket.timeout(0)
      admit(socket, header.address === undefined ? socket.remoteAddress : canonical(header.address))?.receive(
        header.rest,
      )
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
        socket.setNoDelay(true)
        socket.setKeepAlive(true, PROBE_AFTER_MS)
        if (isProxy?.(socket.remoteAddress)) {
          socket.data = { header: new ProxyHeaderReader() }
          socket.timeout(limits.connectTimeoutMs / 1000)
        } else {
          // The runtime ends what it accepted after two minutes, busy or not: who is silent is the hub's to say.
          socket.timeout(0)
          admit(socket, socket.remoteAddress)
        }
      },
      // With it a socket is opened when it is accepted, and not only once its handshake is done: that has its time and its place
      // among the limits too.
      handshake(socket, success) {
        if (!success) socket.terminate()
      },
      data(socket, chunk) {
        if (socket.data === undefined) return
        if ('header' in socket.data) readHeader(socket, socket.data.header, chunk)
        else if (socket.data.connection.state === 'closed') socket.data.transport.ignored(chunk.length)
        else socket.data.connection.receive(chunk)
      },
      drain({ data }) {
        if (data === undefined || 'header' in data) return
        data.transport.drain()
        data.connection.drained()
      },
      timeout(socket) {
        socket.terminate()
      },
      close({ data }) {
        if (data && 'connection' in data) data.connection.closed()
      },
      error(socket) {
        // A reset by the peer, most of the time. Nothing is left to be said to it.
        if (socket.data && 'connection' in socket.data) socket.data.connection.closed()
        socket.terminate()
      },
    },
  })
}
