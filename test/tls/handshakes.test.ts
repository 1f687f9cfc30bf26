import { afterEach, expect, test } from 'bun:test'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { encodeConnect } from '../../protocol/mqtt/encode-client.ts'
import { startEdge } from '../../services/edge/edge-fixture.ts'
import { startHttp } from '../../services/http/server.ts'
import { makeCertificate } from '../cluster/certificate.ts'
import { needs } from '../needs.ts'
import { until } from '../until.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

function certificate() {
  const { ca, key } = makeCertificate((close) => ends.push(close))
  return { cert: readFileSync(ca, 'utf8'), key: readFileSync(key, 'utf8') }
}

/** A reset is one way of being cut. */
const closing = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))

/** Peers that connect, begin a handshake or not even that, and then say nothing. */
async function silent(port: number, count: number): Promise<{ closed: Promise<unknown> }> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'))
  ends.push(() => sockets.map((socket) => socket.destroy()))
  const closed = Promise.all(sockets.map(closing))
  for (const [i, socket] of sockets.entries()) {
    socket.on('error', () => socket.destroy())
    socket.resume()
    if (socket.connecting) await once(socket, 'connect')
    // The beginning of a ClientHello: a record of 512 bytes.
    if (i % 2 === 0) socket.write(Uint8Array.of(0x16, 3, 1, 2, 0))
  }
  return { closed }
}

test.skipIf(!needs('openssl'))(
  'over mqtts a handshake that does not get on is a connection that has its time and its place among the limits',
  async () => {
    const clock = new ManualClock(1_000_000)
    const fixture = startEdge({ clock, limits: { connectionsMax: 41, turnedAwayMax: 0 } })
    ends.push(() => fixture.close())
    const tls = certificate()
    const { port } = fixture.edge.listenTcp({ hostname: '127.0.0.1', port: 0, tls })
    const { closed } = await silent(port, 40)
    const { tcp } = fixture.edge.counters().connections
    await until(() => tcp.connecting === 40)
    const viewer = connectTls({ port, host: '127.0.0.1', ca: tls.cert, servername: 'localhost' })
    ends.push(() => viewer.destroy())
    viewer.write(encodeConnect({ clientId: 'v', keepAliveS: 0 }))
    expect([...((await once(viewer, 'data')) as [Buffer])[0]]).toEqual([0x20, 2, 0, 0])
    await (await silent(port, 1)).closed
    expect(tcp).toEqual({ connecting: 40, v4: 1, v5: 0 })
    clock.advance(11_000)
    await closed
    expect(tcp).toEqual({ connecting: 0, v4: 1, v5: 0 })
    expect(fixture.edge.counters().refused).toEqual({ overloaded: 1, connect_timeout: 40 })
  },
)

test.skipIf(!needs('openssl'))(
  'in the lane a handshake that does not get on is cut as any connection without progress, and makes room for others',
  async () => {
    const http = startHttp({
      ...{ host: '127.0.0.1', port: 0, logger: pino({ level: 'silent' }), routes: {} },
      ...{ tls: certificate(), idleS: 1, filesMax: 20 },
    })
    ends.push(() => http.close())
    const port = Number(new URL(http.url).port)
    const { closed } = await silent(port, 20)
    const { status } = await fetch(`${http.url}/nothing`, { tls: { rejectUnauthorized: false } })
    expect(status).toBe(404)
    await closed
  },
)

test.skipIf(!needs('openssl'))(
  'over mqtts a handshake that fails is counted, and the socket is closed',
  async () => {
    const fixture = startEdge()
    ends.push(() => fixture.close())
    const { port } = fixture.edge.listenTcp({ hostname: '127.0.0.1', port: 0, tls: certificate() })
    const plain = connect(port, '127.0.0.1')
    plain.on('error', () => plain.destroy())
    plain.resume()
    plain.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await closing(plain)
    expect(fixture.edge.counters().refused).toEqual({ tls_handshake: 1 })
  },
)
