import { expect, test } from 'bun:test'
import type { Socket } from 'bun'
import { type Message, WriteBuffer } from './write-buffer.ts'

const HEAD = 'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n'

const sent = ({ head, body }: Message): string =>
  `${head}Content-Length: ${Buffer.from(body).length}\r\n\r\n${body}`

/** A buffer, and the other end of its connection, which reads nothing until it is told to read on to the end. */
async function connection() {
  const opened = Promise.withResolvers<WriteBuffer>()
  const ended = Promise.withResolvers<string>()
  const listener = Bun.listen<WriteBuffer>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(socket) {
        socket.data = new WriteBuffer(socket as Socket<never>)
        opened.resolve(socket.data)
      },
      data() {},
      drain: (socket) => socket.data.drain(),
    },
  })
  const got: Buffer[] = []
  const reader = await Bun.connect({
    hostname: '127.0.0.1',
    port: listener.port,
    socket: {
      open: (socket) => socket.pause(),
      data: (_, bytes) => void got.push(Buffer.from(bytes)),
      close: () => ended.resolve(Buffer.concat(got).toString()),
    },
  })
  const buffer = await opened.promise
  const readAll = async (): Promise<string> => {
    buffer.end()
    reader.resume()
    const text = await ended.promise
    listener.stop(true)
    return text
  }
  return { buffer, readAll }
}

test('messages arrive whole and in order, each with the length that its body has in bytes', async () => {
  const bodies = [
    '{"a":1}',
    '',
    '{"name":"Zoë 🦆"}',
    'y'.repeat(5_461),
    'é'.repeat(5_462),
    'z'.repeat(2 ** 20),
  ]
  const messages: Message[] = [
    ...bodies.map((body) => ({ head: HEAD, body })),
    { head: `${HEAD}X-Long: ${'x'.repeat(5_000)}\r\n`, body: 'after a long head' },
    { head: HEAD, body: 'the last' },
  ]
  const { buffer, readAll } = await connection()
  for (const message of messages) buffer.writeMessage(message)
  expect((await readAll()) === messages.map(sent).join('')).toBe(true)
})

test("what a peer has not read yet is not overwritten by another's message", async () => {
  const [slow, other] = [await connection(), await connection()]
  let expected = ''
  for (let number = 0; !slow.buffer.full; number++) {
    const message = { head: HEAD, body: `${number} `.repeat(700) }
    slow.buffer.writeMessage(message)
    expected += sent(message)
  }
  other.buffer.writeMessage({ head: HEAD, body: 'o'.repeat(5_000) })
  expect((await slow.readAll()) === expected).toBe(true)
  expect(await other.readAll()).toEndWith('ooo')
})
