import { expect, spyOn, test } from 'bun:test'
import type { Log, LogTopic } from '../../../adapters/log/log.ts'
import { IN_ONE_TURN } from '../../../engine/turns.ts'
import {
  get,
  post,
  REACTIONS,
  type Side,
  say,
  start,
  tap,
  turns,
  vote,
  Wire,
} from '../../../test/fuzz/lane-rig.ts'
import { peerAddress } from '../address.ts'
import { jsonResponse } from '../responses.ts'
import type { Routes } from '../routes.ts'
import { FORWARDED_FILES } from './fast-lane.ts'
import { Peer } from './peer.ts'

/** An extension of a chunk (RFC 9112 section 7.1.1): the lane reads none. */
const IN_DOUBT = `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n18;a=b\r\n{"stickers":{"heart":1}}\r\n0\r\n\r\n`

async function withLane(
  options: Parameters<typeof start>[1],
  use: (side: Side) => Promise<void>,
): Promise<void> {
  const side = await start(true, options)
  try {
    await use(side)
  } finally {
    await side.http.close()
  }
}

/** Waits until something is so that no event tells: the loop turns meanwhile. */
async function until(what: () => boolean): Promise<void> {
  while (!what()) await turns(1)
}

test('a connection comes back to the lane after other requests, and ends after one in doubt', () =>
  withLane({}, async ({ port, http, counted }) => {
    const wire = await Wire.open(port)
    for (const [text, counters] of [
      [tap, { answered: 1, forwarded: 0, tunnelled: 0, upgraded: 0 }],
      [get(), { answered: 1, forwarded: 1, tunnelled: 0, upgraded: 0 }],
      [tap, { answered: 2, forwarded: 1, tunnelled: 0, upgraded: 0 }],
      [
        get('/v1/shows/final', 'If-None-Match: "other"\r\n'),
        { answered: 2, forwarded: 2, tunnelled: 0, upgraded: 0 },
      ],
      [IN_DOUBT, { answered: 2, forwarded: 2, tunnelled: 1, upgraded: 0 }],
    ] as const) {
      wire.send(text)
      await wire.hears('HTTP/1.1 20')
      await wire.hears('}')
      expect(http.fastLane!.counters).toEqual(counters)
    }
    expect(counted()[0]).toBe(3)
    await wire.ended
    await until(() => http.fastLane!.tunnelled() === 0)
  }))

test('requests wait for their turn while one is away', async () => {
  const gate = Promise.withResolvers<void>()
  const routes: Routes = { '/slow': { GET: () => gate.promise.then(() => jsonResponse('slow')) } }
  await withLane({ routes }, async ({ port, counted }) => {
    const wire = await Wire.open(port)
    wire.send(tap + get('/slow') + tap)
    await wire.hears('202')
    wire.send(tap.repeat(3))
    await turns(20)
    expect(counted()[0]).toBe(1)
    gate.resolve()
    await wire.hears('"slow"HTTP/1.1 202')
    for (let after = 0; after < 3; after++) await wire.hears('HTTP/1.1 202')
    expect(counted()[0]).toBe(5)
    wire.socket.destroy()
  })
})

test('a token is judged in the lane once it is known, and has its limit', () =>
  withLane({ viewerPerSecond: 1, viewerBurst: 2 }, async ({ port, http, token }) => {
    const signed = post('{"stickers":{"heart":1}}', `Authorization: Bearer ${token}\r\n`)
    const wire = await Wire.open(port)
    wire.send(signed.repeat(3))
    await wire.hears('202')
    await wire.hears('202')
    await wire.hears('HTTP/1.1 429')
    await wire.hears('Retry-After: 1\r\n')
    await wire.hears('too_many_requests')
    expect(http.fastLane!.counters).toEqual({ answered: 3, forwarded: 0, tunnelled: 0, upgraded: 0 })
    expect(http.problems).toEqual({ too_many_requests: 1 })
    wire.socket.destroy()
  }))

test('a forged token is refused by the one server that knows why', () =>
  withLane({}, async ({ port, http, token, counted }) => {
    const wire = await Wire.open(port)
    wire.send(post('{"stickers":{"heart":1}}', `Authorization: Bearer ${token.slice(0, -6)}AAAAAA\r\n`))
    await wire.hears('HTTP/1.1 401')
    await wire.hears('signature verification failed')
    expect(http.fastLane!.counters).toEqual({ answered: 0, forwarded: 1, tunnelled: 0, upgraded: 0 })
    expect(counted()).toEqual([0, 0, 0])
    wire.socket.destroy()
  }))

