import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../adapters/clock/clock.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { mqttPubSub } from '../../adapters/mqtt/pubsub-mqtt.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import { type RoleName, RoleProcess } from '../../deploy/cluster/cluster.ts'
import { startMosquitto } from '../../deploy/programs/mosquitto.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { createEdge } from '../../services/edge/edge.ts'
import { relayRule } from '../../services/edge/relay.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { ROAR } from '../roar-process.ts'
import { serialPacket, Viewers } from './viewers.ts'

/**
 * The tree of 2019: a main publish node, three clusters of one publish node and two subscribe nodes each. With TREE_VIEWERS=300
 * it is the measured run: that many viewers on each subscribe node, a minute of packets, figures printed.
 */
const CLUSTERS = 3
const SUBSCRIBE_NODES = 2
const MEASURED = process.env.TREE_VIEWERS !== undefined
const VIEWERS = Number(process.env.TREE_VIEWERS ?? 5)
const PACKETS = MEASURED ? 240 : 40
const RHYTHM_MS = MEASURED ? 250 : 25

const MOOD = 'roar/final/mood'
const FEED = 'roar/final/feed'
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

interface Cluster {
  /** Brings packets into the cluster: a bridge, or the edge that is its publish node. */
  feeder: RoleProcess
  /** Ports of the subscribe nodes. */
  ports: number[]
}

interface Tree {
  /** The main publish node. */
  main: PubSub
  clusters: Cluster[]
  close(): Promise<void>
}

interface Closing {
  folder: string
  later(close: () => Promise<unknown>): void
}

/** One of our roles as a process, once it is ready. */
async function startRole({ folder, later }: Closing, role: RoleName, ...flags: string[]) {
  const port = await freePort()
  const logFile = join(folder, `${role}-${port}.log`)
  const started = new RoleProcess({ name: role, program: ROAR, role, port, flags, logFile })
  later(() => started.stop())
  await started.start()
  return started
}

async function broker({ later }: Closing, settings = '') {
  const started = await startMosquitto({ settings })
  later(() => started.close())
  return started
}

/** Subscribe nodes are fed by Mosquitto's own bridge, as in 2019; the clusters by ours. */
async function plantBrokers(closing: Closing): Promise<Omit<Tree, 'close'>> {
  const mainNode = await broker(closing)
  const main = mqttPubSub({ url: mainNode.url })
  closing.later(() => main.close())
  const plant = async (): Promise<Cluster> => {
    const publishNode = await broker(closing)
    const feeder = await startRole(closing, 'bridge', '--upstream', mainNode.url, '--pubsub', publishNode.url)
    const node = () =>
      broker(
        closing,
        [
          'connection publish-node',
          `address 127.0.0.1:${publishNode.port}`,
          // By default it is the host's name: nodes on one machine would take over each other's connection.
          `remote_clientid ${crypto.randomUUID()}`,
          'topic roar/# in 1',
          'restart_timeout 1',
        ].join('\n'),
      )
    const nodes = await Promise.all(Array.from({ length: SUBSCRIBE_NODES }, node))
    return { feeder, ports: nodes.map(({ port }) => port) }
  }
  return { main, clusters: await Promise.all(Array.from({ length: CLUSTERS }, plant)) }
}

/** The main publish node is an edge as `roar up` has it; below it are two levels of `roar edge`. */
async function plantEdges(closing: Closing): Promise<Omit<Tree, 'close'>> {
  const main = memoryPubSub()
  const isRelay = relayRule({ secret: '', behindProxy: false })
  const mainNode = createEdge({ pubsub: main, clock: systemClock, windowMs: 250, isRelay })
  mainNode.start()
  const upstream = `mqtt://127.0.0.1:${mainNode.listenTcp({ hostname: '127.0.0.1', port: 0 }).port}`
  closing.later(() => mainNode.close())
  const node = async (from: string) => {
    const port = await freePort()
    return {
      port,
      role: await startRole(closing, 'edge', '--upstream', from, '--mqtt-port', String(port)),
    }
  }
  const plant = async (): Promise<Cluster> => {
    const publishNode = await node(upstream)
    const below = Array.from({ length: SUBSCRIBE_NODES }, () => node(`mqtt://127.0.0.1:${publishNode.port}`))
    return { feeder: publishNode.role, ports: (await Promise.all(below)).map(({ port }) => port) }
  }
  return { main, clusters: await Promise.all(Array.from({ length: CLUSTERS }, plant)) }
}

