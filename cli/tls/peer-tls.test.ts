import { afterEach, expect, test } from 'bun:test'
import { copyFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { makeAuthority } from '../../test/cluster/authority.ts'
import { temporaryFolder } from '../../test/embedded.ts'
import { needs } from '../../test/needs.ts'
import { keepPeerTls, peerTlsOf } from './peer-tls.ts'

const ends: (() => unknown)[] = []
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end()
})

test.skipIf(!needs('openssl'))(
  'the next connection has the certificate and the authority that are there by then, unless they cannot be used',
  async () => {
    const [first, second] = [1, 2].map(() => makeAuthority((close) => ends.push(close))) as [
      Authority,
      Authority,
    ]
    const [own, next] = [first.sign('DNS:e1'), second.sign('DNS:e1')]
    const config = { 'pubsub-ca': first.ca, 'pubsub-cert': own.cert, 'pubsub-key': own.key }
    const clock = new ManualClock(Date.now())
    const logger = pino({ level: 'silent' })
    const kept = keepPeerTls('upstream', { config, url: 'mqtts://a', clock, logger })
    ends.push(kept.stop)
    const before = kept.tls()
    const look = async (file: string) => {
      utimesSync(file, 1, 1)
      clock.advance(10_000)
      await new Promise(setImmediate)
    }
    writeFileSync(first.ca, 'none')
    await look(first.ca)
    expect(kept.tls()).toBe(before)
    copyFileSync(second.ca, first.ca)
    copyFileSync(next.cert, own.cert)
    copyFileSync(next.key, own.key)
    await look(first.ca)
    const [ca, cert, key] = [second.ca, next.cert, next.key].map((file) => readFileSync(file, 'utf8'))
    expect(kept.tls()).toMatchObject({ ca, cert, key })
    const left = kept.metrics[0]!.read() as number
    clock.advance(43_200_000)
    expect(kept.metrics[0]!.read() as number).toBeCloseTo(left - 43_200, 3)
  },
)

test('an authority is refused where no address of the role uses TLS: it would seem to verify a connection in the clear', () => {
  using folder = temporaryFolder()
  const ca = join(folder.path, 'ca.pem')
  writeFileSync(ca, rootCertificates[0]!)
  const config = { 'pubsub-ca': ca, 'pubsub-cert': '', 'pubsub-key': '' }
  const tlsTo = (url: string, others = {}) =>
    peerTlsOf('pubsub', { config: { ...config, ...others }, url, nowMs: Date.now() })
  expect(() => tlsTo('mqtt://b:1,ws://b/mqtt')).toThrow('pubsub-ca: needs TLS: pubsub has no mqtts://')
  expect(tlsTo('mqtt://b:1,wss://b/mqtt')).toEqual({ ca: rootCertificates[0]! })
  // A bridge may have its own broker beside it, in the clear, and the central one far away.
  expect(tlsTo('mqtt://b:1', { upstream: 'mqtts://a:1', pubsub: 'mqtt://b:1' })).toHaveProperty('ca')
})

type Authority = ReturnType<typeof makeAuthority>
