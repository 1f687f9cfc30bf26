import { afterAll, beforeAll, expect, test } from 'bun:test'
import { copyFileSync, readFileSync } from 'node:fs'
import type { TcpNetConnectOpts } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import mqtt from 'mqtt'
import { freePort } from '../../deploy/programs/ports.ts'
import { makeCertificate } from '../cluster/certificate.ts'
import { startRoar, type TestRoar, temporaryFolder } from '../embedded.ts'
import { needs } from '../needs.ts'
import { until } from '../until.ts'
import { hasNginx } from './nginx.ts'

/** docs/behind-a-proxy.md, as it stands there: only ports, addresses and files are this machine's. */
const PAGE = readFileSync(join(import.meta.dir, '../../docs/behind-a-proxy.md'), 'utf8')
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(PAGE)![1]!
const PATH = { PATH: `${process.env.PATH}:/usr/sbin` }

const folder = temporaryFolder()
const at = (name: string): string => join(folder.path, name)
const closers: (() => unknown)[] = []
let roar: TestRoar
let ca = ''
beforeAll(async () => {
  // HAProxy checks three servers, all of them this one, every two seconds from one address.
  const limits = ['--limit-loopback', 'true', '--address-per-second', '2', '--address-burst', '4']
  roar = await startRoar('--trust-proxy', 'true', ...limits)
  const certificate = makeCertificate((close) => closers.push(close))
  ca = readFileSync(certificate.ca, 'utf8')
  copyFileSync(certificate.ca, at('roar.pem'))
  copyFileSync(certificate.key, at('roar.key'))
  await Bun.write(at('both.pem'), ca + readFileSync(certificate.key, 'utf8'))
})
afterAll(async () => {
  for (const close of closers.reverse()) await close()
  await roar.stop()
  folder.remove()
})

/** A viewer behind the proxy is told its address, and connects there. */
async function serves(port: number): Promise<void> {
  const tls = { ca, serverName: 'localhost' }
  const ask = () => fetch(`https://localhost:${port}/v1/shows/final`, { tls }).catch(() => undefined)
  const answer = await until(ask, (answer) => answer?.status === 200)
  const { pubsub } = (await answer!.json()) as { pubsub: unknown }
  expect(JSON.stringify(pubsub)).toContain(`wss://localhost:${port}/mqtt`)
  const viewer = await mqtt.connectAsync(`wss://localhost:${port}/mqtt`, { ca, reconnectPeriod: 0 })
  await viewer.endAsync(true)
}

/** How many requests the fast lane has answered itself. */
async function inLane(): Promise<number> {
  const metrics = () => fetch(`${roar.url}/metrics`)
  const text = await (await until(metrics, ({ status }) => status === 200)).text()
  return Number(/^roar_fast_lane_requests_total\{by="lane"\} (\d+)/m.exec(text)?.[1])
}

/** Each viewer is charged by its own address: one that sends too much holds up no other. */
async function tellsViewersApart(port: number, [greedy, other]: [string, string]): Promise<void> {
  const many = () => Promise.all(Array.from({ length: 10 }, () => tapFrom(greedy, port)))
  await until(many, (statuses) => statuses.includes(429))
  expect(await tapFrom(other, port)).toBe(202)
}

/** The status of a tap by a viewer with this address. */
async function tapFrom(localAddress: string, port: number): Promise<number> {
  const from: TcpNetConnectOpts = { host: '127.0.0.1', port, localAddress }
  const socket = connect({ ...from, ca, servername: 'localhost' })
  const body = '{"stickers":{"heart":1}}'
  const head = `POST /v1/shows/final/reactions HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close`
  socket.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  let said = ''
  for await (const chunk of socket) said += chunk
  return Number(/^HTTP\/1.1 (\d+)/.exec(said)?.[1])
}

test.skipIf(!needs('nginx', hasNginx()) || !needs('openssl'))(
  'the configuration for nginx serves viewers over TLS',
  async () => {
    const port = await freePort()
    const servers = block('nginx')
      .replace('listen 443', `listen 127.0.0.1:${port}`)
      .replaceAll('/etc/nginx', folder.path)
      .replaceAll('127.0.0.1:7766', new URL(roar.url).host)
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${at(name)};`,
    )
    const user = process.getuid?.() === 0 ? 'user root;' : ''
    await Bun.write(
      at('nginx.conf'),
      `daemon off; ${user} pid ${at('pid')}; error_log ${at('error.log')}; events {}
      http { access_log off; ${temporary.join(' ')} ${servers} }`,
    )
    const program = Bun.which('nginx', PATH)!
    const nginx = Bun.spawn([program, '-c', at('nginx.conf'), '-p', folder.path], { stderr: 'ignore' })
    closers.push(async () => {
      nginx.kill()
      await nginx.exited
    })
    await serves(port)
    const before = await inLane()
    await tellsViewersApart(port, ['127.0.0.2', '127.0.0.3'])
    expect(await inLane()).toBeGreaterThanOrEqual(before + 11)
  },
)

test.skipIf(!needs('haproxy') || !needs('openssl'))(
  'the configuration for HAProxy serves viewers over TLS',
  async () => {
    const [port, mqttPort] = [await freePort(), await freePort()]
    const { host } = new URL(roar.url)
    const config = block('haproxy')
      .replace('bind :443', `bind 127.0.0.1:${port}`)
      .replace('bind :1883', `bind 127.0.0.1:${mqttPort}`)
      .replaceAll('/etc/haproxy/roar.pem', at('both.pem'))
      .replaceAll(/10\.0\.0\.\d+:7766/g, host)
    await Bun.write(at('haproxy.cfg'), config)
    const haproxy = Bun.spawn([Bun.which('haproxy', PATH)!, '-db', '-f', at('haproxy.cfg')], {
      ...{ stdout: 'ignore', stderr: 'ignore' },
    })
    closers.push(async () => {
      haproxy.kill()
      await haproxy.exited
    })
    await serves(port)
    const before = await inLane()
    await tellsViewersApart(port, ['127.0.0.4', '127.0.0.5'])
    expect(await inLane()).toBeGreaterThanOrEqual(before + 11)
  },
)
