import { expect, test } from 'bun:test'
import { ownPubsub } from './own-pubsub.ts'

const ask = (headers: Record<string, string>) => new Request('http://roar.test/v1/shows/final', { headers })

test('viewers connect where they came in: by the Host, and by TLS where the trusted proxy had it', () => {
  const plain = ownPubsub({ publicUrl: '', trustProxy: false, onDoubt: () => {} })
  expect(plain(ask({ host: 'roar.test:7766' }))).toBe('ws://roar.test:7766/mqtt')
  const behind = ownPubsub({ publicUrl: '', trustProxy: true, onDoubt: () => {} })
  for (const proto of ['https', 'HTTPS', 'https,http', 'http, https']) {
    expect(behind(ask({ host: 'roar.test', 'x-forwarded-proto': proto }))).toBe('wss://roar.test/mqtt')
  }
})

test('a public address stands whatever a proxy makes of the Host, and a client of X-Forwarded-Host', () => {
  const own = ownPubsub({ publicUrl: 'https://roar.test/live', trustProxy: true, onDoubt: () => {} })
  expect(own(ask({ host: '127.0.0.1:7766', 'x-forwarded-host': 'evil.test' }))).toBe(
    'wss://roar.test/live/mqtt',
  )
  const without = ownPubsub({ publicUrl: '', trustProxy: true, onDoubt: () => {} })
  expect(without(ask({ host: 'roar.test', 'x-forwarded-host': 'evil.test' }))).toBe('ws://roar.test/mqtt')
})

test('a proxy that changes the Host to this machine is told of, once', () => {
  const told: string[] = []
  const own = ownPubsub({ publicUrl: '', trustProxy: true, onDoubt: (sentence) => told.push(sentence) })
  own(ask({ host: 'roar.test', 'x-forwarded-for': '203.0.113.9' }))
  own(ask({ host: 'localhost:7766' }))
  expect(told).toEqual([])
  for (let i = 0; i < 3; i++) own(ask({ host: '127.0.0.1:7766', 'x-forwarded-for': '203.0.113.9' }))
  expect(told).toEqual([expect.stringContaining('public-url')])
})
