import { afterEach, expect, test } from 'bun:test'
import { copyFileSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import mqtt from 'mqtt'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { keepCertificate } from '../../cli/tls/certificate.ts'
import { makeCertificate } from '../cluster/certificate.ts'
import { startRoar, temporaryFolder } from '../embedded.ts'
import { needs } from '../needs.ts'
import { ROAR } from '../roar-process.ts'
import { until } from '../until.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})
const certificate = () => makeCertificate((close) => ends.push(close))

async function secureRoar(...flags: string[]) {
  const { ca, key } = certificate()
  const roar = await startRoar('--tls-cert', ca, '--tls-key', key, ...flags)
  ends.push(() => roar.stop())
  return { ...roar, ca: readFileSync(ca, 'utf8'), port: Number(new URL(roar.url).port) }
}

/** One handshake, and what of it may be resumed. Rejects where none comes about. */
async function handshake(port: number, options: object) {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...options })
  const session = new Promise<Buffer>((resolve) => socket.once('session', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', () => resolve())
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
  })
  // What it may be resumed by comes with the first bytes of an answer.
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const shaken = { version: socket.getProtocol(), resumed: socket.isSessionReused(), session: await session }
  socket.destroy()
  return shaken
}

test.skipIf(!needs('openssl'))(
  'with a certificate taps, pages and viewers over WebSocket come over TLS on one port, and sessions resume',
  async () => {
    const { url, ca, port } = await secureRoar()
    expect(url).toStartWith('https://')
    const ask = (path: string, init: object = {}) =>
      fetch(`https://127.0.0.1:${port}${path}`, {
        ...init,
        headers: { host: `localhost:${port}` },
        tls: { ca, serverName: 'localhost' },
      } as RequestInit)
    const tap = await ask('/v1/shows/final/reactions', { method: 'POST', body: '{"stickers":{"heart":1}}' })
    expect(tap.status).toBe(202)
    expect(tap.headers.get('strict-transport-security')).toBe('max-age=31536000')
    const show = await ask('/v1/shows/final')
    expect(show.headers.get('strict-transport-security')).toBe('max-age=31536000')
    const { pubsub } = (await show.json()) as { pubsub: { url: string }[] | string[] }
    expect(JSON.stringify(pubsub)).toContain(`wss://localhost:${port}/mqtt`)
    const metrics = await (await ask('/metrics')).text()
    expect(Number(/^roar_tls_certificate_expires_seconds (\S+)/m.exec(metrics)?.[1]) / 86_400).toBeCloseTo(
      1,
      1,
    )

    // Asked again, as a balancer does: on a busy machine the answer may take longer than it waits.
    await until(
      () =>
        Bun.spawn([ROAR, 'ready', '--port', String(port), '--tls-cert', 'as the server'], {
          stdio: ['ignore', 'ignore', 'ignore'],
        }).exited,
      (code) => code === 0,
    )

    const options = { ca, reconnectPeriod: 0 }
    const viewer = await mqtt.connectAsync(`wss://localhost:${port}/mqtt`, options)
    ends.push(() => viewer.endAsync(true))
    const heard = new Promise((resolve) => viewer.once('message', (topic) => resolve(topic)))
    await viewer.subscribeAsync('roar/final/mood')
    expect(await heard).toBe('roar/final/mood')

    const first = await handshake(port, { ca })
    expect(first).toMatchObject({ version: 'TLSv1.3', resumed: false })
    expect((await handshake(port, { ca, session: first.session })).resumed).toBe(true)
    expect((await handshake(port, { ca, maxVersion: 'TLSv1.2' })).version).toBe('TLSv1.2')
  },
)

