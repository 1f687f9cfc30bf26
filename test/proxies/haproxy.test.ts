import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeConnect } from '../../protocol/mqtt/encode-client.ts'
import { freePort, packetsIn, startEdge } from '../../services/edge/edge-fixture.ts'
import { addressesOf } from '../../services/http/address-ranges.ts'
import { needs } from '../needs.ts'

const isThere = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

/** HAProxy before a port of MQTT, with PROXY headers of version 2 and health checks. */
async function startHaproxy(mqttPort: number) {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'haproxy-'))
  const file = join(folder, 'haproxy.cfg')
  const server = `server edge 127.0.0.1:${mqttPort} send-proxy-v2 check check-send-proxy inter 100`
  const times = 'timeout connect 5s\n  timeout client 60s\n  timeout server 60s'
  writeFileSync(
    file,
    `defaults\n  mode tcp\n  ${times}\nlisten mqtt\n  bind 127.0.0.1:${port}\n  ${server}\n`,
  )
  const child = Bun.spawn(['haproxy', '-db', '-f', file], { stdout: 'ignore', stderr: 'ignore' })
  while (!(await isThere(port))) await Bun.sleep(10)
  return {
    port,
    async stop() {
      child.kill()
      await child.exited
      rmSync(folder, { recursive: true })
    },
  }
}

test.skipIf(!needs('haproxy'))(
  'behind HAProxy a viewer is known by its own address, and health checks are no viewers',
  async () => {
    const fixture = startEdge({ limits: { addressConnectionsMax: 1 }, limitLoopback: true })
    const { port: mqttPort } = fixture.edge.listenTcp({
      hostname: '127.0.0.1',
      port: 0,
      isProxy: addressesOf(['127.0.0.1']),
    })
    const haproxy = await startHaproxy(mqttPort)
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
  20_000,
)
