import { afterAll, beforeAll, expect, test } from 'bun:test'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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
  roar = await startRoar('--trust-proxy', 'true')
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

test.skipIf(!needs('nginx', hasNginx()) || !needs('openssl'))(
  'the configuration for nginx serves viewers over TLS',
  async () => {
    const port = await freePort()
    const servers = block('nginx')
      .replace('listen 443', `listen 127.0.0.1:${port}`)
      .replaceAll('/etc/nginx', folder.path)
      .replaceAll('http://127.0.0.1:7766', roar.url)
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
  },
)