test('an address has its limit in the lane and beside it', () =>
  withLane({ addressPerSecond: 1, addressBurst: 2, loopbackUnlimited: false }, async ({ port }) => {
    const first = await Wire.open(port, '127.0.0.2')
    first.send(tap)
    await first.hears('202')
    first.send(IN_DOUBT)
    await first.hears('202')
    await first.ended
    const beside = await Wire.open(port, '127.0.0.2')
    beside.send(IN_DOUBT)
    await beside.hears('429')
    const second = await Wire.open(port, '127.0.0.2')
    second.send(tap)
    await second.hears('429')
    const other = await Wire.open(port, '127.0.0.3')
    other.send(tap)
    await other.hears('202')
    for (const { socket } of [beside, second, other]) socket.destroy()
  }))

test('an address over its limit is refused whatever it asks for, in a tunnel too, and counted by what it asked for', () =>
  withLane(
    { addressPerSecond: 1, addressBurst: 1, loopbackUnlimited: false, prefix: '/live' },
    async ({ port, http }) => {
      const before = get('/v1/shows/final')
      // HTTP/1.0 is not for the lane.
      const inTunnel = [
        'GET /nothing',
        'PUT /v1/shows/final',
        'OPTIONS /v1/shows/final',
        'GET /v1/shows/final',
      ].map((line) => `${line} HTTP/1.0\r\nHost: x\r\n\r\n`)
      const refusals = [
        ...['/v1/shows/final?x=1', '/live/v1/shows/other', '/v1/shows/', '/nothing', '/live'].map((target) =>
          get(target),
        ),
        ...inTunnel,
      ]
      for (const [at, request] of [before, ...refusals].entries()) {
        const wire = await Wire.open(port, '127.0.0.2')
        wire.send(request)
        await wire.hears(at === 0 ? 'HTTP/1.1 200' : 'HTTP/1.1 429')
        wire.socket.destroy()
      }
      const counted = http.requests.counts().filter(({ labels }) => labels.status === '429')
      expect(
        counted.map(({ labels: { method, route }, value }) => [method, route, value]).toSorted(),
      ).toEqual([
        ['GET', '/live', 1],
        ['GET', '/v1/shows/{show}', 3],
        ['OPTIONS', '/v1/shows/{show}', 1],
        ['any', 'none', 3],
        ['other', '/v1/shows/{show}', 1],
      ])
    },
  ))

test('behind a proxy an address is what the proxy saw last', () =>
  withLane(
    { addressPerSecond: 1, addressBurst: 1, loopbackUnlimited: false, trustProxy: true },
    async ({ port, http }) => {
      const wire = await Wire.open(port)
      for (const [fields, status] of [
        ['X-Forwarded-For: 192.0.2.1\r\n', '202'],
        ['X-Forwarded-For: 192.0.2.2\r\n', '202'],
        ['X-Forwarded-For: 192.0.2.3, 192.0.2.1\r\n', '429'],
        ['X-Forwarded-For: 192.0.2.4\r\nX-Forwarded-For: 192.0.2.2\r\n', '429'],
        ['', '202'],
        ['', '429'],
      ] as const) {
        wire.send(post('{"stickers":{"heart":1}}', fields))
        await wire.hears(`HTTP/1.1 ${status}`)
      }
      expect(http.fastLane!.counters).toEqual({ answered: 6, forwarded: 0, tunnelled: 0, upgraded: 0 })
      wire.socket.destroy()
    },
  ))

test('the routes beside the lane see whose request it is', () => {
  const routes: Routes = {
    '/who': { GET: (request, server) => jsonResponse(peerAddress(request, server, false)) },
  }
  return withLane({ routes }, async ({ port, http }) => {
    const wires = await Promise.all(
      ['127.0.0.2', '127.0.0.3', '127.0.0.4'].map((from) => Wire.open(port, from)),
    )
    for (const wire of wires) wire.send(get('/who'))
    for (const [index, wire] of wires.entries()) await wire.hears(`"127.0.0.${index + 2}"`)
    for (const wire of wires) wire.send(get('/who', 'Connection: close\r\n'))
    for (const [index, wire] of wires.entries()) await wire.hears(`"127.0.0.${index + 2}"`)
    await Promise.all(wires.map(({ ended }) => ended))
    const past = await Wire.open(http.server.port!)
    past.send(get('/who', 'Connection: close\r\n'))
    await past.hears('""')
    await past.ended
  })
})

