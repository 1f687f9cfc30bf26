import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Subprocess } from 'bun'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { openKafkaLog } from '../../adapters/kafka/log-kafka.ts'
import { startKafka } from '../../deploy/programs/kafka.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { control } from '../../protocol/records/control.ts'
import type { Slice } from '../../protocol/slice.ts'

const ROOT = Bun.fileURLToPath(new URL('../..', import.meta.url))
const START_TIMEOUT_MS = 15_000

/** A server under test, on its core. */
export interface BenchServer {
  name: string
  port: number
  pid: number
  /** Whether it publishes its counts to viewers, over WebSocket. */
  packets?: true
  /** Taps counted so far, for servers that count. */
  counted?: () => Promise<number>
  close(): Promise<void>
}

/** Starts a competitor on its core, with what it needs on the other one; returns a text that says what is missing. */
export type StartServer = (core: number, otherCore: number) => Promise<BenchServer | string>

export const SERVERS = {
  roar: startRoarIngest,
  'roar up': (core) => startRoar(core),
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

/** Reads the port from the first line that matches `find`, and discards the rest of the output. */
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
 * `roar ingest` as in a cluster, with a Kafka of its own that stores every slice. Its count is what the log has, each slice once.
 */
async function startRoarIngest(core: number, otherCore: number): Promise<BenchServer | string> {
  if (Bun.which('java') === null) return 'Java, for Kafka (npm run setup)'
  const kafka = await startKafka()
  await Bun.spawn(['taskset', '-a', '-cp', String(otherCore), String(kafka.broker.pid)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  }).exited
  const address = { brokers: [kafka.address], topicPrefix: 'roar-' }
  await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 2, replication: 1 }))
  const log = await openKafkaLog(address)
  await log.append('control', [control.encode(DEMO_SHOW)])
  const flags = [
    '--log',
    `kafka://${kafka.address}`,
    '--auth-secret',
    'bench'.repeat(8),
    '--log-level',
    'error',
  ]
  const child = spawn(['./roar', 'ingest', '--port', '0', ...flags], core)
  const port = await portOf(child, /roar ingest is at http:\/\/[^:]+:(\d+)/)
  while (!(await fetch(`http://127.0.0.1:${port}/v1/shows/${DEMO_SHOW.show}`)).ok) await Bun.sleep(50)
  const slices = new Map<string, number>()
  const reader = log.consume('reactions', (batch) => {
    for (const { value } of batch) {
      const { producer, sequence, count } = JSON.parse(new TextDecoder().decode(value)) as Slice
      slices.set(
        `${producer} ${sequence}`,
        count.reduce((sum, each) => sum + each, 0),
      )
    }
  })
  return {
    name: 'roar',
    port,
    pid: child.pid,
    counted: async () => slices.values().reduce((sum, each) => sum + each, 0),
    close: async () => {
      await stop(child)
      await reader.close()
      await log.close()
      await kafka.close()
    },
  }
}

/**
 * The whole of `roar up`, as run by `npm start`: checks, slices, log, windows, totals in SQLite, packets. Its data folder is
 * temporary. Without a core it may use all.
 */
export async function startRoar(core?: number, flags: string[] = []): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'roar-bench-'))
  const server = await startRoarIn(folder, core, flags)
  const close = async (): Promise<void> => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { ...server, close }
}

/** The same in a permanent data folder. */
export async function startRoarIn(folder: string, core?: number, flags: string[] = []): Promise<BenchServer> {
  // A bench's crowd connects as fast as it can.
  const unlimited = ['--edge-connects-per-second', '0']
  const address = ['--port', '0', '--data', folder]
  const up = ['./roar', 'up', ...address, '--log-level', 'error', ...unlimited, ...flags]
  const child = spawn(up, core)
  const port = await portOf(child, /Roar is live at https?:\/\/[^:]+:(\d+)/)
  const counted = async () => {
    const mood = await fetch(`http://127.0.0.1:${port}/v1/shows/${DEMO_SHOW.show}/mood`)
    return ((await mood.json()) as MoodPacket).total
  }
  return { name: 'roar up', port, pid: child.pid, packets: true, counted, close: () => stop(child) }
}

async function startBun(name: string, mode: string, core: number): Promise<BenchServer> {
  const child = spawn([process.execPath, 'bench/peers/bun-202.ts', mode], core)
  const port = await portOf(child, /^(\d+)\n/)
  return { name, port, pid: child.pid, close: () => stop(child) }
}

async function startGo(core: number): Promise<BenchServer | string> {
  if (Bun.which('go') === null) return 'Go (apt install golang-go)'
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
