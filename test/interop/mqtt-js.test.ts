import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { startEdge } from '../../services/edge/edge-fixture.ts'

let fixture: ReturnType<typeof startEdge>
beforeAll(() => {
  fixture = startEdge()
  fixture.publish('roar/final/mood', 'kept', true)
})
afterAll(() => fixture.close())

/** Turns what a client receives into lines that can be awaited one by one. */
function hear(client: MqttClient): () => Promise<string> {
  const heard: string[] = []
  let wake = () => {}
  client.on('message', (topic, payload, { retain }) => {
    heard.push(`${topic} ${retain ? 1 : 0} ${payload.toString()}`)
    wake()
  })
  return async () => {
    while (heard.length === 0) {
      await new Promise<void>((resume) => {
        wake = resume
      })
    }
    return heard.shift()!
  }
}

for (const transport of ['WebSocket', 'TCP']) {
  for (const protocolVersion of [4, 5] as const) {
    describe(`mqtt.js over ${transport}, version ${protocolVersion}`, () => {
      const connect = (options: IClientOptions = {}) => {
        const url = transport === 'TCP' ? `mqtt://127.0.0.1:${fixture.tcpPort}` : fixture.webSocketUrl
        return mqtt.connectAsync(url, { protocolVersion, reconnectPeriod: 0, ...options })
      }

      test('hears the retained value, then what is live, once, through overlapping filters', async () => {
        const client = await connect()
        const next = hear(client)
        await client.subscribeAsync(['roar/final/mood', 'roar/final/+', 'roar/final/#'])
        expect(await next()).toBe('roar/final/mood 1 kept')
        fixture.publish('roar/final/mood', 'live')
        fixture.publish('roar/final/feed', 'post')
        expect(await next()).toBe('roar/final/mood 0 live')
        expect(await next()).toBe('roar/final/feed 0 post')
        await client.endAsync()
      })

      test('hears nothing more of what it unsubscribed', async () => {
        const client = await connect()
        const next = hear(client)
        await client.subscribeAsync(['roar/final/feed', 'roar/final/show'])
        await client.unsubscribeAsync('roar/final/feed')
        fixture.publish('roar/final/feed', 'not for it')
        fixture.publish('roar/final/show', '9')
        expect(await next()).toBe('roar/final/show 0 9')
        await client.endAsync()
      })

      test('is cut off when it publishes, and its neighbour goes on hearing', async () => {
        const [neighbour, talker] = [await connect(), await connect()]
        const next = hear(neighbour)
        await neighbour.subscribeAsync('roar/final/feed')
        const closed = new Promise<void>((resolve) => talker.once('close', () => resolve()))
        talker.publish('roar/final/feed', 'hijacked', { qos: 0 })
        await closed
        fixture.publish('roar/final/feed', 'still here')
        expect(await next()).toBe('roar/final/feed 0 still here')
        await neighbour.endAsync()
        await talker.endAsync()
      })

      test('stays connected by its pings', async () => {
        const client = await connect({ keepalive: 1 })
        await new Promise<void>((resolve) =>
          client.on('packetreceive', ({ cmd }) => {
            if (cmd === 'pingresp') resolve()
          }),
        )
        expect(client.connected).toBe(true)
        await client.endAsync()
      })
    })
  }
}
