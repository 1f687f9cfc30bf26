import { expect, test } from 'bun:test'
import { readConfig } from './config.ts'
import { edgeSettingsOf } from './edge-settings.ts'

test('where a proxy is named, or TLS to viewers is not this edge’s own, nobody is a relay for coming from this machine', () => {
  const isRelay = (...argv: string[]) =>
    edgeSettingsOf(readConfig({ argv, env: {} }), undefined).isRelay({ password: undefined, local: true })
  const tls = ['--tls-cert', 'c', '--tls-key', 'k']
  const mqtts = ['--mqtt-cert', 'c', '--mqtt-key', 'k']
  for (const trusting of [
    [],
    ['--public-url', 'http://roar.local'],
    ['--public-url', 'https://roar.example', ...tls],
    ['--edge-urls', 'wss://e7.example/mqtt,mqtts://e7.example', ...tls, ...mqtts],
  ])
    expect([trusting, isRelay(...trusting)]).toEqual([trusting, true])
  for (const not of [
    ['--trust-proxy', 'true'],
    ['--edge-proxies', '10.0.0.0/8'],
    ['--public-url', 'https://roar.example'],
    ['--edge-urls', 'wss://e7.example/mqtt'],
    ['--edge-urls', 'mqtts://e7.example', ...tls],
    ['--relay-ca', 'ca.pem'],
  ])
    expect([not, isRelay(...not)]).toEqual([not, false])
})
