import { afterEach, describe, expect, test } from 'bun:test'
import { mqttPubSub } from '../../adapters/mqtt/pubsub-mqtt.ts'
import type { RoleName } from '../../deploy/cluster/cluster.ts'
import { type Mosquitto, startMosquitto } from '../../deploy/programs/mosquitto.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { makeCertificate } from './certificate.ts'
import { launchRole } from './launch-role.ts'
import { serialPacket, Viewers } from './viewers.ts'

const MOOD = 'roar/final/mood'

const closers: (() => unknown)[] = []
const later = (close: () => unknown) => void closers.push(close)
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
}, HANG_MS)

async function broker(settings = ''): Promise<Mosquitto> {
  const started = await startMosquitto({ settings })
  closers.push(() => started.close())
  return started
}

const launch = (role: RoleName, ...flags: string[]) => launchRole({ role, flags, later })

/** Publishes one message to a broker, and resolves when the broker has it. */
async function say(url: string, serial: number): Promise<void> {
  const pubsub = mqttPubSub({ url })
  pubsub.publish({ topic: MOOD, payload: serialPacket(serial), retain: true })
  await pubsub.close()
}

async function watch(port: number): Promise<Viewers> {
  const viewers = await Viewers.watch(port, 2)
  closers.push(() => viewers.close())
  return viewers
}

const moodOf = async (url: string) => (await fetch(`${url}/v1/shows/final/mood`)).json()

describe.skipIf(!needs('mosquitto'))('roar edge --upstream', () => {
  test('is not ready before anything was heard, and stays ready with what it has when the upstream goes', async () => {
    const main = await broker()
    await main.kill()
    const edge = await launch('edge', '--upstream', main.url)
    await edge.until(503)
    await main.restart()
    await say(main.url, 1)
    await edge.until(200)
    while ((await moodOf(edge.url)).serial !== 1) await Bun.sleep(20)
    // A broker may still be delivering retained values: until then the edge cannot know that there is no such show.
    const nowhere = async () => (await fetch(`${edge.url}/v1/shows/nowhere/mood`)).status
    while ((await nowhere()) === 503) await Bun.sleep(20)
    expect(await nowhere()).toBe(404)
    await main.kill()
    const metric = async () =>
      (await (await fetch(`${edge.url}/metrics`)).text()).includes('roar_upstream_up 0')
    while (!(await metric())) await Bun.sleep(20)
    expect((await fetch(`${edge.url}/readyz`)).status).toBe(200)
    await main.restart()
    await say(main.url, 2)
    while ((await moodOf(edge.url)).serial !== 2) await Bun.sleep(20)
  })

  test('says goodbye with 1001 on SIGTERM and exits 0', async () => {
    const main = await broker()
    await say(main.url, 1)
    const edge = await launch('edge', '--upstream', main.url)
    await edge.until(200)
    const socket = new WebSocket(`${edge.url.replace('http', 'ws')}/mqtt`, 'mqtt')
    const heard = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<number>()
    socket.onopen = () => {
      socket.send(encodeConnect({ clientId: 'viewer', keepAliveS: 60 }))
      socket.send(encodeSubscribe(1, [MOOD]))
    }
    socket.onmessage = () => heard.resolve()
    socket.onclose = ({ code }) => closed.resolve(code)
    await heard.promise
    edge.child.kill('SIGTERM')
    expect(await closed.promise).toBe(1001)
    expect(await edge.child.exited).toBe(0)
  })

  test('takes from an edge with a secret only where it knows it, and says so where it does not', async () => {
    const main = await broker()
    await say(main.url, 1)
    const port = await freePort()
    const secret = 'known to edges and bridges alone'
    const upper = await launch(
      'edge',
      '--upstream',
      main.url,
      '--mqtt-port',
      `${port}`,
      '--relay-secret',
      secret,
    )
    await upper.until(200)
    const stranger = await launch('edge', '--upstream', `mqtt://127.0.0.1:${port}`)
    expect(await stranger.child.exited).toBe(1)
    expect(await stranger.said()).toContain('relay-secret')
    const upstream = `mqtt://relay:${encodeURIComponent(secret)}@127.0.0.1:${port}`
    const lower = await launch('edge', '--upstream', upstream)
    await lower.until(200)
    while ((await moodOf(lower.url)).serial !== 1) await Bun.sleep(20)
  })

  test.skipIf(!needs('openssl'))(
    'takes over TLS from a broker whose authority it is told, and from no other',
    async () => {
      const { ca, key } = makeCertificate(later)
      const port = await freePort()
      const main = await broker(`listener ${port} 127.0.0.1\ncertfile ${ca}\nkeyfile ${key}`)
      await say(main.url, 1)
      const upstream = ['--upstream', `mqtts://localhost:${port}`]
      const trusting = await launch('edge', ...upstream, '--pubsub-ca', ca)
      await trusting.until(200)
      while ((await moodOf(trusting.url)).serial !== 1) await Bun.sleep(20)
      const other = await launch('edge', ...upstream)
      await other.until(503)
      for await (const line of other.child.stderr.pipeThrough(new TextDecoderStream())) {
        if (line.includes('certificate')) break
      }
    },
  )

  test('without an address it does not start', async () => {
    const edge = await launch('edge')
    expect(await edge.child.exited).toBe(2)
    expect(await edge.said()).toContain('upstream: is missing')
  })
})

