import { expect, spyOn, test } from 'bun:test'
import type { Socket } from 'bun'
import { until } from '../../test/until.ts'
import { openViewer, startEdge } from './edge-fixture.ts'
import { systemSocket } from './send-now.ts'
import { StreamTransport } from './stream-transport.ts'

test('who sends on and on after a goodbye is cut at once, and what was on its way is passed over', () => {
  let terminated = 0
  const socket = {
    remoteAddress: '192.0.2.1',
    getTLSVersion: () => null,
    timeout() {},
    shutdown() {},
    terminate: () => terminated++,
  }
  const transport = new StreamTransport(socket as unknown as Socket<never>, { backlogBytesMax: 1 })
  transport.close(1000, '')
  transport.ignored(1024 * 1024)
  expect(terminated).toBe(0)
  transport.ignored(1)
  expect(terminated).toBe(1)
})

test('what the kernel takes at once, in part or later arrives whole and in order', async () => {
  const pieces = Array.from({ length: 64 }, (_, i) => new Uint8Array(100_000).fill(i))
  const opened = Promise.withResolvers<void>()
  let transport: StreamTransport
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(socket) {
        transport = new StreamTransport(socket as Socket<never>, { backlogBytesMax: 64 * 100_000 })
        for (const piece of pieces) expect(transport.send(piece)).toBe(true)
        opened.resolve()
      },
      data() {},
      drain: () => transport.drain(),
    },
  })
  const heard: Buffer[] = []
  let left = 64 * 100_000
  const whole = Promise.withResolvers<void>()
  const client = await Bun.connect({
    hostname: '127.0.0.1',
    port: listener.port,
    socket: {
      data(_, chunk) {
        heard.push(Buffer.from(chunk))
        left -= chunk.length
        if (left <= 0) whole.resolve()
      },
    },
  })
  await Promise.all([opened.promise, whole.promise])
  expect(Buffer.concat(heard).equals(Buffer.concat(pieces))).toBe(true)
  client.terminate()
  listener.stop(true)
})

test('once it is closed nothing goes to the socket that has its number then', async () => {
  const accepted: Socket<undefined>[] = []
  let [heard, gone] = [0, 0]
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: { open: (socket) => void accepted.push(socket), data() {}, close: () => void gone++ },
  })
  const client = () =>
    Bun.connect({
      ...{ hostname: '127.0.0.1', port: listener.port },
      socket: {
        data(_, chunk) {
          heard += chunk.length
        },
      },
    })
  const fdOf = (socket: Socket<undefined>) => (socket as unknown as { fd: number }).fd
  const first = await client()
  await until(() => accepted.length === 1)
  const transport = new StreamTransport(accepted[0]! as Socket<never>, { backlogBytesMax: 1_000 })
  const fd = fdOf(accepted[0]!)
  // Without that a delivery takes a tenth more, and nothing else is different.
  if (process.platform === 'linux') expect(systemSocket(accepted[0]! as Socket<never>)).toBe(fd)
  first.terminate()
  await until(() => gone === 1)
  transport.closed()
  const clients: Socket<undefined>[] = []
  await until(async () => {
    clients.push(await client())
    return clients.concat(accepted).some((socket) => fdOf(socket) === fd)
  })
  await until(() => accepted.length === clients.length + 1)
  transport.send(Uint8Array.of(1))
  // What is on its way to them is theirs alone, and comes last.
  for (const socket of accepted) socket.write('.')
  await until(() => heard >= clients.length)
  expect(heard).toBe(clients.length)
  for (const socket of clients) socket.terminate()
  listener.stop(true)
})

test.each(['TCP', 'lane'] as const)('over %s it is told at once that its socket is closed', async (kind) => {
  const closed = spyOn(StreamTransport.prototype, 'closed')
  const fixture = startEdge()
  try {
    const viewer = await openViewer(fixture, kind)
    expect(closed).not.toHaveBeenCalled()
    viewer.close()
    await until(() => closed.mock.calls.length === 1)
  } finally {
    closed.mockRestore()
    await fixture.close()
  }
})
