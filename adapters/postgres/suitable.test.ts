import { expect, test } from 'bun:test'
import { openPostgresStore } from './store-postgres.ts'
import { checkServer } from './suitable.ts'

const message = (type: string, body: Buffer) => {
  const head = Buffer.from(`${type}....`)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
const int16 = (n: number) => Buffer.from([n >> 8, n & 255])
const int32 = (n: number) => Buffer.concat([int16(n >>> 16), int16(n & 65_535)])
const READY = message('Z', Buffer.from('I'))
const TEXT = 25

/** What a server sends for one row. */
function rowOf(row: Record<string, string>): Buffer {
  const names = Object.keys(row).map((name) =>
    Buffer.concat([
      Buffer.from(`${name}\0`),
      int32(0),
      int16(0),
      int32(TEXT),
      int16(65_535),
      int32(0),
      int16(0),
    ]),
  )
  const values = Object.values(row).map((value) => Buffer.concat([int32(value.length), Buffer.from(value)]))
  return Buffer.concat([
    message('T', Buffer.concat([int16(names.length), ...names])),
    message('D', Buffer.concat([int16(values.length), ...values])),
    message('C', Buffer.from('SELECT 1\0')),
    READY,
  ])
}

/** Speaks PostgreSQL's protocol with everybody, and always answers with a row: of this many sessions, in turn. */
function server({ sessions = 8, version = '15.2', encoding = 'UTF8' }) {
  let clients = 0
  const listener = Bun.listen<{ pid?: number }>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open: (client) => {
        client.data = {}
      },
      data(client, bytes) {
        if (client.data.pid === undefined) {
          client.data.pid = clients++ % sessions
          client.write(Buffer.concat([message('R', int32(0)), READY]))
        } else if (bytes[0] === 'Q'.charCodeAt(0))
          client.write(rowOf({ pid: `${client.data.pid}`, encoding, version }))
      },
    },
  })
  return {
    url: `postgres://roar@127.0.0.1:${listener.port}/roar`,
    [Symbol.dispose]: () => listener.stop(true),
  }
}

const said = (url: string) => checkServer(url).catch((cause: Error) => cause.message)

test.each([
  [{}, '15.2'],
  [{ encoding: 'SQL_ASCII' }, '15.2'],
  [{ version: '12.4 (Debian)' }, 'it is PostgreSQL 12.4 (Debian), and 13 is needed'],
  [{ version: '9.6.1' }, 'and 13 is needed'],
  [{ encoding: 'LATIN1' }, 'its encoding is LATIN1, which has no emoji'],
  [{ sessions: 1 }, 'a pooler before it lets clients share sessions'],
])('a server with %j: %s', async (given, expected) => {
  using fake = server(given)
  expect(await said(fake.url)).toContain(expected)
})

test('who opens a store without a server hears it at once: only a start waits', () =>
  expect(openPostgresStore('postgres://roar@127.0.0.1:1/roar', 'guest')).rejects.toMatchObject({
    code: 'store_unavailable',
    message: 'PostgreSQL at 127.0.0.1:1: Failed to connect',
  }))
