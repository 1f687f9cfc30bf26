import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { freePorts } from '../../deploy/programs/ports.ts'
import type { TransportName } from './fleet.ts'

/** A server that fans out, alone in a process on its own core. */
export interface Peer {
  pid: number
  /** Undefined: it has no such transport. */
  port(transport: TransportName): number | undefined
  /** Hands one packet to all viewers. */
  publish(payload: string): void
  close(): Promise<void>
}

const SERVER_CORE = '1'

export const PEERS = { roar: startRoar, mosquitto: startMosquitto }
export type PeerName = keyof typeof PEERS

async function startRoar(): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'roar-bench-'))
  const peer = await startScript('./edge-process.ts', certificateIn(folder))
  rmSync(folder, { recursive: true })
  return peer
}

/** The runtime's own servers, which do nothing: what a connection takes before anything is made of it. */
export const startBare = (): Promise<Peer> => startScript('./bare-process.ts', [])

/** Certificate and key for the port that speaks TLS; none where there is no openssl. */
function certificateIn(folder: string): string[] {
  if (Bun.which('openssl') === null) return []
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost'
  Bun.spawnSync(['openssl', ...request.split(' '), '-keyout', key, '-out', cert])
  return [cert, key]
}

/** A server of ours in a process: it prints its ports and takes what is to be published from its input. */
async function startScript(name: string, argv: string[]): Promise<Peer> {
  const script = new URL(name, import.meta.url).pathname
  const child = Bun.spawn(['taskset', '-c', SERVER_CORE, process.execPath, script, ...argv], {
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
    publish(payload) {
      child.stdin.write(`${payload}\n`)
      child.stdin.flush()
    },
    async close() {
      child.kill()
      await child.exited
    },
  }
}

/** Undefined where Mosquitto is not installed. */
async function startMosquitto(): Promise<Peer | undefined> {
  if (Bun.which('mosquitto') === null) {
    console.log('mosquitto is left out: it is not installed (apt install mosquitto)')
    return undefined
  }
  const [tcpPort, webSocketPort] = (await freePorts(2)) as [number, number]
  const folder = mkdtempSync(join(tmpdir(), 'mosquitto-'))
  const config = join(folder, 'mosquitto.conf')
  const listeners = `listener ${tcpPort} 127.0.0.1\nlistener ${webSocketPort} 127.0.0.1\nprotocol websockets\n`
  writeFileSync(config, `${listeners}allow_anonymous true\npersistence false\nset_tcp_nodelay true\n`)
  const child = Bun.spawn(['taskset', '-c', SERVER_CORE, 'mosquitto', '-c', config], {
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  const client = mqtt.connect(`mqtt://127.0.0.1:${tcpPort}`, { reconnectPeriod: 20 })
  // It is not there at once: the client tries again.
  client.on('error', () => {})
  await new Promise<void>((resolve) => client.once('connect', () => resolve()))
  return {
    pid: child.pid,
    port: (transport) =>
      ({ TCP: tcpPort, WebSocket: webSocketPort, lane: undefined, wss: undefined, TLS: undefined })[
        transport
      ],
    publish: (payload) => void client.publish('roar/final/mood', payload),
    async close() {
      await client.endAsync(true)
      child.kill()
      await child.exited
      rmSync(folder, { recursive: true })
    },
  }
}
