import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { makeCertificate } from '../../test/cluster/certificate.ts'
import { needs } from '../../test/needs.ts'
import { placeFault } from './address.ts'
import { post } from './post.ts'

const never = new AbortController().signal
const send = (url: string, options: Partial<Parameters<typeof post>[1]> = {}) =>
  post(
    { url, headers: { 'webhook-id': 'msg_a' }, body: '{"type":"ü"}' },
    {
      ...{ allowsPrivate: true, signal: never },
      ...options,
    },
  )

/** A receiver that does what it likes with each connection. */
async function receiver(take: (socket: Socket, request: string) => void) {
  const server: Server = createServer((socket) => {
    let request = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      request += chunk
      if (request.endsWith('}')) take(socket, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}/hook?a=b`, close: () => server.close() }
}

describe('a receiver', () => {
  test('gets the whole request, and an answer of 2xx is enough, whatever follows it and however long', async () => {
    let got = ''
    const { url, close } = await receiver((socket, request) => {
      got = request
      socket.write('HTTP/1.1 204 No Content\r\n')
      const fill = () => {
        while (!socket.destroyed && socket.write('x'.repeat(65_536)));
      }
      socket.on('drain', fill)
      fill()
    })
    expect(await send(url)).toBeUndefined()
    const [head, body] = got.split('\r\n\r\n')
    expect(head).toStartWith('POST /hook?a=b HTTP/1.1\r\nhost: 127.0.0.1:')
    expect(head).toContain('\r\nwebhook-id: msg_a')
    expect(head).toContain('\r\ncontent-length: 13')
    expect(body).toBe('{"type":"ü"}')
    close()
  })

  test.each([
    ['redirects', 'HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n', 'it answers 302'],
    ['fails', 'HTTP/1.1 500 Internal Server Error\r\n\r\n', 'it answers 500'],
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'its answer is not HTTP'],
    ['has no end to its first line', 'HTTP/1.1'.repeat(1000), 'its answer is not HTTP'],
    ['says nothing and goes', '', 'it closed the connection without an answer'],
  ])('that %s is told nothing more', async (_, answer, error) => {
    let connections = 0
    const { url, close } = await receiver((socket) => {
      connections++
      socket.end(answer)
    })
    expect(await send(url)).toBe(error)
    expect(connections).toBe(1)
    close()
  })

  test('that takes the request and never answers is left after its time', async () => {
    const { url, close } = await receiver((socket) => socket.write('HTTP/1.1 2'))
    expect(await send(url, { limitMs: 100 })).toBe('no answer within 100 ms')
    close()
  })

  test('that is not there is no error of ours', async () => {
    const { url, close } = await receiver(() => {})
    close()
    expect(await send(url)).toContain('ECONNREFUSED')
    expect(await send('https://nobody.invalid/')).toBe('its host name has no address')
    expect(await send('no address')).toContain('URL')
    expect(await send(url, { signal: AbortSignal.abort() })).toBe('this server stopped')
  })

  test('in a private network is not connected to, whatever its name is', async () => {
    let connections = 0
    const { url, close } = await receiver(() => connections++)
    const named = url.replace('127.0.0.1', 'localhost')
    for (const each of [url, named])
      expect(await send(each, { allowsPrivate: false })).toContain('webhooks-private does not allow')
    expect(connections).toBe(0)
    close()
  })
})

test.each([
  ['https://hooks.example/roar', undefined],
  ['https://[2606:4700::1]/', undefined],
  ['http://hooks.example/', 'is http and not on this machine'],
  ['http://127.0.0.1.example/', 'is http and not on this machine'],
  ['ftp://hooks.example/', 'is not an https address'],
  ['hooks.example', 'is not an https address'],
  ['https://hooks.example:65536/', 'is not an https address'],
  ['https://hooks.example:0/', 'has port 0'],
  ['https://ann:secret@hooks.example/', 'has a name or a password in it'],
  ...[
    ...['http://localhost/', 'https://localhost/', 'https://127.1/', 'https://0x7f000001/', 'https://[::1]/'],
    ...['https://10.0.0.1/', 'https://169.254.169.254/latest', 'https://[::ffff:10.0.0.1]/'],
    ...['https://[64:ff9b::a00:1]/', 'https://[fd00::1]/', 'https://[fe80::1]/', 'https://[2002:a00:1::]/'],
  ].map((url) => [url, 'webhooks-private does not allow'] as const),
] as const)('%s is a place for a webhook, or is refused in words', (url, fault) => {
  const found = placeFault(url, { allowsPrivate: false })
  if (fault === undefined) expect(found).toBeUndefined()
  else expect(found).toContain(fault)
})

describe.skipIf(!needs('openssl'))('over TLS', () => {
  const cleanUps: (() => unknown)[] = []
  let server: ReturnType<typeof Bun.serve>
  let ca = ''
  beforeAll(() => {
    const files = makeCertificate((close) => cleanUps.push(close))
    ca = readFileSync(files.ca, 'utf8')
    const tls = { cert: ca, key: readFileSync(files.key, 'utf8') }
    server = Bun.serve({ port: 0, hostname: '127.0.0.1', tls, fetch: () => new Response('thanks') })
    cleanUps.push(() => server.stop(true))
  })
  afterAll(() => {
    for (const cleanUp of cleanUps.reverse()) cleanUp()
  })

  test('a receiver is who its certificate says, or gets nothing', async () => {
    expect(await send(`https://localhost:${server.port}/`, { ca })).toBeUndefined()
    expect(await send(`https://localhost:${server.port}/`)).toContain('self')
    // The same server by another name.
    expect(await send(`https://127.0.0.1:${server.port}/`, { ca })).toContain('does not match')
  })
})
