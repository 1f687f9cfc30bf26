import { afterEach, expect, test } from 'bun:test'
import { copyFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import mqtt from 'mqtt'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Edge, EdgeOptions } from '../../services/edge/edge.ts'
import { startEdge } from '../../services/edge/edge-fixture.ts'
import { relayRule } from '../../services/edge/relay.ts'
import { makeAuthority } from '../../test/cluster/authority.ts'
import { makeCertificate } from '../../test/cluster/certificate.ts'
import { needs } from '../../test/needs.ts'
import { openMqttPort } from './mqtt-port.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})
const certificate = () => makeCertificate((close) => ends.push(close))
const authority = () => makeAuthority((close) => ends.push(close))

interface Rigged {
  proxies?: string[]
  relayCa?: string
  edge?: Partial<EdgeOptions>
  /** What is done when the port was closed, before it is opened anew. */
  onClosed?: (port: number) => void
  onLog?: (message: string) => void
}

function rig(
  cert: string,
  key: string,
  { proxies = [], relayCa = '', edge: options = {}, onClosed, onLog }: Rigged = {},
) {
  const fixture = startEdge(options)
  ends.push(() => fixture.close())
  fixture.publish('roar/final/mood', 'kept', true)
  const clock = new ManualClock(0)
  const config = {
    host: '127.0.0.1',
    'mqtt-port': 0,
    'mqtt-cert': cert,
    'mqtt-key': key,
    'tls-min': '1.2' as const,
    'edge-proxies': proxies,
    'relay-ca': relayCa,
  }
  const logger = pino({}, { write: (line) => onLog?.(JSON.parse(line).msg) })
  const edge: Edge = {
    ...fixture.edge,
    listenTcp(options) {
      const { port, stop } = fixture.edge.listenTcp(options)
      return {
        port,
        stop() {
          stop()
          onClosed?.(port)
        },
      }
    },
  }
  return { clock, port: openMqttPort({ edge, config, clock, logger, reusePort: false }) }
}

const listen = async (port: number, ca: string) => {
  const options = { servername: 'localhost', ca: readFileSync(ca), reconnectPeriod: 0 }
  const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${port}`, options)
  ends.push(() => client.endAsync(true))
  const heard = new Promise<string>((resolve) =>
    client.once('message', (_topic, payload) => resolve(payload.toString())),
  )
  await client.subscribeAsync('roar/final/mood')
  return { client, heard: await heard }
}

test.skipIf(!needs('openssl'))(
  'a port with a certificate speaks TLS, and takes a new one while viewers stay',
  async () => {
    const [first, second] = [certificate(), certificate()]
    const { clock, port: opening } = rig(first.ca, first.key)
    const { port, stop } = (await opening)!
    ends.push(stop)
    const early = await listen(port, first.ca)
    expect(early.heard).toBe('kept')
    copyFileSync(first.ca, `${first.ca}.before`)
    copyFileSync(second.key, first.key)
    // A certificate and a key that do not belong together are what others leave for a moment.
    clock.advance(10_000)
    await Promise.resolve()
    expect((await listen(port, `${first.ca}.before`)).heard).toBe('kept')
    copyFileSync(second.ca, first.ca)
    utimesSync(first.ca, 1, 1)
    clock.advance(10_000)
    await Promise.resolve()
    expect((await listen(port, second.ca)).heard).toBe('kept')
    expect(early.client.connected).toBe(true)
  },
)

test.skipIf(!needs('openssl'))(
  'a port that another program took while it was opened anew is opened as soon as it is free',
  async () => {
    const { ca, key } = certificate()
    const logged: string[] = []
    let other: { stop(closes: boolean): void } | undefined
    const { clock, port: opening } = rig(ca, key, {
      onClosed(port) {
        other = Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } })
        ends.push(() => other?.stop(true))
      },
      onLog: (message) => logged.push(message),
    })
    const { port, stop } = (await opening)!
    ends.push(stop)
    const look = async (message: string) => {
      logged.length = 0
      clock.advance(10_000)
      while (!logged.includes(message)) await new Promise(setImmediate)
      await new Promise(setImmediate)
    }
    utimesSync(ca, 1, 1)
    await look('the changed files of mqtt-cert cannot be used')
    other!.stop(true)
    await look('loaded the changed files of mqtt-cert')
    expect((await listen(port, ca)).heard).toBe('kept')
  },
)

test.skipIf(!needs('openssl'))(
  'an authority of relays that changes is in use without a restart',
  async () => {
    const [{ ca, key }, first, second] = [certificate(), authority(), authority()]
    const isRelay = relayRule({ secret: '', names: [], behindProxy: false })
    const changed = Promise.withResolvers<void>()
    const { clock, port: opening } = rig(ca, key, {
      relayCa: first.ca,
      edge: { isRelay },
      onLog: (message) => message.includes('loaded the changed') && changed.resolve(),
    })
    const { port, stop } = (await opening)!
    ends.push(stop)
    const takes = async (own: { cert: string; key: string }) => {
      const [cert, ownKey] = [readFileSync(own.cert), readFileSync(own.key)]
      const options = { servername: 'localhost', ca: readFileSync(ca), cert, key: ownKey, reconnectPeriod: 0 }
      const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${port}`, options)
      ends.push(() => client.endAsync(true))
      return client.subscribeAsync('roar/#').then(
        () => true,
        () => false,
      )
    }
    const [one, other] = [first.sign('DNS:e1'), second.sign('DNS:e1')]
    expect([await takes(one), await takes(other)]).toEqual([true, false])
    copyFileSync(second.ca, first.ca)
    utimesSync(first.ca, 1, 1)
    clock.advance(10_000)
    await changed.promise
    expect([await takes(one), await takes(other)]).toEqual([false, true])
  },
)

test.skipIf(!needs('openssl'))('what cannot be TLS stops the start in words', async () => {
  const [{ ca, key }, other] = [certificate(), certificate()]
  writeFileSync(`${ca}.none`, 'none')
  for (const [rigged, words] of [
    [rig(ca, ''), 'mqtt-key: is required with mqtt-cert'],
    [rig('', key), 'mqtt-cert: is required with mqtt-key'],
    [rig(ca, other.key), 'mqtt-cert: cannot be used: it is not that of mqtt-key'],
    [rig(`${ca}.none`, key), 'mqtt-cert: cannot be used'],
    [rig(ca, key, { proxies: ['10.0.0.1'] }), 'mqtt-cert: conflicts with edge-proxies'],
  ] as const)
    await expect(rigged.port).rejects.toThrow(words)
})
