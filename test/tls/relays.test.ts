import { afterEach, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import mqtt from 'mqtt'
import { makeAuthority } from '../cluster/authority.ts'
import { launchRole } from '../cluster/launch-role.ts'
import { startRoar } from '../embedded.ts'
import { needs } from '../needs.ts'

const SECRET = 'known to edges and bridges alone'
const NAME = 'DNS:e1.edges.example'
const ends: (() => unknown)[] = []
const later = (end: () => unknown) => void ends.push(end)
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Roar with TLS on both ports, which takes relays by certificates of an authority and one of these names. */
async function parent(...flags: string[]) {
  const [servers, relays] = [makeAuthority(later), makeAuthority(later)]
  const { cert, key } = servers.sign('DNS:localhost')
  const roar = await startRoar(
    ...['--tls-cert', cert, '--tls-key', key],
    ...['--mqtt-port', '0', '--mqtt-cert', cert, '--mqtt-key', key],
    ...['--relay-ca', relays.ca, '--relay-names', '*.edges.example', ...flags],
  )
  later(() => roar.stop())
  const addresses = {
    mqtts: `mqtts://localhost:${roar.mqttPort}`,
    wss: `wss://localhost:${new URL(roar.url).port}/mqtt`,
  }
  return { relays, addresses, serverCa: servers.ca, roar }
}

/** What a client with this certificate is granted for the filter of relays, for everything else, and for what viewers may have. */
async function grantedBy(
  url: string,
  ca: string,
  own?: { cert: string; key: string },
  password?: string,
): Promise<number[]> {
  const client = await mqtt.connectAsync(url, {
    ca: readFileSync(ca, 'utf8'),
    ...(own && { cert: readFileSync(own.cert, 'utf8'), key: readFileSync(own.key, 'utf8') }),
    ...(password !== undefined && { username: 'relay', password }),
    protocolVersion: 5,
    reconnectPeriod: 0,
  })
  later(() => client.endAsync(true))
  const granted = (filter: string) =>
    new Promise<number>((resolve) =>
      client.subscribe(filter, (error, grants = [], packet) =>
        resolve((packet?.granted[0] as number) ?? grants[0]?.qos ?? (error as { code?: number })?.code),
      ),
    )
  return [await granted('roar/#'), await granted('#'), await granted('roar/final/mood')]
}

const A_RELAY = [0, 0x8f, 0]
const A_VIEWER = [0x8f, 0x8f, 0]

describe.skipIf(!needs('openssl')).each([
  ['mqtts', 'on'],
  ['wss', 'on'],
  ['wss', 'off'],
] as const)('over %s, with the fast lane %s', (scheme, lane) => {
  test('a relay is who presents a certificate of the authority with a name of the list, or the secret; all others are viewers', async () => {
    const { relays, addresses, serverCa } = await parent('--fast-lane', lane, '--relay-secret', SECRET)
    const granted = (own?: { cert: string; key: string }, password?: string) =>
      grantedBy(addresses[scheme], serverCa, own, password)
    expect(await granted(relays.sign(`URI:spiffe://e,DNS:e.example,${NAME}`))).toEqual(A_RELAY)
    expect(await granted(undefined, SECRET)).toEqual(A_RELAY)
    const others = {
      none: undefined,
      'of another authority': makeAuthority(later).sign(NAME),
      expired: relays.sign(NAME, -1),
      'of no name of the list': relays.sign('DNS:edges.example,DNS:a.e1.edges.example'),
      'of a name that has one of the list in it': relays.sign(
        '@names\n[names]\nDNS.1="e, DNS:e1.edges.example"',
      ),
    }
    for (const [why, own] of Object.entries(others))
      expect([why, await granted(own)]).toEqual([why, A_VIEWER])
  })
})

test.skipIf(!needs('openssl'))(
  'an edge takes from a parent by its certificate, and without it is told what is missing',
  async () => {
    const { relays, addresses, serverCa, roar } = await parent()
    const own = relays.sign(NAME)
    const upstream = ['--upstream', addresses.mqtts, '--pubsub-ca', serverCa]
    const edge = await launchRole({
      role: 'edge',
      flags: [...upstream, '--pubsub-cert', own.cert, '--pubsub-key', own.key],
      later,
    })
    const stranger = await launchRole({ role: 'edge', flags: upstream, later })
    await edge.until(200)
    expect(await stranger.child.exited).toBe(1)
    expect(await stranger.said()).toContain('pubsub-cert')
    expect(roar.things.edge!.edge.counters().connections.tcp.v5).toBe(1)
    const metrics = await (await fetch(`${edge.url}/metrics`)).text()
    expect(Number(/^roar_pubsub_certificate_expires_seconds (\S+)/m.exec(metrics)?.[1]) / 86_400).toBeCloseTo(
      1,
      1,
    )
  },
)

test.skipIf(!needs('openssl'))('what cannot be stops a start in words', async () => {
  const authority = makeAuthority(later)
  const { cert, key } = authority.sign(NAME)
  const other = authority.sign(NAME)
  const expired = authority.sign(NAME, -1)
  const own = ['--pubsub-cert', cert, '--pubsub-key', key]
  const tls = ['--tls-cert', cert, '--tls-key', key]
  const edge = ['--upstream', 'wss://127.0.0.1:1/mqtt']
  const wrong = [
    [[...edge, '--pubsub-cert', cert], 'pubsub-key: is required with pubsub-cert'],
    [[...edge, '--pubsub-key', key], 'pubsub-cert: is required with pubsub-key'],
    [
      [...edge, ...own, '--pubsub-key', other.key],
      'pubsub-cert: cannot be used: it is not that of pubsub-key',
    ],
    [[...edge, '--pubsub-cert', expired.cert, '--pubsub-key', expired.key], 'cannot be used: it expired'],
    [['--upstream', 'mqtt://a:1,ws://b/mqtt', ...own], 'upstream has no mqtts:// or wss:// address'],
    [[...edge, '--pubsub-ca', key], 'pubsub-ca: cannot be used: it contains no certificate'],
    [[...edge, '--relay-ca', authority.ca], 'relay-ca: needs a port with TLS'],
    [
      [...edge, '--relay-ca', authority.ca, '--mqtt-cert', cert, '--mqtt-key', key],
      'set tls-cert, or mqtt-port',
    ],
    [[...edge, ...tls, '--relay-ca', key], 'relay-ca: cannot be used: it contains no certificate'],
    [[...edge, ...tls, '--relay-ca', expired.cert], 'relay-ca: cannot be used: it expired'],
    [[...edge, ...tls, '--relay-ca', '/nowhere'], 'relay-ca: "/nowhere" cannot be read'],
    [[...edge, '--relay-names', 'e1.edges.example'], 'relay-names: needs relay-ca'],
    [[...edge, '--relay-names', 'e*.edges.example'], 'has one that is not like'],
  ] as const
  const starts = wrong.map(async ([flags, words]) => {
    const { child, said } = await launchRole({ role: 'edge', flags: [...flags], later })
    expect([await child.exited, await said()]).toEqual([2, expect.stringContaining(words)])
  })
  await Promise.all(starts)
})