test('what a peer sent before it left is counted', () =>
  withLane({}, async ({ port, counted }) => {
    for (const text of [tap, IN_DOUBT, post('{"stickers":{"heart":1},"note":"\xc3\xbc"}')]) {
      const before = counted()[0]
      const wire = await Wire.open(port)
      wire.send(get())
      await wire.hears('"show":"final"')
      wire.socket.end(Buffer.from(text, 'latin1'))
      await until(() => counted()[0] === before + 1)
      await wire.ended
    }
  }))

test('who sends no more and listens on is answered, and then the connection ends', () =>
  withLane({}, async ({ port }) => {
    for (const [text, answers] of [
      [tap, ['202']],
      [get(), ['200']],
      [IN_DOUBT, ['202']],
      [get() + tap + get('/nothing') + tap, ['200', '202', '404', '202']],
      [tap + tap.slice(0, -5), ['202']],
      ['POST', []],
      ['', []],
    ] as const) {
      const wire = await Wire.open(port)
      wire.socket.end(Buffer.from(text, 'latin1'))
      await wire.ended
      expect(Array.from(wire.received.matchAll(/HTTP\/1.1 (\d+)/g), ([, status]) => status!)).toEqual([
        ...answers,
      ])
    }
  }))

test('a stop refuses what comes, answers what is in hand, and ends', async () => {
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const slow = async () => {
    begun.resolve()
    await gate.promise
    return jsonResponse('slow')
  }
  const routes: Routes = { '/slow': { GET: slow } }
  const { http, port, counted } = await start(true, { routes })
  const [idle, forwarded, partial] = [await Wire.open(port), await Wire.open(port), await Wire.open(port)]
  idle.send(tap)
  await idle.hears('202')
  partial.send(tap.slice(0, -5))
  forwarded.send(get('/slow'))
  await begun.promise
  await http.drain()
  idle.send(tap)
  await idle.hears('HTTP/1.1 503')
  await idle.hears('"draining"')
  partial.send(tap.slice(-5))
  await partial.hears('"draining"')
  await expect(Wire.open(port)).rejects.toThrow()
  const closed = http.close()
  gate.resolve()
  await forwarded.hears('"slow"')
  await closed
  await Promise.all([idle.ended, forwarded.ended, partial.ended])
  expect(counted()[0]).toBe(1)
})

test('a stop waits for requests that wait for their turn', async () => {
  const { http, port, counted } = await start(true, {})
  const wire = await Wire.open(port)
  wire.send(tap.repeat(500))
  await wire.hears('202')
  await http.close()
  await wire.ended
  expect(counted()[0]).toBe(500)
})

test('a request that drips, a silent connection and one that reads no answers are cut; a neighbour does not notice', () =>
  withLane({ idleS: 1 }, async ({ port, counted }) => {
    const [dripping, silent, deaf] = [await Wire.open(port), await Wire.open(port), await Wire.open(port)]
    deaf.socket.pause()
    const filling = setInterval(() => deaf.send(tap.repeat(2000)), 1)
    let sent = 0
    const drip = setInterval(() => dripping.send(tap[sent++] ?? ''), 50)
    const neighbour = await Wire.open(port)
    const taps = setInterval(() => neighbour.send(tap), 50)
    deaf.socket.on('close', () => clearInterval(filling))
    await Promise.all([dripping.ended, silent.ended])
    await until(() => deaf.socket.writableLength > 0 || deaf.over)
    clearInterval(filling)
    await deaf.ended
    clearInterval(drip)
    clearInterval(taps)
    expect(neighbour.over).toBeFalse()
    const before = counted()[0]
    neighbour.send(tap)
    await until(() => counted()[0] > before)
    expect(dripping.received).toBe('')
    neighbour.socket.destroy()
  }))

test('nothing is read that a slow reader has no room for, and its leaving is heard', () => {
  let made = 0
  const left = Promise.withResolvers<void>()
  const piece = new Uint8Array(64 * 1024)
  const routes: Routes = {
    '/endless': {
      GET: () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              made += piece.length
              controller.enqueue(piece)
              await turns(1)
            },
            cancel: () => left.resolve(),
          }),
        ),
    },
  }
  return withLane({ routes }, async ({ port }) => {
    const wire = await Wire.open(port)
    wire.socket.pause()
    wire.send(get('/endless'))
    let before = -1
    while (made !== before) {
      before = made
      await turns(500)
    }
    // The kernel's buffers of two connections, and one read between them.
    expect(made).toBeLessThan(64 * 1024 * 1024)
    wire.socket.destroy()
    await left.promise
  })
})