test.skipIf(!needs('openssl'))(
  'another client resumes its session too, and nothing can be sent ahead of a handshake, where it could be played again',
  async () => {
    const { port, ca } = await secureRoar()
    const folder = temporaryFolder()
    ends.push(() => folder.remove())
    const [session, authority, request] = ['session', 'ca', 'request'].map((name) => join(folder.path, name))
    await Bun.write(authority!, ca)
    await Bun.write(request!, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    const client = async (...flags: string[]) => {
      const trust = ['-CAfile', authority!, '-verify_return_error', '-servername', 'localhost']
      const child = Bun.spawn(['openssl', 's_client', '-connect', `127.0.0.1:${port}`, ...trust, ...flags], {
        stdio: [Bun.file(request!), 'pipe', 'pipe'],
      })
      return await new Response(child.stdout).text()
    }
    const first = await client('-ign_eof', '-sess_out', session!)
    expect(first).toContain('New, TLSv1.3')
    expect(first).toContain('{"status":"ok"}')
    const again = await client('-ign_eof', '-sess_in', session!)
    expect(again).toContain('Reused, TLSv1.3')
    expect(again).toContain('{"status":"ok"}')
    expect(again).toContain('Max Early Data: 0')
    const early = await client('-ign_eof', '-sess_in', session!, '-early_data', request!)
    expect(early).toContain('Early data was not sent')
  },
)

test.skipIf(!needs('openssl')).each([
  ['python3', ['python3', 'twice.py']],
  ['go', ['go', 'run', 'twice.go']],
] as const)('the client of %s resumes its session', async (program, [command, ...given]) => {
  if (!needs(program)) return
  const { port, ca } = await secureRoar()
  const folder = temporaryFolder()
  ends.push(() => folder.remove())
  const authority = join(folder.path, 'ca')
  await Bun.write(authority, ca)
  const child = Bun.spawn([command, ...given, String(port), authority], {
    cwd: import.meta.dir,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said = await new Response(child.stdout).text()
  // Go writes it with a space.
  expect(said.replaceAll('TLS 1.3', 'TLSv1.3')).toBe(
    'TLSv1.3 false HTTP/1.1 200 OK\nTLSv1.3 true HTTP/1.1 200 OK\n',
  )
})

test.skipIf(!needs('openssl'))('where 1.3 is the oldest version, 1.2 is refused', async () => {
  const { ca, port } = await secureRoar('--tls-min', '1.3')
  expect((await handshake(port, { ca })).version).toBe('TLSv1.3')
  await expect(handshake(port, { ca, maxVersion: 'TLSv1.2' })).rejects.toThrow(/PROTOCOL_VERSION/)
})

test.skipIf(!needs('openssl'))(
  'a certificate that cannot be used leaves the port as it is, and is the next one once it can',
  async () => {
    const [first, second] = [certificate(), certificate()]
    const clock = new ManualClock(Date.now())
    const renewed: string[] = []
    let isTaken = true
    const kept = keepCertificate('tls', {
      config: { 'tls-cert': first.ca, 'tls-key': first.key, 'relay-ca': '' },
      clock,
      logger: pino({ level: 'silent' }),
      renew({ cert }) {
        if (isTaken) throw new Error('another program has the port')
        renewed.push(cert)
      },
    })!
    kept.watch()
    const look = async () => {
      clock.advance(10_000)
      await new Promise(setImmediate)
    }
    copyFileSync(second.ca, first.ca)
    utimesSync(first.ca, 1, 1)
    await look()
    expect(renewed).toEqual([])
    copyFileSync(second.key, first.key)
    utimesSync(first.key, 1, 1)
    await look()
    isTaken = false
    await look()
    await look()
    expect(renewed).toEqual([readFileSync(second.ca, 'utf8')])
    const secondsLeft = kept.metric.read() as number
    clock.advance(86_400_000)
    expect(kept.metric.read() as number).toBeCloseTo(secondsLeft - 86_400, 0)
    kept.stop()
  },
)

test.skipIf(!needs('openssl'))('a certificate that cannot be used stops the start in words', () => {
  const [{ ca, key }, other] = [certificate(), certificate()]
  const start = (cert: string, key: string, now = Date.now()) =>
    keepCertificate('tls', {
      config: { 'tls-cert': cert, 'tls-key': key, 'relay-ca': '' },
      clock: new ManualClock(now),
      logger: pino({ level: 'silent' }),
      renew() {},
    })
  expect(() => start(ca, '')).toThrow('tls-key: is required with tls-cert')
  expect(() => start('', key)).toThrow('tls-cert: is required with tls-key')
  expect(() => start(ca, other.key)).toThrow('tls-cert: cannot be used: it is not that of tls-key')
  expect(() => start(`${ca}.none`, key)).toThrow('tls-cert: ')
  expect(() => start(ca, key, Date.now() + 2 * 86_400_000)).toThrow('tls-cert: cannot be used: it expired')
})
