import { dlopen } from 'bun:ffi'
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { constants, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { GuestAnswer, MoodPacket } from '../protocol/packets.ts'
import { temporaryFolder } from '../test/embedded.ts'
import { ROAR, spawnRoar, spawnRoarBy, urlOf } from '../test/roar-process.ts'
import { until } from '../test/until.ts'
import { LogOutput } from './log-output.ts'

let folder: ReturnType<typeof temporaryFolder>
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

/** A window that no test waits for: what is in it leaves by the drain or not at all. */
const flags = () => ['--data', folder.path, '--window-ms', '60000', '--viewer-per-second', '0']

async function tap(url: string, taps: number): Promise<number> {
  const { token } = (await (await fetch(`${url}/v1/viewers`, { method: 'POST' })).json()) as GuestAnswer
  let accepted = 0
  for (let i = 0; i < taps; i++) {
    const { status } = await fetch(`${url}/v1/shows/final/reactions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '{"stickers":{"heart":1}}',
    })
    if (status === 202) accepted++
  }
  return accepted
}

const total = async (url: string): Promise<number> =>
  ((await (await fetch(`${url}/v1/shows/final/mood`)).json()) as MoodPacket).total

/** What the next server in the folder has counted, once the one before has let go of it. */
async function restarted(accepted: number): Promise<number> {
  expect(accepted).toBeGreaterThan(0)
  const again = (await until(() => spawnRoar(...flags()).catch(() => undefined)))!
  const counted = await total(again.url)
  again.process.kill('SIGKILL')
  await again.process.exited
  return counted
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s ends a start that waits with 0; what asks for new log files ends none',
  async (signal) => {
    const asked = Promise.withResolvers<void>()
    // A database that lets everybody in and answers nobody.
    using silent = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: { open: () => asked.resolve(), data() {} },
    })
    const store = `postgres://roar@127.0.0.1:${silent.port}/roar`
    const starting = Bun.spawn([ROAR, 'up', '--port', '0', ...flags(), '--store', store], {
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    await asked.promise
    starting.kill('SIGUSR1')
    starting.kill('SIGUSR2')
    starting.kill(signal)
    expect(await starting.exited).toBe(0)
  },
)

/** Resolves when nobody listens there any more. */
const untilGone = (url: string): Promise<boolean> =>
  until(() =>
    fetch(url).then(
      () => false,
      () => true,
    ),
  )

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGXCPU'] as const)(
  '%s drains: what was answered is counted after a restart',
  async (signal) => {
    const first = await spawnRoar(...flags())
    const accepted = await tap(first.url, 20)
    first.process.kill(signal)
    expect(await first.process.exited).toBe(0)
    const second = await spawnRoar(...flags())
    expect(accepted).toBe(20)
    expect(await total(second.url)).toBe(20)
    second.process.kill('SIGKILL')
    await second.process.exited
  },
)

test.each(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)(
  '%s that comes together with the SIGHUP of a closed terminal drains too',
  async (signal) => {
    const first = await spawnRoar(...flags())
    const accepted = await tap(first.url, 20)
    // Of several pending signals the one with the lowest number is delivered first.
    for (const each of ['SIGSTOP', signal, 'SIGHUP', 'SIGCONT'] as const) first.process.kill(each)
    expect(await first.process.exited).toBe(0)
    expect(await restarted(accepted)).toBe(20)
  },
)

test('a signal at which other programs reopen their log file ends nothing', async () => {
  const roar = await spawnRoar(...flags())
  const accepted = await tap(roar.url, 3)
  roar.process.kill('SIGUSR1')
  roar.process.kill('SIGUSR2')
  expect(accepted + (await tap(roar.url, 2))).toBe(5)
  roar.process.kill('SIGTERM')
  expect(await roar.process.exited).toBe(0)
  expect(await restarted(5)).toBe(5)
})

test.skipIf(process.platform !== 'linux')(
  'what was started to outlive its terminal goes on after SIGHUP',
  async () => {
    const roar = await spawnRoarBy(['nohup', ROAR, 'up'], ...flags())
    roar.process.kill('SIGHUP')
    expect(await tap(roar.url, 1)).toBe(1)
    roar.process.kill('SIGTERM')
    expect(await roar.process.exited).toBe(0)
  },
)

test.skipIf(Bun.which('script') === null)(
  'a terminal that closes under a server loses nothing, though nobody reads its log any more',
  async () => {
    // util-linux: a terminal whose other end is this process. Killed, it is a window that was closed.
    const inTerminal = ['sh', '-c', 'exec script -qec "$0 up $*" /dev/null', ROAR]
    const terminal = await spawnRoarBy(inTerminal, ...flags(), '--log-level', 'debug')
    const accepted = await tap(terminal.url, 20)
    terminal.process.kill('SIGKILL')
    await untilGone(terminal.url)
    expect(await restarted(accepted)).toBe(20)
  },
)

test('a log that nobody reads any more stops no server', async () => {
  const roar = Bun.spawn([ROAR, 'up', '--port', '0', '--log-level', 'debug', ...flags()], {
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const url = await urlOf(roar.stdout)
  await roar.stderr.cancel()
  expect(await tap(url, 5)).toBe(5)
  roar.kill('SIGTERM')
  expect(await roar.exited).toBe(0)
  expect(await restarted(5)).toBe(5)
})

describe.skipIf(process.platform !== 'linux')('a log whose reader stops', () => {
  /** A pipe without room, and how its reader goes on. */
  function fullPipe() {
    const path = join(folder.path, 'pipe')
    Bun.spawnSync(['mkfifo', path])
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const filler = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    expect(() => {
      for (;;) writeSync(filler, '.'.repeat(4096))
    }).toThrow('EAGAIN')
    const read = (chunk: Buffer) => readSync(reader, chunk)
    return { writer: openSync(path, constants.O_WRONLY), until: readUntil(read) }
  }

  /** The same of a socket, such as journald's. */
  function fullSocket() {
    const UNIX_STREAM = [1, 1] as const
    const DONTWAIT = 0x40
    const call = { args: ['i32', 'buffer', 'usize', 'i32'], returns: 'i32' } as const
    const { symbols } = dlopen('libc.so.6', {
      socketpair: { args: ['i32', 'i32', 'i32', 'buffer'], returns: 'i32' },
      ...{ send: call, recv: call },
    })
    const pair = new Int32Array(2)
    expect(symbols.socketpair(...UNIX_STREAM, 0, pair)).toBe(0)
    const [reader, writer] = pair as unknown as [number, number]
    const dots = Buffer.alloc(4096, '.')
    while (symbols.send(writer, dots, dots.length, DONTWAIT) > 0) {
      // Until there is no room.
    }
    const read = (chunk: Buffer) => symbols.recv(reader, chunk, chunk.length, DONTWAIT)
    return { writer, until: readUntil(read) }
  }

  /** Reads until a text has been written. @returns all up to it */
  function readUntil(read: (chunk: Buffer) => number) {
    let said = ''
    const chunk = Buffer.alloc(2 ** 20)
    return async (text: string): Promise<string> => {
      await until(() => {
        try {
          said += chunk.toString('utf8', 0, Math.max(0, read(chunk)))
        } catch (cause) {
          expect(cause).toMatchObject({ code: 'EAGAIN' })
        }
        return said.includes(text)
      })
      return said
    }
  }

  describe.each([
    ['a pipe', fullPipe],
    ['a socket', fullSocket],
  ])('of %s', (_, full) => {
    test('holds up no server, and has its lines once it reads again', async () => {
      const pipe = full()
      const roar = Bun.spawn([ROAR, 'up', '--port', '0', ...flags()], {
        stdio: ['ignore', 'pipe', pipe.writer],
      })
      expect(await tap(await urlOf(roar.stdout), 5)).toBe(5)
      await pipe.until('"msg":"started"')
      roar.kill('SIGTERM')
      await pipe.until('"msg":"stopped"')
      expect(await roar.exited).toBe(0)
      expect(await restarted(5)).toBe(5)
    })

    test('is told how many lines it has missed, and misses no part of one', async () => {
      const pipe = full()
      const output = new LogOutput(pipe.writer, {
        onRead: (dropped) => output.write(`dropped ${dropped}\n`),
      })
      const line = `${'x'.repeat(9_999)}\n`
      for (let i = 0; i < 110; i++) output.write(line)
      output.write('too long for what is left'.padEnd(9_999, '.'))
      const [first, ...others] = (await pipe.until('dropped 7\n')).split('\n')
      expect(first!.replace(/^\.+/, '')).toBe('x'.repeat(9_999))
      expect(others).toEqual([...Array<string>(103).fill('x'.repeat(9_999)), 'dropped 7', ''])
    })
  })
})

describe('npm start ends the server with itself', () => {
  test.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('by %s to npm alone', async (signal) => {
    const npm = await spawnRoarBy(['npm', 'start', '--silent', '--'], ...flags())
    const accepted = await tap(npm.url, 5)
    npm.process.kill(signal)
    await npm.process.exited
    await untilGone(npm.url)
    expect(accepted).toBe(5)
    expect(await restarted(accepted)).toBe(5)
  })
})