test('events pass as they come', () => {
  let say: (text: string) => void = () => {}
  const routes: Routes = {
    '/events': {
      GET: () =>
        new Response(
          new ReadableStream({
            start(controller) {
              say = (text) => controller.enqueue(text)
            },
          }),
          { headers: { 'content-type': 'text/event-stream' } },
        ),
    },
  }
  return withLane({ routes }, async ({ port }) => {
    const wire = await Wire.open(port)
    wire.send(tap + get('/events'))
    await wire.hears('text/event-stream')
    for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
      say(text)
      await wire.hears(text)
    }
    wire.socket.destroy()
  })
})

test('a WebSocket passes, in both directions, until either side closes it', () => {
  const routes: Routes = {
    '/ws': {
      GET: (request, server) => (server.upgrade(request, { data: {} }) ? undefined : jsonResponse('')),
    },
  }
  const closes: number[] = []
  const websocket = {
    message: (socket: { send(text: string | Buffer): unknown }, text: string | Buffer) =>
      void socket.send(text),
    close: (_socket: unknown, code: number) => void closes.push(code),
  }
  return withLane({ routes, websocket: websocket as never }, async ({ port }) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`)
    await new Promise((resolve) => socket.addEventListener('open', resolve))
    for (const text of ['hello', 'x'.repeat(1_000_000)]) {
      const echo = new Promise((resolve) =>
        socket.addEventListener('message', ({ data }) => resolve(data), { once: true }),
      )
      socket.send(text)
      expect(await echo).toBe(text)
    }
    socket.close(4001)
    await until(() => closes.length === 1)
    expect(closes).toEqual([4001])
  })
})

test('a port that is taken is said, and nothing is left listening', async () => {
  const { http, port } = await start(true)
  await expect(start(true, { port })).rejects.toThrow()
  await http.close()
})

test('with no room left one that waits for its next request makes room, and where none does the new one is closed', () =>
  withLane({ filesMax: 2 }, async ({ port, counted }) => {
    const [idle, busy] = [await Wire.open(port), await Wire.open(port)]
    idle.send(tap)
    await idle.hears('202')
    busy.send(tap.slice(0, 20))
    await turns(20)
    const third = await Wire.open(port)
    third.send(tap)
    await third.hears('202')
    await idle.ended
    third.send(tap.slice(0, 20))
    await turns(20)
    const fourth = await Wire.open(port)
    await fourth.ended
    for (const wire of [busy, third]) wire.send(tap.slice(20))
    await until(() => counted()[0] === 4)
    for (const wire of [busy, third]) wire.socket.destroy()
    await turns(20)
    const later = await Wire.open(port)
    later.send(tap)
    await later.hears('202')
    later.socket.destroy()
  }))

test('what others of the process take of its files is no room of the lane, which makes room for them by the next second', async () => {
  const second = handTurned()
  let others = 0
  await withLane({ filesMax: 3, otherFiles: () => others }, async ({ port }) => {
    const wires = [await Wire.open(port), await Wire.open(port), await Wire.open(port)]
    for (const wire of wires) {
      wire.send(tap)
      await wire.hears('202')
    }
    const [first, busy, third] = wires as [Wire, Wire, Wire]
    busy.send(tap.slice(0, 20))
    await turns(20)
    others = 2
    second()
    await Promise.all([first.ended, third.ended])
    await (await Wire.open(port)).ended
    busy.send(tap.slice(20))
    await busy.hears('202')
    others = 1
    const next = await Wire.open(port)
    next.send(tap)
    await next.hears('202')
    for (const wire of [busy, next]) wire.socket.destroy()
  })
})

test('a request for the server behind the lane takes room for both ends of its connection, in the place of those that wait', async () => {
  const gate = Promise.withResolvers<void>()
  const routes: Routes = { '/slow': { GET: () => gate.promise.then(() => jsonResponse('slow')) } }
  await withLane({ filesMax: 6, routes }, async ({ port, http }) => {
    const wires = await Promise.all(Array.from({ length: 4 }, () => Wire.open(port)))
    for (const wire of wires) {
      wire.send(tap)
      await wire.hears('202')
    }
    const [first, second, third, fourth] = wires as [Wire, Wire, Wire, Wire]
    first.send(get('/slow'))
    await until(() => http.fastLane!.counters.forwarded === 1)
    // Six files for two of them, so the others make room.
    second.send(get('/slow'))
    await Promise.all([third.ended, fourth.ended])
    const late = await Wire.open(port)
    await late.ended
    gate.resolve()
    for (const wire of [first, second]) await wire.hears('"slow"')
    for (const wire of [first, second]) wire.socket.destroy()
  })
})

test('with no room left one whose request does not get on makes room, the oldest first, and one that waits for its answer stays', async () => {
  const { wrap, asked, open } = slowLog()
  const second = handTurned()
  await withLane({ filesMax: 3, wrap }, async ({ port }) => {
    const pass = async (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        second()
        await turns(5)
      }
    }
    const voting = await Wire.open(port)
    voting.send(vote('ann', 'anna'))
    await asked
    const [older, newer] = [await Wire.open(port), await Wire.open(port)]
    for (const wire of [older, newer]) wire.send(tap.slice(0, 20))
    await turns(20)
    await pass(6)
    const next = await Wire.open(port)
    next.send(tap)
    await next.hears('202')
    await older.ended
    open()
    await voting.hears('HTTP/1.1 201')
    newer.send(tap.slice(20))
    await newer.hears('202')
    for (const wire of [voting, newer, next]) wire.socket.destroy()
  })
})

test('however many hold all room with half a request, each that comes beside them costs a look at some of them', async () => {
  const peers = IN_ONE_TURN + 100
  // No second passes: on a busy machine the first would have stalled before the last are there, and make room.
  handTurned()
  const idle = Object.getOwnPropertyDescriptor(Peer.prototype, 'idle')!
  let looks = 0
  Object.defineProperty(Peer.prototype, 'idle', {
    ...idle,
    get() {
      looks++
      return idle.get!.call(this)
    },
  })
  try {
    await withLane({ filesMax: peers + FORWARDED_FILES }, async ({ port }) => {
      const open = () =>
        Bun.connect({
          hostname: '127.0.0.1',
          port,
          socket: {
            data() {},
            open(socket) {
              socket.write(tap.slice(0, 20))
            },
          },
        })
      const sockets: { terminate(): void }[] = []
      while (sockets.length < peers) {
        // More at once than the system's queue holds are accepted a second later.
        sockets.push(...(await Promise.all(Array.from({ length: 100 }, open))))
        const last = await Wire.open(port)
        last.send(get('/nothing', 'Connection: close\r\n'))
        await last.ended
      }
      for (let i = 0; i < FORWARDED_FILES; i++) await open()
      await turns(20)
      const before = looks
      await (await Wire.open(port)).ended
      expect(looks - before).toBe(IN_ONE_TURN)
      for (const socket of sockets) socket.terminate()
    })
  } finally {
    Object.defineProperty(Peer.prototype, 'idle', idle)
  }
})

test('however many have got no further are cut in one look, a slice in a turn, each once, also where some leave meanwhile', async () => {
  const peers = IN_ONE_TURN + 100
  const second = handTurned()
  const cuts = spyOn(Peer.prototype, 'cut')
  try {
    await withLane({ idleS: 1 }, async ({ port }) => {
      let ended = 0
      const socket = { data() {}, end() {}, close: () => void ended++ }
      const sockets: { terminate(): void }[] = []
      while (sockets.length < peers) {
        // More at once than the system's queue holds are accepted a second later.
        const some = Array.from({ length: 100 }, () => Bun.connect({ hostname: '127.0.0.1', port, socket }))
        sockets.push(...(await Promise.all(some)))
        const last = await Wire.open(port)
        last.send(get('/nothing', 'Connection: close\r\n'))
        await last.ended
      }
      const lively = await Wire.open(port)
      lively.send(tap)
      await lively.hears('202')
      second()
      await turns(10)
      lively.send(tap)
      await lively.hears('202')
      expect(cuts).not.toHaveBeenCalled()
      second()
      expect(cuts).toHaveBeenCalledTimes(IN_ONE_TURN)
      for (const socket of sockets.slice(IN_ONE_TURN, IN_ONE_TURN + 30)) socket.terminate()
      await until(() => ended === peers)
      expect(new Set(cuts.mock.contexts).size).toBe(cuts.mock.calls.length)
      lively.send(tap)
      await lively.hears('202')
      lively.socket.destroy()
    })
  } finally {
    cuts.mockRestore()
  }
})

test('the runtime, which ends what it accepts after two minutes, is told that the lane counts the time itself', () =>
  withLane({}, async ({ port }) => {
    const own = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data() {} } })
    const told = spyOn(Object.getPrototypeOf(own) as typeof own, 'timeout')
    const wire = await Wire.open(port)
    wire.send(tap)
    await wire.hears('202')
    expect(told.mock.calls).toContainEqual([0])
    told.mockRestore()
    own.terminate()
    wire.socket.destroy()
  }))

/** The seconds of the next lane pass when this is called. */
function handTurned(): () => void {
  const real = globalThis.setInterval
  let look = () => {}
  const timers = spyOn(globalThis, 'setInterval').mockImplementation(((call: () => void, ms: number) => {
    if (ms !== 1_000) return real(call, ms)
    look = call
    timers.mockRestore()
    return real(() => {}, 2 ** 30)
  }) as typeof setInterval)
  return () => look()
}

/** A log whose ballots, or records of another topic, are written when the gate opens. */
function slowLog(slow: LogTopic = 'ballots') {
  const [asked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const wrap = (log: Log): Log => {
    const append = log.append.bind(log)
    log.append = async (topic, records) => {
      if (topic === slow) {
        asked.resolve()
        await gate.promise
      }
      return append(topic, records)
    }
    return log
  }
  return { wrap, asked: asked.promise, open: () => gate.resolve() }
}

test('a vote is answered in the lane once it is durable, before all that was sent behind it, and holds up nobody else', () => {
  const { wrap, asked, open } = slowLog()
  return withLane({ wrap }, async ({ port, http, counted }) => {
    const [voter, neighbour] = [await Wire.open(port), await Wire.open(port)]
    voter.send(vote('ann', 'anna') + tap + vote('ann', 'ben'))
    await asked
    neighbour.send(tap)
    await neighbour.hears('202')
    expect([voter.received, counted()]).toEqual(['', [1, 2, 0]])
    open()
    for (const status of ['201 Created', '202 Accepted', '409 Conflict'])
      await voter.hears(`HTTP/1.1 ${status}\r\n`)
    expect(http.fastLane!.counters).toMatchObject({ answered: 4, forwarded: 0, tunnelled: 0 })
    const votes = http.requests.durations().find(({ labels }) => labels.route?.endsWith('/votes'))
    expect(votes?.buckets.at(-1)).toEqual(['+Inf', 2])
    for (const { socket } of [voter, neighbour]) socket.destroy()
  })
})

test('a post is answered in the lane once the log has it, before all that was sent behind it', () => {
  const { wrap, asked, open } = slowLog('posts')
  return withLane({ wrap }, async ({ port, http, posted }) => {
    const poster = await Wire.open(port)
    poster.send(say('ann', '{"sticker":"six"}') + tap + say('ann', '{"sticker":"nothing"}'))
    await asked
    expect([poster.received, posted()]).toEqual(['', 0])
    open()
    for (const status of ['202 Accepted', '202 Accepted', '400 Bad Request'])
      await poster.hears(`HTTP/1.1 ${status}\r\n`)
    expect(posted()).toBe(1)
    expect(http.fastLane!.counters).toMatchObject({ answered: 3, forwarded: 0, tunnelled: 0 })
    poster.socket.destroy()
  })
})

test('a vote whose viewer left before the answer counts, and is found by whoever asks again', () => {
  const { wrap, asked, open } = slowLog()
  return withLane({ wrap }, async ({ port, voted, counted }) => {
    const gone = await Wire.open(port)
    gone.send(vote('ann', 'anna'))
    await asked
    gone.socket.destroy()
    await turns(20)
    open()
    await voted()
    expect(counted()[2]).toBe(1)
    const again = await Wire.open(port)
    again.send(vote('ann', 'anna'))
    await again.hears('HTTP/1.1 200 OK')
    again.socket.destroy()
  })
})

test('a stop answers the votes in hand, and refuses those that come', async () => {
  const { wrap, asked, open } = slowLog()
  const { http, port, counted } = await start(true, { wrap })
  const [voter, late] = [await Wire.open(port), await Wire.open(port)]
  voter.send(vote('ann', 'anna') + vote('ann', 'anna'))
  await asked
  await http.drain()
  late.send(vote('ben', 'anna'))
  await late.hears('"draining"')
  const closed = http.close()
  open()
  await voter.hears('HTTP/1.1 201 Created')
  await voter.hears('"draining"')
  await closed
  await Promise.all([voter.ended, late.ended])
  expect(counted()[2]).toBe(1)
})
