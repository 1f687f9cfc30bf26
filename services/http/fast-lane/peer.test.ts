import { expect, test } from 'bun:test'
import type { Socket } from 'bun'
import { LoopShare } from '../../../engine/loop-share.ts'
import { get, post, tap } from '../../../test/fuzz/lane-rig.ts'
import { type Lane, Peer } from './peer.ts'

/** A socket that is a list, and takes as much as it has room for. */
class FakeSocket {
  sent = ''
  room = Number.POSITIVE_INFINITY
  paused = false
  gone: 'ended' | 'cut' | undefined
  remoteAddress = '192.0.2.1'

  write(bytes: string | Buffer): number {
    const taken = Math.min(this.room, bytes.length)
    this.sent += bytes.toString('latin1').slice(0, taken)
    this.room -= taken
    return taken
  }
  end(): void {
    this.gone = 'ended'
  }
  terminate(): void {
    this.gone = 'cut'
  }
  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.paused = false
  }
  setNoDelay(): void {}
  /** As the runtime's type, for those who are given it. */
  get as(): Socket<Peer> {
    return this as unknown as Socket<Peer>
  }
}

const FAULT = new Error('in a handler')

/** A peer on a lane that answers taps with `A`, `PUT` later and `DELETE` never, as it throws, and sockets in the place of the kernel's. */
function rig() {
  const socket = new FakeSocket()
  const reached: Peer[] = []
  const asked: PromiseWithResolvers<string>[] = []
  const due: (() => void)[] = []
  // Each look at the clock is the end of a turn: one step fits into each.
  let now = 0
  const share = new LoopShare({ now: () => (now += 2), after: (_ms, work) => void due.push(work) })
  const faults: Error[] = []
  const lane: Lane = {
    answer({ method }) {
      if (method === 'POST') return 'A'
      if (method === 'DELETE') throw FAULT
      if (method !== 'PUT') return undefined
      asked.push(Promise.withResolvers())
      return asked.at(-1)!.promise
    },
    left() {},
    fault(socket, cause) {
      faults.push(cause)
      socket.terminate()
    },
    connect: (peer) => void reached.push(peer),
    upgrade: () => undefined,
    progress: () => {},
    share,
    counters: { forwarded: 0, tunnelled: 0 },
  }
  const peer = new Peer(socket.as, lane)
  /** Gives the answer to the newest of what is answered later. */
  const answers = async (text: string): Promise<void> => {
    asked.at(-1)!.resolve(text)
    await asked.at(-1)!.promise
  }
  return {
    socket,
    peer,
    reached,
    asked,
    answers,
    faults,
    /** Gives those who wait for it as many turns as there are, each of one step. */
    turns(most = Number.POSITIVE_INFINITY): void {
      for (let turn = 0; turn < most && due.length > 0; turn++) due.shift()!()
    },
    hear: (text: string) => peer.data(Buffer.from(text, 'latin1')),
  }
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'
const LATER = 'PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'
const UNSUPPORTED = get('/', 'Upgrade: x\r\n')

test('two answers to one request end the connection: the two servers did not read alike', () => {
  const { socket, peer, hear } = rig()
  const backend = new FakeSocket()
  hear(get())
  peer.backendOpened(backend.as)
  peer.backendData(Buffer.from(OK + OK))
  expect(socket).toMatchObject({ sent: '', gone: 'cut' })
})

test('an answer to no request ends the connection', () => {
  const { socket, peer, hear } = rig()
  const backend = new FakeSocket()
  hear(get())
  peer.backendOpened(backend.as)
  peer.backendData(Buffer.from(OK))
  expect(socket).toMatchObject({ sent: OK, gone: undefined })
  peer.backendData(Buffer.from(OK))
  expect(socket).toMatchObject({ sent: OK, gone: 'cut' })
})

test('the other server hears one request at a time, and of what follows nothing before its answer', () => {
  const { socket, peer, reached, turns, hear } = rig()
  const backend = new FakeSocket()
  hear(tap + get() + tap + get('/second'))
  turns()
  expect(reached).toEqual([peer])
  expect(socket).toMatchObject({ sent: 'A', paused: true })
  peer.backendOpened(backend.as)
  expect(backend.sent).toBe(get())
  peer.backendData(Buffer.from(OK))
  turns()
  expect(socket.sent).toBe(`A${OK}A`)
  expect(backend.sent).toBe(get() + get('/second'))
  peer.backendData(Buffer.from(OK))
  expect(socket).toMatchObject({ sent: `A${OK}A${OK}`, paused: false })
  expect(reached).toHaveLength(1)
})

test('a way that was given back is opened anew, and its late end is no end of the peer', () => {
  const { socket, peer, reached, hear } = rig()
  const [first, second] = [new FakeSocket(), new FakeSocket()]
  hear(get())
  peer.backendOpened(first.as)
  peer.closeIdleBackend()
  expect(first.gone).toBeUndefined()
  peer.backendData(Buffer.from(OK))
  peer.closeIdleBackend()
  expect(first.gone).toBe('ended')
  hear(get('/second'))
  expect(reached).toHaveLength(2)
  peer.backendClosed(first.as)
  peer.backendOpened(second.as)
  peer.backendData(Buffer.from(OK))
  expect(socket).toMatchObject({ sent: OK + OK, gone: undefined })
})

test('a server that hangs up in the middle of an answer ends the connection, after what it said', () => {
  const { socket, peer, hear } = rig()
  const backend = new FakeSocket()
  hear(get())
  peer.backendOpened(backend.as)
  socket.room = 3
  peer.backendData(Buffer.from('HTTP/1.1 200'))
  peer.backendClosed(backend.as)
  expect(socket.gone).toBeUndefined()
  socket.room = 100
  peer.drain()
  expect(socket).toMatchObject({ sent: 'HTTP/1.1 200', gone: 'ended' })
})

test('each side is read as fast as the other takes it', () => {
  const { socket, peer, hear } = rig()
  const backend = new FakeSocket()
  hear(UNSUPPORTED)
  expect(socket.paused).toBeTrue()
  peer.backendOpened(backend.as)
  expect(socket.paused).toBeFalse()
  backend.room = 1
  hear('up')
  expect(socket.paused).toBeTrue()
  backend.room = 10
  peer.backendDrain()
  expect(socket.paused).toBeFalse()
  expect(backend.sent).toBe(`${UNSUPPORTED}up`)
  socket.room = 1
  peer.backendData(Buffer.from('down'))
  expect(backend.paused).toBeTrue()
  socket.room = 10
  peer.drain()
  expect(backend.paused).toBeFalse()
  expect(socket.sent).toBe('down')
})

test('whoever reads no answers is asked nothing more until it does', () => {
  const { socket, peer, turns, hear } = rig()
  socket.room = 0
  hear(tap.repeat(3))
  turns()
  expect(socket).toMatchObject({ sent: '', paused: true })
  hear(tap)
  turns()
  socket.room = 2
  peer.drain()
  turns()
  expect(socket).toMatchObject({ sent: 'AA', paused: true })
  socket.room = 2
  peer.drain()
  turns()
  expect(socket).toMatchObject({ sent: 'AAAA', paused: false })
})

test('of requests that come together the first is answered, and each further one has a turn of its own, whatever it asks for', async () => {
  const { socket, peer, turns, answers, hear } = rig()
  const backend = new FakeSocket()
  hear(tap.repeat(3) + LATER + tap + get() + tap + tap.slice(0, 10))
  expect(socket).toMatchObject({ sent: 'A', paused: true })
  turns(1)
  expect(socket.sent).toBe('AA')
  turns(2)
  expect(socket.sent).toBe('AAA')
  await answers('B')
  expect(socket.sent).toBe('AAAB')
  turns(2)
  peer.backendOpened(backend.as)
  peer.backendData(Buffer.from(OK))
  expect(socket).toMatchObject({ sent: `AAABA${OK}`, paused: true })
  turns()
  expect(socket).toMatchObject({ sent: `AAABA${OK}A`, paused: false })
  hear(tap.slice(10))
  expect(socket.sent).toBe(`AAABA${OK}AA`)
})

test('who sends no more while requests of it wait for their turns is answered first, and who has left is not', () => {
  const listening = rig()
  listening.hear(tap.repeat(2))
  listening.peer.ended()
  expect(listening.socket).toMatchObject({ sent: 'A', gone: undefined })
  listening.turns()
  expect(listening.socket).toMatchObject({ sent: 'AA', gone: 'ended' })
  const left = rig()
  left.hear(tap.repeat(2))
  left.peer.closed()
  left.turns()
  expect(left.socket.sent).toBe('A')
})

test('a request counts when all of it is there, and then once', () => {
  const { socket, hear } = rig()
  const pieces = [tap.slice(0, 10), tap.slice(10, 60), tap.slice(60, -5), tap.slice(-5)]
  for (const piece of pieces.slice(0, -1)) hear(piece)
  expect(socket.sent).toBe('')
  hear(pieces.at(-1)!)
  expect(socket.sent).toBe('A')
})

test('a request in very many parts waits for its turns, in which all that came meanwhile is read, and the next one does not', () => {
  const { socket, turns, hear } = rig()
  for (const character of tap.slice(0, 16)) hear(character)
  expect(socket.paused).toBeFalse()
  hear(tap[16]!)
  expect(socket.paused).toBeTrue()
  turns()
  expect(socket.paused).toBeFalse()
  for (const character of tap.slice(17)) hear(character)
  expect(socket).toMatchObject({ sent: '', paused: true })
  turns(1)
  expect(socket).toMatchObject({ sent: 'A', paused: false })
  hear(tap)
  expect(socket.sent).toBe('AA')
})

test('a body in very many chunks waits for its turns, of one that has sent all, too, and the next request does not', () => {
  const body = (chunks: number) => `${'1\r\n \r\n'.repeat(chunks)}0\r\n\r\n`
  const chunked = (chunks: number) =>
    `POST /v1/shows/final/reactions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${body(chunks)}`
  const { socket, peer, turns, hear } = rig()
  hear(chunked(64))
  expect(socket).toMatchObject({ sent: 'A', paused: false })
  hear(chunked(1_000))
  expect(socket).toMatchObject({ sent: 'A', paused: true })
  turns()
  expect(socket).toMatchObject({ sent: 'AA', paused: false })
  hear(tap)
  expect(socket.sent).toBe('AAA')
  hear(chunked(1_000))
  peer.ended()
  expect(socket).toMatchObject({ sent: 'AAA', gone: undefined })
  turns()
  expect(socket).toMatchObject({ sent: 'AAAA', gone: 'ended' })
})

test.each([
  ['at once', [4_000]],
  ['while it waits for its turn', [500, 500, 500, 500]],
])(
  'a body that is too long for the lane, in very many chunks that come %s, is the server’s',
  (_how, parts) => {
    const { socket, reached, turns, hear } = rig()
    hear('POST /v1/studio/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    for (const chunks of parts) hear(`20\r\n${'a'.repeat(32)}\r\n`.repeat(chunks))
    turns()
    expect([socket.gone, reached.length]).toEqual([undefined, 1])
  },
)

test('of whom so much waits in requests in very many chunks, none of which is too long, the connection ends', () => {
  const { socket, reached, hear } = rig()
  const request = `POST /v1/studio/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(1_000)}0\r\n\r\n`
  hear(request.repeat(12))
  expect([socket.gone, reached.length]).toEqual(['cut', 0])
})

test('who has sent all, in very many parts, is answered in its turn, and then its connection ends', () => {
  const { socket, peer, turns, hear } = rig()
  for (const character of tap) hear(character)
  peer.ended()
  expect(socket).toMatchObject({ sent: '', gone: undefined })
  turns()
  expect(socket).toMatchObject({ sent: 'A', gone: 'ended' })
})

test('more than may wait behind a request ends the connection, at once or bit by bit', () => {
  const behind = (bytes: number) => tap.repeat(Math.ceil(bytes / tap.length)).slice(0, bytes)
  const atOnce = rig()
  atOnce.hear(tap + behind(64 * 1024 + 1))
  expect(atOnce.socket.gone).toBe('cut')
  const bits = rig()
  bits.hear(tap + behind(64 * 1024))
  expect(bits.socket).toMatchObject({ sent: 'A', gone: undefined, paused: true })
  bits.hear('x')
  expect(bits.socket.gone).toBe('cut')
})

test('what waits is a copy: the chunk that it came with is free', () => {
  const { socket, peer, turns } = rig()
  const chunk = Buffer.from(tap.repeat(2))
  peer.data(chunk)
  chunk.fill(0)
  turns()
  expect(socket.sent).toBe('AA')
})

test('a handler that throws in a turn ends its connection, and says why', () => {
  const { socket, faults, turns, hear } = rig()
  hear(`${tap}DELETE / HTTP/1.1\r\nHost: x\r\n\r\n`)
  expect(socket).toMatchObject({ sent: 'A', gone: undefined })
  turns()
  expect([socket.gone, faults]).toEqual(['cut', [FAULT]])
})

test('a body over the limit goes to the other server as it comes, and the connection stays there', () => {
  const { socket, peer, turns, hear } = rig()
  const backend = new FakeSocket()
  const long = post('x'.repeat(5000))
  hear(tap + long.slice(0, 1000))
  turns()
  peer.backendOpened(backend.as)
  hear(long.slice(1000) + tap)
  expect(socket.sent).toBe('A')
  expect(backend.sent).toBe(long + tap)
})

test('what comes behind a request that is answered later is read after its answer, in order', async () => {
  const { socket, asked, answers, turns, hear } = rig()
  hear(tap + LATER + tap + LATER + tap.slice(0, 20))
  turns()
  expect(socket).toMatchObject({ sent: 'A', paused: true })
  hear(tap.slice(20))
  expect([socket.sent, asked.length]).toEqual(['A', 1])
  await answers('1')
  turns()
  expect([socket.sent, asked.length]).toEqual(['A1A', 2])
  await answers('2')
  turns()
  expect(socket).toMatchObject({ sent: 'A1A2A', paused: false, gone: undefined })
})

test('an answer that comes later waits until whoever asked has room, and what is behind it does so, too', async () => {
  const { socket, peer, answers, hear } = rig()
  hear(LATER)
  expect(socket.paused).toBeFalse()
  socket.room = 1
  await answers('late')
  hear(tap)
  expect(socket).toMatchObject({ sent: 'l', paused: true })
  socket.room = 100
  peer.drain()
  expect(socket).toMatchObject({ sent: 'lateA', paused: false })
})

test('who has sent all is still answered later; who has left is not, and nothing else happens', async () => {
  const listening = rig()
  listening.hear(LATER + tap)
  listening.peer.ended()
  expect(listening.socket.gone).toBeUndefined()
  await listening.answers('late')
  listening.turns()
  expect(listening.socket).toMatchObject({ sent: 'lateA', gone: 'ended' })
  const left = rig()
  left.hear(LATER + tap)
  left.peer.closed()
  await left.answers('late')
  expect(left.socket).toMatchObject({ sent: '', gone: undefined })
})

test('while an answer is being made the connection is timed, not idle, and no server that hangs up ends it', async () => {
  const { socket, peer, answers, hear } = rig()
  const backend = new FakeSocket()
  hear(get())
  peer.backendOpened(backend.as)
  peer.backendData(Buffer.from(OK))
  hear(LATER)
  expect([peer.timed, peer.idle]).toEqual([true, false])
  peer.backendClosed(backend.as)
  await answers('late')
  expect(socket).toMatchObject({ sent: `${OK}late`, gone: undefined })
  expect([peer.timed, peer.idle]).toEqual([true, true])
})
