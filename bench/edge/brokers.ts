import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { jarsOf } from '../../deploy/programs/jars.ts'
import { freePorts } from '../../deploy/programs/ports.ts'
import { type Peer, type PeerKind, SERVER_CORE } from './peer.ts'

interface Ports {
  tcp: number
  webSocket: number
}

/** Another project's broker: what it needs, and the command that starts it in a folder of its own. */
interface Broker {
  needs: string[]
  command: (folder: string, ports: Ports) => Promise<string[]>
}

const PEERS_FOLDER = Bun.fileURLToPath(new URL('../peers/', import.meta.url))

/** Mosquitto, from the system's packages. */
const MOSQUITTO: Broker = {
  needs: ['mosquitto'],
  async command(folder, { tcp, webSocket }) {
    const config = join(folder, 'mosquitto.conf')
    const listeners = `listener ${tcp} 127.0.0.1\nlistener ${webSocket} 127.0.0.1\nprotocol websockets\n`
    writeFileSync(config, `${listeners}allow_anonymous true\npersistence false\nset_tcp_nodelay true\n`)
    return ['mosquitto', '-c', config]
  },
}

/** NATS with its MQTT listener, which needs a name and JetStream. */
const NATS: Broker = {
  needs: ['go'],
  async command(folder, { tcp, webSocket }) {
    const config = join(folder, 'nats.conf')
    writeFileSync(
      config,
      `server_name: bench\nlisten: "127.0.0.1:-1"\njetstream { store_dir: "${folder}" }\n` +
        `mqtt { listen: "127.0.0.1:${tcp}" }\n` +
        `websocket { listen: "127.0.0.1:${webSocket}", no_tls: true, compression: false }\n`,
    )
    return [await built(folder, 'github.com/nats-io/nats-server/v2'), '-c', config]
  },
}

/** A broker in Go. */
const MOCHI: Broker = {
  needs: ['go'],
  command: async (folder, { tcp, webSocket }) => [await built(folder, '.'), `${tcp}`, `${webSocket}`],
}

const HIVEMQ: Broker = {
  needs: ['java', 'mvn'],
  async command(folder, { tcp, webSocket }) {
    const address = '<bind-address>127.0.0.1</bind-address>'
    writeFileSync(
      join(folder, 'config.xml'),
      `<hivemq><listeners><tcp-listener><port>${tcp}</port>${address}</tcp-listener>` +
        `<websocket-listener><port>${webSocket}</port>${address}<path>/mqtt</path>` +
        '<subprotocols><subprotocol>mqtt</subprotocol></subprotocols></websocket-listener></listeners>' +
        '<anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics></hivemq>',
    )
    const classes = `${await jarsOf('hivemq')}/*`
    return ['java', '-Xmx1g', '-cp', classes, join(PEERS_FOLDER, 'hivemq/HiveMq.java'), folder]
  },
}

const kindOf = (name: string, broker: Broker): PeerKind => ({
  transports: ['WebSocket', 'TCP'],
  retains: true,
  start: () => start(name, broker),
})

export const mosquitto = kindOf('mosquitto', MOSQUITTO)
export const nats = kindOf('nats', NATS)
export const mochi = kindOf('mochi', MOCHI)
export const hivemq = kindOf('hivemq', HIVEMQ)

async function built(folder: string, program: string): Promise<string> {
  const binary = join(folder, 'broker')
  const build = Bun.spawn(['go', 'build', '-o', binary, program], {
    cwd: join(PEERS_FOLDER, 'go-brokers'),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if ((await build.exited) !== 0) throw new Error(`${program} could not be built`)
  return binary
}

/** Undefined if something that it needs is not installed. */
async function start(name: string, { needs, command }: Broker): Promise<Peer | undefined> {
  const missing = needs.filter((program) => Bun.which(program) === null)
  if (missing.length > 0) {
    console.log(`${name} is left out: ${missing.join(' and ')} is not installed`)
    return undefined
  }
  const [tcp, webSocket] = (await freePorts(2)) as [number, number]
  const folder = mkdtempSync(join(tmpdir(), 'roar-bench-'))
  const child = Bun.spawn(['taskset', '-c', SERVER_CORE, ...(await command(folder, { tcp, webSocket }))], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  const client = mqtt.connect(`mqtt://127.0.0.1:${tcp}`, { reconnectPeriod: 20 })
  // Not up at once: the client retries.
  client.on('error', () => {})
  const ended = child.exited.then((code) => {
    throw new Error(`${name} ended with ${code} before it took a client`)
  })
  await Promise.race([new Promise<void>((resolve) => client.once('connect', () => resolve())), ended])
  ended.catch(() => {})
  return {
    pid: child.pid,
    port: (transport) =>
      ({ TCP: tcp, WebSocket: webSocket, lane: undefined, wss: undefined, TLS: undefined })[transport],
    publish: (payload, retain = false) => void client.publish('roar/final/mood', payload, { retain }),
    async close() {
      await client.endAsync(true)
      child.kill()
      await child.exited
      rmSync(folder, { recursive: true })
    },
  }
}
