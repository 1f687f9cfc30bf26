import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import mqtt from 'mqtt'
import pino from 'pino'
import { makeCertificate } from '../../test/cluster/certificate.ts'
import { startRoar } from '../../test/embedded.ts'
import { needs } from '../../test/needs.ts'
import { readConfig } from '../config.ts'
import { edge } from '../roles/edge.ts'
import { assemble } from './assemble.ts'

const SERIES = 'roar_fast_lane_requests_total{by="lane"}'
const TUNNELLED = 'roar_fast_lane_tunnelled_connections'

const lineOf = (series: string, metrics: string) =>
  metrics.split('\n').find((line) => line.startsWith(`${series} `))

async function tapsInTheLane(...flags: string[]): Promise<string | undefined> {
  const roar = await startRoar(...flags)
  try {
    const body = '{"stickers":{"heart":1}}'
    const tap = await fetch(`${roar.url}/v1/shows/final/reactions`, { method: 'POST', body })
    expect(tap.status).toBe(202)
    const metrics = await (await fetch(`${roar.url}/metrics`)).text()
    return lineOf(SERIES, metrics)
  } finally {
    await roar.stop()
  }
}

test('a process has the fast lane where its settings say so, and otherwise where its role has one', async () => {
  expect(await tapsInTheLane('--fast-lane', 'on')).toBe(`${SERIES} 1`)
  expect(await tapsInTheLane('--fast-lane', 'off')).toBeUndefined()
  expect(await tapsInTheLane()).toBe(`${SERIES} 1`)
})

test.skipIf(!needs('openssl'))(
  'an edge with a certificate has the sockets of its viewers itself: each is one file, and not three',
  async () => {
    const ends: (() => unknown)[] = []
    const { ca, key } = makeCertificate((close) => ends.push(close))
    const argv = ['--port', '0', '--upstream', 'mqtt://127.0.0.1:1', '--tls-cert', ca, '--tls-key', key]
    const logger = pino({ level: 'silent' })
    const { url, things, drain } = await assemble({ ...edge, config: readConfig({ argv, env: {} }), logger })
    try {
      const tls = { ca: readFileSync(ca, 'utf8') }
      const here = url.replace('127.0.0.1', 'localhost')
      const viewer = await mqtt.connectAsync(`${here.replace('https:', 'wss:')}/mqtt`, tls)
      expect(things.edge!.edge.counters().connections.websocket.v4).toBe(1)
      const metrics = await (await fetch(`${here}/metrics`, { tls } as RequestInit)).text()
      expect(lineOf(TUNNELLED, metrics)).toBe(`${TUNNELLED} 0`)
      await viewer.endAsync(true)
    } finally {
      await drain()
      for (const end of ends) await end()
    }
  },
)