describe.skipIf(!needs('mosquitto'))('roar bridge', () => {
  test('tells a broker that came back without its memory the newest of each topic again', async () => {
    const [main, own] = [await broker(), await broker()]
    await say(main.url, 1)
    const bridge = await launch('bridge', '--upstream', main.url, '--pubsub', own.url)
    await bridge.until(200)
    const before = await watch(own.port)
    await before.hear(MOOD, 1)
    before.close()
    await own.kill()
    await bridge.until(503)
    await say(main.url, 2)
    await own.restart()
    await bridge.until(200)
    const after = await watch(own.port)
    await after.hear(MOOD, 2)
    expect(after.serials(MOOD)).toEqual([[2]])
    bridge.child.kill('SIGTERM')
    expect(await bridge.child.exited).toBe(0)
  })

  test('between two names of one broker, or through an edge back to it, carries nothing and exits 1', async () => {
    const main = await broker()
    await say(main.url, 1)
    const port = await freePort()
    const edge = await launch('edge', '--upstream', main.url, '--mqtt-port', `${port}`)
    await edge.until(200)
    for (const upstream of [main.url.replace('127.0.0.1', 'localhost'), `mqtt://127.0.0.1:${port}`]) {
      const bridge = await launch('bridge', '--upstream', upstream, '--pubsub', main.url)
      expect(await bridge.child.exited).toBe(1)
      expect(await bridge.said()).toContain('close a loop')
    }
    const viewers = await watch(main.port)
    await say(main.url, 2)
    await viewers.hear(MOOD, 2)
    expect(viewers.serials(MOOD)).toEqual([[1, 2]])
  })

  test('towards an edge says that edges take no packets', async () => {
    const [main, other] = [await broker(), await broker()]
    const port = await freePort()
    const edge = await launch('edge', '--upstream', other.url, '--mqtt-port', `${port}`)
    await edge.until(200)
    const bridge = await launch('bridge', '--upstream', main.url, '--pubsub', `mqtt://127.0.0.1:${port}`)
    let said = ''
    for await (const line of bridge.child.stderr.pipeThrough(new TextDecoderStream())) {
      said += line
      if (/pubsub is waiting: [^"]*not offered/.test(said)) break
    }
    expect(said).toContain('not offered')
  })

  test.each([
    [['--pubsub', 'mqtt://127.0.0.1:1'], 'upstream: is missing'],
    [['--upstream', 'mqtt://127.0.0.1:1'], 'pubsub: is missing'],
    [
      ['--upstream', 'mqtt://127.0.0.1:1', '--pubsub', 'mqtt://127.0.0.1:1'],
      'pubsub: is the same as upstream',
    ],
    [['--upstream', 'kafka://127.0.0.1:1'], 'is not an address like'],
    [
      ['--upstream', 'mqtts://127.0.0.1:1', '--pubsub', 'mqtt://127.0.0.1:2', '--pubsub-ca', '/nowhere.pem'],
      'cannot be read',
    ],
  ])('%j does not start', async (flags, sentence) => {
    const bridge = await launch('bridge', ...flags)
    expect(await bridge.child.exited).toBe(2)
    expect(await bridge.said()).toContain(sentence)
  })
})
