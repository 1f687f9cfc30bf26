import type { Socket, TCPSocketListener } from 'bun'
import type { Connection } from './connection.ts'
import type { Hub } from './hub.ts'
import { StreamTransport } from './stream-transport.ts'

interface SocketData {
  transport: StreamTransport
  connection: Connection
}

/** The kernel asks a silent peer whether it lives: the net for clients that asked for no keep-alive. */
export const PROBE_AFTER_MS = 60_000

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
        const transport = new StreamTransport(socket as Socket<never>, hub.context.limits)
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
