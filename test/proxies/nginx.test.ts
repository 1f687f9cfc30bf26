import { afterEach, describe, expect, test } from 'bun:test'
import { connect, type MoodPacket, type Roar } from '../../sdk/src/index.ts'
import { startRoar } from '../embedded.ts'
import { needs } from '../needs.ts'
import { hasNginx, startNginx } from './nginx.ts'

const PUBLIC = 'https://roar.example/live'
const UPGRADE =
  'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;'
const HOST = 'proxy_set_header Host $http_host;'
const FORWARDED =
  'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function roar(...flags: string[]) {
  const roar = await startRoar(...flags)
  ends.push(() => roar.stop())
  return roar
}

async function nginx(...servers: Parameters<typeof startNginx>[0]) {
  const nginx = await startNginx(servers)
  ends.push(() => nginx.stop())
  return nginx.urls
}

function join(url: string): Roar {
  const client = connect({ url, show: 'final' })
  ends.push(() => client.close())
  return client
}

const document = async (url: string) =>
  (await (await fetch(`${url}/v1/shows/final`)).json()) as { pubsub: string[] }

const next = (client: Roar, fits: (mood: MoodPacket) => boolean): Promise<MoodPacket> =>
  new Promise((resolve) => client.on('mood', (mood) => fits(mood) && resolve(mood)))

describe.skipIf(!needs('nginx', hasNginx()))('behind nginx', () => {
  test('one that passes everything on: live by MQTT, taps counted', async () => {
    const { url } = await roar('--trust-proxy', 'true')
    const [front] = await nginx(() => `location / { proxy_pass ${url}; ${UPGRADE} ${HOST} ${FORWARDED} }`)
    const client = join(front!)
    await client.ready()
    expect(client.status()).toEqual({ state: 'live', over: 'mqtt' })
    const counted = next(client, ({ total }) => total === 1)
    client.react('heart')
    await counted
  })

  for (const [name, target] of [
    ['takes the path off', '/'],
    ['leaves the path', ''],
  ] as const) {
    test(`one that serves Roar below a path and ${name}: the page's files, the client, the address`, async () => {
      const { url } = await roar('--public-url', PUBLIC, '--trust-proxy', 'true')
      const [front] = await nginx(
        () => `location /live/ { proxy_pass ${url}${target}; ${UPGRADE} ${HOST} ${FORWARDED} }`,
      )
      const at = `${front}/live`
      expect((await document(at)).pubsub).toEqual(['wss://roar.example/live/mqtt'])
      const page = await (await fetch(`${at}/`)).text()
      const files = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(
        ([, path]) => new URL(path!, `${at}/`).href,
      )
      expect(files.length).toBeGreaterThan(2)
      for (const file of files)
        expect({ file, status: (await fetch(file)).status }).toEqual({ file, status: 200 })
      // The public address leads nowhere here, so the client takes the one that it reached.
      const client = join(at)
      await client.ready()
      client.react('heart')
      expect(await client.once('accepted')).toMatchObject({ stickers: { heart: 1 } })
    })
  }

  test('one that writes its own Host: the client finds its way, and the public address is told', async () => {
    const { url } = await roar('--trust-proxy', 'true')
    // Nothing is set: nginx passes the upstream's name on as the Host, by HTTP/1.0.
    const [bare] = await nginx(() => `location / { proxy_pass ${url}; ${FORWARDED} }`)
    const client = join(bare!)
    client.react('heart')
    expect(await client.once('accepted')).toMatchObject({ stickers: { heart: 1 } })
    const set = await roar('--public-url', 'https://roar.example', '--trust-proxy', 'true')
    const [front] = await nginx(() => `location / { proxy_pass ${set.url}; ${FORWARDED} }`)
    expect((await document(front!)).pubsub).toEqual(['wss://roar.example/mqtt'])
  })

  test('one that lists two protocols, or writes one in capitals: wss', async () => {
    const { url } = await roar('--trust-proxy', 'true')
    for (const proto of ['https,http', 'HTTPS']) {
      const [front] = await nginx(
        () => `location / { proxy_pass ${url}; ${HOST} proxy_set_header X-Forwarded-Proto "${proto}"; }`,
      )
      expect((await document(front!)).pubsub).toEqual([`wss://${new URL(front!).host}/mqtt`])
    }
  })

  test('two that buffer, one after the other, without WebSocket: mood within seconds, and it stays', async () => {
    const { url } = await roar('--trust-proxy', 'true')
    const http11 = 'proxy_http_version 1.1; proxy_set_header Connection "";'
    const [, outer] = await nginx(
      () => `location / { proxy_pass ${url}; ${http11} ${HOST} ${FORWARDED} }`,
      ([inner]) => `location / { proxy_pass ${inner}; ${http11} ${HOST} ${FORWARDED} }`,
    )
    const client = join(outer!)
    const since = performance.now()
    const states: string[] = []
    client.on('status', ({ state }) => states.push(state))
    const counted = next(client, ({ total }) => total === 1)
    client.react('heart')
    await counted
    await client.ready()
    // Each way out of the buffers takes seconds, and one that is none takes for ever.
    expect(performance.now() - since).toBeLessThan(60_000)
    expect(states.at(-1)).toBe(client.status().state)
  })
})
