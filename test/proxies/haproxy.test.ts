import { expect, test } from 'bun:test'
import { connect } from 'node:net'
import { encodeConnect } from '../../protocol/mqtt/encode-client.ts'
import { openViewer, packetsIn, startEdge } from '../../services/edge/edge-fixture.ts'
import { addressesOf } from '../../services/http/address-ranges.ts'
import { needs } from '../needs.ts'
import { startHaproxy } from './haproxy.ts'

test.skipIf(!needs('haproxy'))(
  'behind HAProxy a viewer is known by its own address, and health checks are no viewers',
  async () => {
    const fixture = startEdge({ limits: { addressConnectionsMax: 1 }, limitLoopback: true })
    const { port: mqttPort } = fixture.edge.listenTcp({
      hostname: '127.0.0.1',
      port: 0,
      isProxy: addressesOf(['127.0.0.1']),
    })
    const haproxy = await startHaproxy(mqttPort, {
      mode: 'tcp',
      server: 'send-proxy-v2 check check-send-proxy inter 100',
    })
    const from = (localAddress: string) =>
      new Promise<number>((resolve) => {
        const socket = connect({ port: haproxy.port, host: '127.0.0.1', localAddress })
        socket.write(encodeConnect({ clientId: 'v', keepAliveS: 0 }))
        socket.once('data', (bytes) => {
          const [packet] = packetsIn(Buffer.from(bytes))
          resolve(packet?.type === 'connack' ? packet.returnCode : -1)
        })
      })
    // The second one from one address is refused, the first one from another is not.
    expect([await from('127.0.0.21'), await from('127.0.0.21'), await from('127.0.0.22')]).toEqual([0, 3, 0])
    expect(fixture.edge.counters().refused).toEqual({ address_connections: 1, quota_exceeded: 1 })
    await haproxy.stop()
    await fixture.close()
  },
)

test.skipIf(!needs('haproxy'))(
  'through HAProxy at the level of HTTP a viewer over WebSocket hears, and is told by the close where to go',
  async () => {
    const fixture = startEdge({ urls: ['wss://e1.example/mqtt'] })
    fixture.publish(
      'roar/$tree/edges',
      JSON.stringify({
        ...{ at: 1, connections: 1, limit: 9, jitterMs: 0 },
        edges: [{ urls: ['wss://e2.example/mqtt'], weight: 1 }],
      }),
      true,
    )
    const haproxy = await startHaproxy(Number(new URL(fixture.url).port), {
      mode: 'http',
      more: ['balance leastconn', 'timeout tunnel 90s'],
    })
    const viewer = await openViewer(
      { ...fixture, webSocketUrl: `ws://127.0.0.1:${haproxy.port}/mqtt` },
      'WebSocket',
      ['roar/final/mood'],
    )
    const before = viewer.heard().length
    fixture.publish('roar/final/mood', '{"at":1}', true)
    await viewer.hears(before + 1)
    const socket = new WebSocket(`ws://127.0.0.1:${haproxy.port}/mqtt`, 'mqtt')
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve))
    await new Promise((resolve) => socket.addEventListener('open', resolve))
    await fixture.edge.drain()
    expect((await closed).reason).toBe('The edge is stopping: go to wss://e2.example/mqtt')
    await haproxy.stop()
    await fixture.close()
  },
)
