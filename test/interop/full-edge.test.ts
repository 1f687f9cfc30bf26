import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { openViewer, startEdge } from '../../services/edge/edge-fixture.ts'
import { needs } from '../needs.ts'
import { until } from '../until.ts'

/** Third-party clients, which do not follow an edge's redirects, at a full edge. */

const PYTHON = '/usr/bin/python3'
const hasPaho = () => Bun.spawnSync([PYTHON, '-c', 'import paho.mqtt.client']).success

const withMood = (connectionsMax: number) => {
  const edge = startEdge({ limits: { connectionsMax } })
  edge.publish('roar/final/mood', '{"n":3,"total":3,"top":[["heart",3,3]]}', true)
  return edge
}

describe.each([4, 5] as const)('mqtt.js, level %i', (protocolVersion) => {
  const options = { protocolVersion, reconnectPeriod: 10 }
  let [full, free]: ReturnType<typeof withMood>[] = []
  beforeEach(async () => {
    full = withMood(1)
    free = withMood(9)
    await openViewer(full, 'TCP')
  })
  afterEach(() => Promise.all([full!.close(), free!.close()]))

  const hearsAfterRefusal = async (client: MqttClient) => {
    // Refusals raise errors; what matters is that it retries.
    client.on('error', () => {})
    const heard = new Promise<string>((resolve) => client.on('message', (topic) => resolve(topic)))
    client.on('connect', () => client.subscribe('roar/final/mood'))
    expect(await heard).toBe('roar/final/mood')
    await client.endAsync(true)
    // A second one where the machine is so slow that it tries again before its first attempt has ended.
    expect(full!.edge.counters().refused.overloaded).toBeGreaterThan(0)
  }

  test('over TCP with a list of addresses is at the next one after a refusal', async () => {
    const servers = [full!, free!].map(
      ({ tcpPort }) => ({ protocol: 'mqtt', host: '127.0.0.1', port: tcpPort }) as const,
    )
    await hearsAfterRefusal(mqtt.connect({ ...options, servers, reconnectOnConnackError: true }))
  })

  test('over WebSocket that is given the next address at each attempt is there after a refusal', async () => {
    const urls = [full!.laneUrl, free!.laneUrl]
    let attempts = 0
    const transformWsUrl = () => urls[attempts++ % urls.length]!
    await hearsAfterRefusal(mqtt.connect(urls[0]!, { ...options, transformWsUrl }))
  })
})

test.skipIf(!needs('paho-mqtt', hasPaho()))(
  'examples/listen.py that finds an edge full is there soon after somebody has left',
  async () => {
    const edge = withMood(1)
    const first = await openViewer(edge, 'TCP')
    const script = join(import.meta.dir, '../../examples/listen.py')
    const child = Bun.spawn([PYTHON, script, 'final', '127.0.0.1', `${edge.tcpPort}`], { stdout: 'pipe' })
    await until(() => (edge.edge.counters().refused.overloaded ?? 0) > 0)
    first.close()
    let said = ''
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += text
      if (said.endsWith('\n')) break
    }
    expect(said).toBe('3 now, 3 so far: heart 3\n')
    child.kill()
    await child.exited
    await edge.close()
  },
)
