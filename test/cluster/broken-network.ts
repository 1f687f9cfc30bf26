import { connect, createServer, type Socket } from 'node:net'
import { freePort } from '../../deploy/programs/ports.ts'

/** The header of an MQTT PUBLISH of 80 bytes, and the beginning of its topic. */
const TORN = Buffer.from([0x30, 0x50, 0x00, 0x0f, ...Buffer.from('roar/fi')])

/** A network between clients and a server that can cut, refuse, or accept connections without answering. */
export async function brokenNetwork(to: number) {
  const sockets = new Set<Socket>()
  const clients = new Set<Socket>()
  let isMute = false
  const keep = (socket: Socket, other?: Socket) => {
    sockets.add(socket)
    // If one side ends, so does the other.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      clients.delete(socket)
      other?.destroy()
    })
  }
  const server = createServer((client) => {
    clients.add(client)
    if (isMute) {
      keep(client)
      client.resume()
      return
    }
    const upstream = connect(to, '127.0.0.1')
    keep(client, upstream)
    keep(upstream, client)
    client.pipe(upstream).pipe(client)
  })
  const listen = (port: number) => new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  // None that the system gives to connections: while it refuses, some client's would take it.
  const port = await freePort()
  await listen(port)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port,
    /** Ends every connection in the middle of a packet. */
    tear() {
      for (const client of clients) client.write(TORN, () => client.destroy())
    },
    /** Ends every connection; new ones are accepted but never answered. */
    mute() {
      isMute = true
      cut()
    },
    /** Ends every connection and closes the port. */
    refuse() {
      server.close()
      cut()
    },
    /** Restores the network. */
    async mend() {
      if (isMute) cut()
      isMute = false
      if (!server.listening) await listen(port)
    },
    close() {
      server.close()
      cut()
    },
  }
}
