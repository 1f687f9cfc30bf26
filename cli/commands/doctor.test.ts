import { afterEach, describe, expect, test } from 'bun:test'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate } from '../../test/cluster/certificate.ts'
import { runCommand } from '../../test/command-line.ts'
import { startRoar, temporaryFolder } from '../../test/embedded.ts'
import { needs } from '../../test/needs.ts'
import { commands } from './doctor.ts'

const doctor = (...argv: string[]) => runCommand(commands, 'doctor', argv)

test('a server that is well, and one that is not there yet, are no illness', async () => {
  const roar = await startRoar()
  const { port } = new URL(roar.url)
  const there = await doctor('--port', port, '--data', roar.data)
  expect(there).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^ok +server +http:\/\/127.0.0.1:\d+ is ready$/m),
  })
  await roar.stop()
  using folder = temporaryFolder()
  const gone = await doctor('--port', port, '--data', join(folder.path, 'not', 'there', 'yet'))
  expect(gone).toMatchObject({ code: 0, out: expect.stringMatching(/^ok +server +nothing listens at /m) })
})

test('settings that cannot be, parts that do not answer and strangers at our port are named', async () => {
  expect(await doctor('edge')).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^bad +settings +upstream: is missing/m),
  })
  const edge = await doctor('edge', '--port', '1', '--upstream', 'mqtt://127.0.0.1:1')
  expect(edge).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^bad +upstream +127.0.0.1:1 is not reachable: /m),
  })
  using stranger = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('hello') })
  const taken = await doctor('--port', `${stranger.port}`)
  expect(taken).toMatchObject({ code: 1, out: expect.stringContaining('another program answers at') })
  const kafka = [
    '--log',
    'kafka://127.0.0.1:1',
    '--auth-secret',
    'a-secret-of-at-least-thirty-two-characters',
  ]
  const studio = await doctor(
    'studio',
    '--port',
    '1',
    ...kafka,
    '--store',
    'postgres://me:hunter2@127.0.0.1:1/roar',
  )
  expect(studio.out).toMatch(/^bad +log +Kafka at 127.0.0.1:1: /m)
  expect(studio.out).toMatch(
    /^bad +store +PostgreSQL at postgres:\/\/me:\(hidden\)@127.0.0.1:1\/roar cannot be used: /m,
  )
})

test('a data folder that is a file, a secret that others may read, and a certificate without its key', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'secret')
  writeFileSync(file, 'a-secret-of-at-least-thirty-two-characters\n')
  chmodSync(file, 0o644)
  const at = ['--port', '1', '--data']
  expect(await doctor(...at, join(file, 'below'))).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^bad +settings +data: \S+ is a file: remove it, or name another folder$/m),
  })
  expect((await doctor(...at, folder.path, '--auth-secret-file', file)).out).toMatch(
    /^warn +settings +--auth-secret-file: .*chmod 600/m,
  )
  expect(await doctor(...at, folder.path, '--tls-cert', file)).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^bad +settings +tls-key: is required with tls-cert$/m),
  })
})

describe('the way by which viewers come is asked as they ask', () => {
  const ends: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  test('one on which everything comes through, and one that keeps WebSockets from it', async () => {
    const roar = await startRoar()
    ends.push(() => roar.stop())
    const at = ['--port', new URL(roar.url).port, '--data', roar.data, '--public-url']
    const straight = await doctor(...at, roar.url)
    expect(straight.out).toMatch(/^ok +public-url +http:\S+ is a Roar server$/m)
    expect(straight.out).toMatch(/^ok +packets +WebSockets get through to ws:\S+\/mqtt$/m)
    const proxy = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: ({ url }) => fetch(`${roar.url}${new URL(url).pathname}`),
    })
    ends.push(() => proxy.stop(true))
    const narrow = await doctor(...at, proxy.url.origin)
    expect(narrow).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^warn +packets +no WebSocket gets through to ws:/m),
    })
  })

  test('one that redirects, one that answers itself, and one that is not there', async () => {
    const answers = new Map([
      ['/moved/v1/doctor', () => Response.redirect('https://roar.example/', 301)],
      ['/own/v1/doctor', () => new Response('<h1>Welcome</h1>')],
    ])
    const stranger = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: ({ url }) => answers.get(new URL(url).pathname)!(),
    })
    ends.push(() => stranger.stop(true))
    const of = async (address: string) => {
      const { code, out } = await doctor('--port', '1', '--public-url', address)
      return { code, finding: /^bad +public-url +(.*)$/m.exec(out)?.[1] }
    }
    const { origin } = stranger.url
    expect((await of(`${origin}/moved`)).finding).toContain('redirects to https://roar.example/: taps')
    expect((await of(`${origin}/own`)).finding).toContain('is not a Roar server, or a proxy answers')
    // An address in the place of a name is no name for TLS.
    for (const nobody of ['http://127.0.0.1:1', 'https://127.0.0.1:1'])
      expect(await of(nobody)).toMatchObject({
        code: 1,
        finding: expect.stringContaining('cannot be reached: '),
      })
  })

  test.skipIf(!needs('openssl'))(
    'a certificate that no browser takes, and a proxy that is not trusted',
    async () => {
      const { ca, key } = makeCertificate((close) => ends.push(close))
      const [cert, pem] = [readFileSync(ca, 'utf8'), readFileSync(key, 'utf8')]
      const proxy = Bun.serve({
        port: 0,
        tls: { cert, key: pem },
        fetch: () => new Response(),
      })
      ends.push(() => proxy.stop(true))
      const { out } = await doctor('--port', '1', '--public-url', `https://localhost:${proxy.port}`)
      expect(out).toMatch(/^bad +public-url +\S+ cannot be reached: .*certificate/m)
      expect(out).toMatch(/^warn +trust-proxy +TLS ends at a proxy, so set trust-proxy/m)
    },
  )
})