async function plantTree(plant: (closing: Closing) => Promise<Omit<Tree, 'close'>>): Promise<Tree> {
  const closers: (() => Promise<unknown>)[] = []
  const folder = mkdtempSync(join(tmpdir(), 'roar-tree-'))
  const close = async () => {
    // From the leaves to the root, in the reverse of the order in which they were started.
    for (const each of closers.reverse()) await each()
    rmSync(folder, { recursive: true })
  }
  try {
    return { ...(await plant({ folder, later: (each) => closers.push(each) })), close }
  } catch (cause) {
    await close()
    throw cause
  }
}

function treePromises(name: string, plant: (closing: Closing) => Promise<Omit<Tree, 'close'>>): void {
  describe(name, () => {
    let tree: Tree
    /** By cluster. */
    let viewers: Viewers[][]
    let serial = 0

    const say = (retain: boolean): number => {
      tree.main.publish({ topic: retain ? MOOD : FEED, payload: serialPacket(++serial), retain })
      return serial
    }
    /** Publishes packets at their usual rate, and resolves with the last. */
    const sayMany = async (count: number): Promise<number> => {
      for (let i = 0; i < count; i++) {
        say(true)
        await Bun.sleep(RHYTHM_MS)
      }
      return serial
    }

    beforeAll(async () => {
      tree = await plantTree(plant)
      const first = say(true)
      viewers = await Promise.all(
        tree.clusters.map(({ ports }) => Promise.all(ports.map((port) => Viewers.watch(port, VIEWERS)))),
      )
      await Promise.all(viewers.flat().map((some) => some.hear(MOOD, first)))
    }, HANG_MS)
    afterAll(async () => {
      for (const some of viewers?.flat() ?? []) some.close()
      await tree?.close()
    }, HANG_MS)

    test('every viewer hears every packet, in order and once, retained or not', async () => {
      const from = serial
      const startedMs = Date.now()
      const cpu = process.cpuUsage()
      const last = await sayMany(PACKETS)
      await Promise.all(viewers.flat().map((some) => some.hear(MOOD, last)))
      const tookMs = Date.now() - startedMs
      const post = say(false)
      await Promise.all(viewers.flat().map((some) => some.hear(FEED, post)))
      for (const some of viewers.flat()) {
        expect(some.serials(MOOD)).toEqual([numbers(from, last)])
        expect(some.serials(FEED)).toEqual([[post]])
      }
      if (MEASURED) print(name, viewers.flat(), { tookMs, ownCpuMs: process.cpuUsage(cpu).user / 1000 })
    })

    test('a cluster whose feeder is killed disturbs no other, and hears the newest state when it is back', async () => {
      const [cut, ...others] = viewers
      const from = serial + 1
      await tree.clusters[0]!.feeder.kill()
      const last = await sayMany(20)
      await Promise.all(others.flat().map((some) => some.hear(MOOD, last)))
      for (const some of others.flat()) {
        expect(some.serials(MOOD)[0]!.slice(-20)).toEqual(numbers(from, last))
        expect(some.serials(MOOD)).toHaveLength(1)
      }
      await tree.clusters[0]!.feeder.start()
      await Promise.all(cut!.map((some) => some.hear(MOOD, last)))
      // Then it continues from there.
      const next = say(true)
      await Promise.all(viewers.flat().map((some) => some.hear(MOOD, next)))
      for (const some of cut!) expect(some.serials(MOOD)[0]!.slice(-2)).toEqual([last, next])
    })
  })
}

function print(name: string, viewers: Viewers[], { tookMs, ownCpuMs }: { tookMs: number; ownCpuMs: number }) {
  // The first packet is excluded: viewers who came later than it got it as a retained value.
  const sorted = viewers
    .flatMap(({ latenciesMs }) => latenciesMs)
    .slice(viewers.length * VIEWERS)
    .toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  const rate = Math.round((PACKETS * viewers.length * VIEWERS) / (tookMs / 1000))
  console.log(
    `${name}: ${PACKETS} packets to ${viewers.length * VIEWERS} viewers in ${tookMs} ms, ${rate} deliveries/s, ` +
      `said to heard p50 ${at(0.5)} p99 ${at(0.99)} max ${at(1)} ms; CPU of the viewers' process ${Math.round(ownCpuMs)} ms`,
  )
}

const here = needs('mosquitto')
if (here) treePromises('clusters of Mosquitto, each fed by a bridge', plantBrokers)
treePromises('the same tree of edges alone', plantEdges)
