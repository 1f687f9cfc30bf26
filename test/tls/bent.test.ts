import { heapStats } from 'bun:jsc'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import pino from 'pino'
import { clientHello } from '../../bench/hostile/client-hello.ts'
import { encodeConnect } from '../../protocol/mqtt/encode-client.ts'
import { startEdge } from '../../services/edge/edge-fixture.ts'
import { startHttp } from '../../services/http/server.ts'
import { bend, dice } from '../bend.ts'
import { makeCertificate } from '../cluster/certificate.ts'
import { needs } from '../needs.ts'
import { until } from '../until.ts'

/** Handshakes that are bent and sent: how many, and the first one's seed. `SEEDS=1000000` for a long run. */
const SEEDS = Number(process.env.SEEDS ?? 400)
const FIRST_SEED = Number(process.env.FIRST_SEED ?? 1)
/** Of so many one is a whole client's, whose later bytes are bent too: that takes ten times as long. */
const WHOLE_EVERY = 20
const AT_ONCE = 100
/** The collector keeps some sixty of the last ones, however many there were. */
const LEFT_MAX = 2 * AT_ONCE

const ends: (() => unknown)[] = []
afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))

/** Sends these bytes and hangs up; without a stream around the socket, which would cost more than the server. */
async function sent(port: number, bytes: Uint8Array): Promise<void> {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  // A reset is one way of being cut.
  const socket = { data() {}, error() {}, close: () => resolve() }
  const client = await Bun.connect({ hostname: '127.0.0.1', port, socket })
  client.write(bytes)
  // The server is to read all of it before it finds the end: a close could reset the connection.
  client.shutdown()
  await gone
}

/** A client that shakes hands and says something, through somebody who bends one of its pieces. */
async function bentOnTheWay(port: number, roll: (below: number) => number): Promise<void> {
  const bent = roll(3)
  const way = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    let nth = 0
    near.on('data', (chunk: Buffer) => far.write(nth++ === bent ? bend(chunk, roll) : chunk))
    far.on('data', (chunk) => near.write(chunk))
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => one.destroy())
      one.on('close', () => other.destroy())
    }
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => way.once('listening', resolve))
  const { port: wayPort } = way.address() as { port: number }
  const client = connectTls({ port: wayPort, host: '127.0.0.1', rejectUnauthorized: false })
  client.on('error', () => client.destroy())
  const gone = closed(client)
  // Whoever is answered leaves; whoever is not is let go once all it had to say is said.
  client.on('data', () => client.destroy())
  client.on('secureConnect', () =>
    client.write(encodeConnect({ clientId: 'v', keepAliveS: 0 }), () => client.destroy()),
  )
  setTimeout(() => client.destroy(), 200).unref()
  await gone
  way.close()
}

const sockets = (): number => {
  Bun.gc(true)
  const { TCPSocket = 0, TLSSocket = 0 } = heapStats().objectTypeCounts
  return TCPSocket + TLSSocket
}

describe.skipIf(!needs('openssl'))('bent handshakes', () => {
  let tls: { cert: string; key: string }
  let hello: Buffer
  beforeAll(async () => {
    const { ca, key } = makeCertificate((close) => ends.push(close))
    tls = { cert: readFileSync(ca, 'utf8'), key: readFileSync(key, 'utf8') }
    hello = await clientHello()
  })

  const bendAll = async (port: number) => {
    let nextSeed = FIRST_SEED
    // Each goes on by itself: most of the whole clients wait in vain for what was bent, and nobody waits for them.
    const oneAfterAnother = async () => {
      while (nextSeed < FIRST_SEED + SEEDS) {
        const seed = nextSeed++
        const roll = dice(seed)
        await (seed % WHOLE_EVERY === 0 ? bentOnTheWay(port, roll) : sent(port, bend(hello, roll)))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, oneAfterAnother))
  }

  test(`over mqtts: nothing breaks, nothing stays, and who comes next is served (${SEEDS})`, async () => {
    const fixture = startEdge({ limits: { connectsPerSecond: 0 } })
    ends.push(() => fixture.close())
    const { port } = fixture.edge.listenTcp({ hostname: '127.0.0.1', port: 0, tls })
    const before = sockets()
    await bendAll(port)
    const { tcp } = fixture.edge.counters().connections
    await until(() => tcp.connecting + tcp.v4 + tcp.v5 === 0)
    const viewer = connectTls({ port, host: '127.0.0.1', ca: tls.cert, servername: 'localhost' })
    ends.push(() => viewer.destroy())
    const connack = new Promise<Buffer>((resolve) => viewer.once('data', resolve))
    viewer.write(encodeConnect({ clientId: 'v', keepAliveS: 0 }))
    expect([...(await connack)]).toEqual([0x20, 2, 0, 0])
    await until(() => sockets() < before + LEFT_MAX)
  }, 3_600_000)

  test(`in the lane: nothing breaks, nothing stays, and who comes next is served (${SEEDS})`, async () => {
    const http = startHttp({
      ...{ host: '127.0.0.1', port: 0, logger: pino({ level: 'silent' }), routes: {} },
      ...{ tls, idleS: 1, filesMax: 2 * AT_ONCE },
    })
    ends.push(() => http.close())
    const before = sockets()
    await bendAll(Number(new URL(http.url).port))
    const { status } = await fetch(`${http.url}/nothing`, { tls: { rejectUnauthorized: false } })
    expect(status).toBe(404)
    await until(() => sockets() < before + LEFT_MAX)
  }, 3_600_000)
})
