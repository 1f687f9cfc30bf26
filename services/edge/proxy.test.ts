import { afterEach, expect, spyOn, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { LoopShare } from '../../engine/loop-share.ts'
import { encodeConnect, encodePingreq } from '../../protocol/mqtt/encode-client.ts'
import { addressesOf } from '../http/address-ranges.ts'
import { type EdgeFixture, packetsIn, startEdge } from './edge-fixture.ts'
import { relayRule } from './relay.ts'

let fixture: EdgeFixture
const open: Socket[] = []
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await fixture.close()
})

/** What a load balancer says of a viewer at this IPv4 address. */
const header = (address: string) =>
  Buffer.from([
    ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, 12],
    ...[...address.split('.').map(Number), 127, 0, 0, 1, 0xc0, 0, 7, 91],
  ])
const CONNECT = Buffer.from(encodeConnect({ clientId: 'v', keepAliveS: 0 }))

/** Connects to a port whose load balancer is this machine, says something, and settles with the first packet or the end. */
const says = (...pieces: Buffer[]): Promise<string> => saysBehind('127.0.0.0/8', pieces)

async function saysBehind(proxies: string, pieces: Buffer[]): Promise<string> {
  const { port } = fixture.edge.listenTcp({ hostname: '127.0.0.1', port: 0, isProxy: addressesOf([proxies]) })
  const socket = connect(port, '127.0.0.1')
  open.push(socket)
  const heard = new Promise<string>((resolve) => {
    socket.once('data', (bytes) => {
      const [packet] = packetsIn(Buffer.from(bytes))
      resolve(packet?.type === 'connack' ? `connack ${packet.returnCode}` : 'something else')
    })
    socket.once('close', () => resolve('closed'))
    socket.on('error', () => socket.destroy())
  })
  for (const piece of pieces) {
    socket.write(piece)
    await new Promise<void>((resume) => setImmediate(resume))
  }
  return heard
}

test('behind a load balancer each viewer is limited by its own address, however the bytes fall', async () => {
  fixture = startEdge({ limits: { addressConnectionsMax: 1 } })
  const [head, tail] = [header('192.0.2.7').subarray(0, 9), header('192.0.2.7').subarray(9)]
  expect(await says(head, tail, CONNECT)).toBe('connack 0')
  expect(await says(Buffer.concat([header('192.0.2.7'), CONNECT]))).toBe('connack 3')
  expect(await says(Buffer.concat([header('192.0.2.8'), CONNECT]))).toBe('connack 0')
})

test('an IPv4 address that a load balancer writes as IPv6 is that address, whatever it says beside it', async () => {
  fixture = startEdge({ limits: { addressConnectionsMax: 1 } })
  const mapped = (address: string) => [...Array(10).fill(0), 0xff, 0xff, ...address.split('.').map(Number)]
  // A name of 3 bytes, as `send-proxy-v2-ssl-cn` adds some (section 2.2.1).
  const aside = [0x02, 0, 3, 0x61, 0x2e, 0x62]
  const come = (address: string) => {
    const addresses = [...mapped(address), ...mapped('127.0.0.1'), 0xc0, 0, 7, 91]
    const body = [...addresses, ...aside]
    const head = [...header('192.0.2.7').subarray(0, 13), 0x21, 0, body.length]
    return says(Buffer.concat([Buffer.from([...head, ...body]), CONNECT]))
  }
  expect(await come('192.0.2.7')).toBe('connack 0')
  expect(await come('192.0.2.7')).toBe('connack 3')
  expect(await come('192.0.2.8')).toBe('connack 0')
})

test('from a load balancer nothing is taken without its header', async () => {
  fixture = startEdge()
  expect(await says(CONNECT)).toBe('closed')
  expect(fixture.edge.counters().refused).toEqual({ proxy_header: 1 })
})

test('a header is no packet: not a second one, nor one from who is no load balancer', async () => {
  fixture = startEdge()
  expect(await says(Buffer.concat([header('192.0.2.7'), header('192.0.2.8'), CONNECT]))).toBe('closed')
  expect(await saysBehind('192.0.2.0/24', [header('192.0.2.7'), CONNECT])).toBe('closed')
  expect(await saysBehind('192.0.2.0/24', [CONNECT])).toBe('connack 0')
  expect(fixture.edge.counters().refused).toEqual({ protocol_error: 2 })
})

test('a header that does not come to its end is waited for as long as a CONNECT, and counted', async () => {
  fixture = startEdge({ limits: { connectTimeoutMs: 1_000 } })
  expect(await says(header('192.0.2.7').subarray(0, 9))).toBe('closed')
  expect(fixture.edge.counters()).toMatchObject({
    refused: { proxy_header: 1 },
    connections: { tcp: { connecting: 0 } },
  })
})

test('who comes through one is no relay for coming from this machine', async () => {
  const seen: boolean[] = []
  fixture = startEdge({
    isRelay: ({ local }) => {
      seen.push(local)
      return relayRule({ secret: '', behindProxy: false })({ password: undefined, local })
    },
  })
  expect(await says(Buffer.concat([header('127.0.0.1'), CONNECT]))).toBe('connack 0')
  expect(seen).toEqual([false])
})

test('much behind its header in one piece waits for its turn, as it does without one', async () => {
  fixture = startEdge()
  using waits = spyOn(LoopShare.prototype, 'add')
  const pings = Array<Uint8Array>(2_000).fill(encodePingreq())
  expect(await says(Buffer.concat([header('192.0.2.7'), CONNECT, ...pings]))).toBe('connack 0')
  expect(waits).toHaveBeenCalled()
})

test('addresses and ranges of load balancers', () => {
  const isProxy = addressesOf(['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'])!
  const asked = [
    '10.1.2.3',
    '::ffff:10.1.2.3',
    '2001:db8:1::1',
    '192.0.2.1',
    '192.0.2.2',
    '2001:db9::1',
    '',
    'x',
  ]
  expect(asked.map(isProxy)).toEqual([true, true, true, true, false, false, false, false])
  for (const bad of ['10.0.0.0/33', 'host', '10.0.0.0/', '10.0.0.0/a', ''])
    expect(addressesOf([bad])).toBeUndefined()
})
