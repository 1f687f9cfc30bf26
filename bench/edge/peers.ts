import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hivemq, mochi, mosquitto, nats } from './brokers.ts'
import { certificateIn } from './certificate.ts'
import type { TransportName } from './fleet.ts'
import { type Peer, type PeerKind, RETAINED, SERVER_CORE } from './peer.ts'
import { workers } from './workers.ts'

/** Our edge with all its ports. */
const roar: PeerKind = {
  transports: ['WebSocket', 'lane', 'wss', 'TCP', 'TLS'],
  retains: true,
  async start() {
    const folder = mkdtempSync(join(tmpdir(), 'roar-bench-'))
    const peer = await startScript('./edge-process.ts', certificateIn(folder))
    rmSync(folder, { recursive: true })
    return peer
  },
}

/** Not a broker but the limit: a loop in C that writes to one socket after the other. */
const writeLoop: PeerKind = { transports: ['WebSocket', 'TCP'], retains: false, start: startWriteLoop }

/** The runtime's own idle servers: the cost of a connection without any protocol. */
export const bare: PeerKind = {
  transports: ['WebSocket', 'TCP'],
  retains: false,
  start: () => startScript('./bare-process.ts', []),
}

export const PEERS = { roar, workers, 'write-loop': writeLoop, mosquitto, nats, mochi, hivemq }
export type PeerName = keyof typeof PEERS

const startScript = (name: string, argv: string[]): Promise<Peer> =>
  startProgram([process.execPath, Bun.fileURLToPath(new URL(name, import.meta.url)), ...argv])

/** One of our servers in a process: it prints its ports and publishes its input. */
async function startProgram(command: string[]): Promise<Peer> {
  const child = Bun.spawn(['taskset', '-c', SERVER_CORE, ...command], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const reader = child.stdout.getReader()
  const { value } = await reader.read()
  const ports = JSON.parse(new TextDecoder().decode(value)) as Partial<Record<TransportName, number>>
  return {
    pid: child.pid,
    port: (transport) => ports[transport],
    publish(payload, retain = false) {
      child.stdin.write(`${retain ? RETAINED : ''}${payload}\n`)
      child.stdin.flush()
    },
    async close() {
      child.kill()
      await child.exited
    },
  }
}

/** Undefined without a compiler. */
async function startWriteLoop(): Promise<Peer | undefined> {
  if (Bun.which('cc') === null) {
    console.log('write-loop is left out: no C compiler is installed (apt install gcc)')
    return undefined
  }
  const folder = mkdtempSync(join(tmpdir(), 'roar-bench-'))
  const binary = join(folder, 'write-loop')
  const source = Bun.fileURLToPath(new URL('../peers/write-loop/main.c', import.meta.url))
  const { exitCode } = Bun.spawnSync(['cc', '-O2', '-o', binary, source], { stderr: 'inherit' })
  if (exitCode !== 0) throw new Error('The loop in C could not be built')
  const peer = await startProgram([binary])
  rmSync(folder, { recursive: true })
  return peer
}
