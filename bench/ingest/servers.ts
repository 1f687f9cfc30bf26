import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Subprocess } from 'bun'

const ROOT = new URL('../..', import.meta.url).pathname
const START_TIMEOUT_MS = 15_000

/** A server under test, running on the core it was given. */
export interface BenchServer {
  name: string
  port: number
  pid: number
  close(): Promise<void>
}

/** How each competitor is started; resolves to `undefined` when a program that it needs is missing. */
export type StartServer = (core: number) => Promise<BenchServer | undefined>

export const SERVERS = {
  roar: startRoar,
  'bun, reads': (core) => startBun('bun, reads', 'read', core),
  'bun, blind': (core) => startBun('bun, blind', 'blind', core),
  'go 2019': startGo,
} satisfies Record<string, StartServer>

export type ServerName = keyof typeof SERVERS

type Child = Subprocess<'ignore', 'pipe', 'inherit'>

function spawn(command: string[], core?: number): Child {
  const pinned = core === undefined ? command : ['taskset', '-c', String(core), ...command]
  return Bun.spawn(pinned, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
}

async function stop(child: Child): Promise<void> {
  child.kill()
  await child.exited
}

/** Reads the port out of the first line that `find` knows. The rest of the output is thrown away. */
async function portOf(child: Child, find: RegExp): Promise<number> {
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const late = setTimeout(() => child.kill(), START_TIMEOUT_MS)
  try {
    for (;;) {
      const { done, value } = await lines.read()
      if (done) throw new Error(`A server under test ended before it told its port: ${text}`)
      text += value
      const found = text.match(find)
      if (found !== null) return Number(found[1])
    }
  } finally {
    clearTimeout(late)
  }
}

/**
 * The whole of `roar up`, as `npm start` runs it: checks, slices, log, windows, totals in SQLite, packets. Its data
 * folder is new and goes with it. Without a core it may use all.
 */
export async function startRoar(core?: number, flags: string[] = []): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'roar-bench-'))
  const up = ['./roar', 'up', '--port', '0', '--data', folder, '--log-level', 'error', ...flags]
  const child = spawn(up, core)
  const port = await portOf(child, /Roar is live at http:\/\/[^:]+:(\d+)/)
  const close = async (): Promise<void> => {
    await stop(child)
    rmSync(folder, { recursive: true, force: true })
  }
  return { name: 'roar', port, pid: child.pid, close }
}

async function startBun(name: string, mode: string, core: number): Promise<BenchServer> {
  const child = spawn([process.execPath, 'bench/peers/bun-202.ts', mode], core)
  const port = await portOf(child, /^(\d+)\n/)
  return { name, port, pid: child.pid, close: () => stop(child) }
}

async function startGo(core: number): Promise<BenchServer | undefined> {
  if (Bun.which('go') === null) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'roar-bench-go-'))
  const binary = join(folder, 'go-ingest')
  const build = Bun.spawn(['go', 'build', '-o', binary, '.'], {
    cwd: join(ROOT, 'bench/peers/go-ingest'),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if ((await build.exited) !== 0) throw new Error('The Go peer could not be built')
  const child = spawn([binary], core)
  const port = await portOf(child, /^(\d+)\n/)
  const close = async (): Promise<void> => {
    await stop(child)
    rmSync(folder, { recursive: true, force: true })
  }
  return { name: 'go 2019', port, pid: child.pid, close }
}
