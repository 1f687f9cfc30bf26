import { afterEach, beforeEach, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { systemClock } from '../../adapters/clock/clock.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { mqttPubSub } from '../../adapters/mqtt/pubsub-mqtt.ts'
import { readConfig } from '../../cli/config.ts'
import { up } from '../../cli/roles/up.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { createEdge } from '../../services/edge/edge.ts'
import { relayRule } from '../../services/edge/relay.ts'
import { HANG_MS } from '../hang.ts'
import { launchRole } from './launch-role.ts'
import { serialPacket, Viewers } from './viewers.ts'

const MOOD = 'roar/final/mood'
const WORKERS = 3

const closers: (() => unknown)[] = []
const later = (close: () => unknown) => void closers.push(close)

/** The upstream of the workers. */
const root = { upstream: '', say: (_serial: number) => {} }
beforeEach(() => {
  const pubsub = memoryPubSub()
  const isRelay = relayRule({ secret: '', behindProxy: false })
  const edge = createEdge({ pubsub, clock: systemClock, windowMs: 250, isRelay })
  edge.start()
  later(() => edge.close())
  root.upstream = `mqtt://127.0.0.1:${edge.listenTcp({ hostname: '127.0.0.1', port: 0 }).port}`
  root.say = (serial) => pubsub.publish({ topic: MOOD, payload: serialPacket(serial), retain: true })
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
}, HANG_MS)

async function launch(...flags: string[]) {
  const port = await freePort()
  const common = ['--upstream', root.upstream, '--mqtt-port', `${port}`, '--workers', `${WORKERS}`]
  return { ...(await launchRole({ role: 'edge', flags: [...common, ...flags], later })), mqttPort: port }
}

/** An edge, once every worker has received a packet. */
async function started() {
  root.say(1)
  const edge = await launch()
  await edge.until(200)
  while ((await metricsOf(edge.url))(/^roar_edge_messages_total.* 1$/).length < WORKERS) await Bun.sleep(20)
  return edge
}

/** Running child processes of one process. */
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)

const runs = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function metricsOf(url: string): Promise<(line: RegExp) => number[]> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return (wanted) =>
    text
      .split('\n')
      .filter((line) => wanted.test(line))
      .map((line) => Number(line.split(' ').at(-1)))
}

const sum = (numbers: number[]): number => numbers.reduce((all, each) => all + each, 0)

/** Viewers that reconnect by themselves. Resolves when all have the same newest packet. */
function listen(mqttPort: number, count: number) {
  const newest = Array.from({ length: count }, () => 0)
  let wake = () => {}
  for (const [i] of newest.entries()) {
    const pubsub = mqttPubSub({ url: `mqtt://127.0.0.1:${mqttPort}` })
    pubsub.subscribe(MOOD, ({ payload }) => {
      newest[i] = JSON.parse(new TextDecoder().decode(payload)).serial
      wake()
    })
    later(() => pubsub.close())
  }
  return async (serial: number) => {
    while (newest.some((each) => each !== serial)) await new Promise<void>((next) => (wake = next))
  }
}

test('workers share the ports: every viewer hears every packet, and whoever is asked tells what all measure', async () => {
  const edge = await started()
  const viewers = await Viewers.watch(edge.mqttPort, 60)
  later(() => viewers.close())
  for (let serial = 2; serial <= 20; serial++) root.say(serial)
  await viewers.hear(MOOD, 20)
  expect(viewers.serials(MOOD)).toEqual([Array.from({ length: 20 }, (_, i) => i + 1)])
  const metrics = await metricsOf(edge.url)
  const connections = metrics(/^roar_edge_connections\{transport="tcp_v4"/)
  expect(connections).toHaveLength(WORKERS)
  expect(sum(connections)).toBe(60)
  expect(Math.max(...connections)).toBeLessThan(60)
  // The first was a retained value: an answer, not a broadcast.
  expect(sum(metrics(/^roar_edge_deliveries_total/))).toBe(60 * 19)
  expect(metrics(/^roar_edge_worker_up/)).toEqual(Array(WORKERS).fill(1))
})

test('a worker that is killed is started again, and its viewers hear on', async () => {
  const edge = await started()
  const hears = listen(edge.mqttPort, 12)
  await hears(1)
  const [victim] = childrenOf(edge.child.pid)
  process.kill(victim!, 'SIGKILL')
  while (runs(victim!) || childrenOf(edge.child.pid).length < WORKERS) await Bun.sleep(20)
  root.say(2)
  await hears(2)
  const deaths = async () => sum((await metricsOf(edge.url))(/^roar_edge_worker_deaths_total/))
  while ((await deaths()) !== 1) await Bun.sleep(20)
})

test('SIGTERM says goodbye to the viewers of all workers, and ends with 0', async () => {
  const edge = await started()
  const sockets = Array.from({ length: 12 }, () => {
    const socket = new WebSocket(`${edge.url.replace('http', 'ws')}/mqtt`, 'mqtt')
    const opened = new Promise((resolve) => (socket.onopen = resolve))
    return {
      opened,
      closed: new Promise<number>((resolve) => (socket.onclose = ({ code }) => resolve(code))),
    }
  })
  await Promise.all(sockets.map(({ opened }) => opened))
  const workers = childrenOf(edge.child.pid)
  edge.child.kill('SIGTERM')
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual(Array(12).fill(1001))
  expect(await edge.child.exited).toBe(0)
  expect(workers.filter(runs)).toEqual([])
})

test('workers end with their parent, however it ends', async () => {
  const edge = await started()
  const workers = childrenOf(edge.child.pid)
  expect(workers).toHaveLength(WORKERS)
  edge.child.kill('SIGKILL')
  while (workers.some(runs)) await Bun.sleep(20)
})

test('workers that cannot live are given up, and the reason is said', async () => {
  root.say(1)
  const upper = await launch('--relay-secret', 'known to edges and bridges alone')
  await upper.until(200)
  const lower = await launch('--upstream', `mqtt://127.0.0.1:${upper.mqttPort}`)
  expect(await lower.child.exited).toBe(1)
  expect(await lower.said()).toContain('relay-secret')
})

test('ports that cannot be shared are refused before anything starts', async () => {
  const taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  later(() => taken.stop(true))
  for (const [port, sentence] of [
    ['0', 'mqtt-port: is 0'],
    [`${taken.port}`, `mqtt-port: ${taken.port} on 127.0.0.1 is in use`],
  ] as const) {
    const edge = await launch('--mqtt-port', port)
    expect(await edge.child.exited).toBe(2)
    expect(await edge.said()).toContain(sentence)
  }
})

test('roar up has no workers, and says what has', async () => {
  const config = readConfig({ argv: ['--workers', '2'], env: {} })
  expect(() => up.check!(config)).toThrow('roar edge --workers 2')
})
