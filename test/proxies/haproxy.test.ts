import { expect, test } from 'bun:test'
import { connect } from 'node:net'
import { encodeConnect } from '../../protocol/mqtt/encode-client.ts'
import { packetsIn, startEdge } from '../../services/edge/edge-fixture.ts'
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
  120_000,
)
