import type { Subprocess } from 'bun'
import { systemClock } from '../../adapters/clock/clock.ts'
import { mqttPubSub } from '../../adapters/mqtt/pubsub-mqtt.ts'
import { endOf } from '../../deploy/programs/end-of.ts'
import { startMosquitto } from '../../deploy/programs/mosquitto.ts'
import { freePorts } from '../../deploy/programs/ports.ts'
import { moodTopic, showTopic } from '../../protocol/topics.ts'
import { publishViewers } from '../../services/viewers/watching-now.ts'
import { startRoar } from '../ingest/servers.ts'

export const SHOW = 'final'
export const SIDES = ['home', 'away'] as const
const ROAR = Bun.fileURLToPath(new URL('../../roar', import.meta.url))
const SECRET = 'a secret of relays'

/** What the edges of the first level are fed by. */
interface Root {
  /** For the edges below. */
  upstream: string
  close(): Promise<void>
}

/** `roar up`, which holds the first edge itself. */
async function startUp(): Promise<Root> {
  const [port] = await freePorts(1)
  const up = await startRoar(undefined, ['--mqtt-port', String(port), '--relay-secret', SECRET])
  // Edges below know a side once it has a mood.
  for (const segment of SIDES) {
    const body = JSON.stringify({ stickers: { heart: 1 }, segment })
    await fetch(`http://127.0.0.1:${up.port}/v1/shows/${SHOW}/reactions`, { method: 'POST', body })
  }
  return { upstream: relayUrl(port!), close: up.close }
}

/** Mosquitto, with a deliver's part in this process: it adds up what edges report, and publishes the sum. */
async function startBroker(): Promise<Root> {
  const mosquitto = await startMosquitto()
  const pubsub = mqttPubSub({ url: mosquitto.url })
  const viewers = publishViewers({
    pubsub,
    clock: systemClock,
    isActive: () => true,
    segmentsOf: () => SIDES,
  })
  const payload = new TextEncoder().encode('{"at":1,"ms":250,"n":0,"total":0,"top":[]}')
  const moods = ['', ...SIDES].map((segment) => ({ topic: moodTopic(SHOW, segment), payload }))
  const show = { topic: showTopic(SHOW), payload: new TextEncoder().encode('{"version":1}') }
  for (const message of [show, ...moods]) pubsub.publish({ ...message, retain: true })
  const close = async () => {
    viewers.stop()
    await pubsub.close()
    await mosquitto.close()
  }
  return { upstream: mosquitto.url, close }
}

export const ROOTS = { 'roar up': startUp, mosquitto: startBroker }

const relayUrl = (port: number): string => `mqtt://relay:${encodeURIComponent(SECRET)}@127.0.0.1:${port}`

/** `roar edge` as a process. */
export interface Edge {
  port: number
  mqttPort: number
  kill(): Promise<void>
}

async function startEdge(upstream: string): Promise<Edge> {
  const [port, mqttPort] = (await freePorts(2)) as [number, number]
  const flags = ['--port', port, '--mqtt-port', mqttPort, '--relay-secret', SECRET, '--upstream', upstream]
  const unlimited = ['--edge-connects-per-second', 0, '--log-level', 'error']
  const child: Subprocess = Bun.spawn([ROAR, 'edge', ...[...flags, ...unlimited].map(String)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await isReady())) {
    if (endOf(child) !== null) throw new Error(`roar edge ended with ${endOf(child)}`)
    await Bun.sleep(100)
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await child.exited
  }
  return { port, mqttPort, kill }
}

export interface Tree {
  /** The second level: each is an upstream of every leaf. */
  relays: Edge[]
  /** The third level, with all viewers. */
  leaves: Edge[]
  close(): Promise<void>
}

/** A tree of depth three below a root: one edge, two, four. */
export async function startTree(root: Root): Promise<Tree> {
  const first = await startEdge(root.upstream)
  const relays = await Promise.all([1, 2].map(() => startEdge(relayUrl(first.mqttPort))))
  const ways = relays.map(({ mqttPort }) => relayUrl(mqttPort))
  const leaves = await Promise.all(
    [1, 2, 3, 4].map((leaf) => startEdge((leaf % 2 ? ways : ways.toReversed()).join())),
  )
  const close = async () => {
    for (const edge of [...leaves, ...relays, first]) await edge.kill()
    await root.close()
  }
  return { relays, leaves, close }
}
