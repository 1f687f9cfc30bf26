import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Admin } from '@platformatic/kafka'
import { cached } from './cached.ts'
import { type ClassArchive, classFlags } from './class-archive.ts'
import { jarsOf } from './jars.ts'
import { JavaProgram } from './java.ts'
import { freePorts } from './ports.ts'

export interface Kafka {
  /** `host:port` for clients. */
  address: string
  /** The broker's process, to kill, freeze and restart; its records stay. */
  broker: JavaProgram
  /** Removes the newest records of a topic with one partition from the disk, from `offset` on. The broker must be stopped. */
  lose(topic: string, offset: number): Promise<void>
  /** Formats its disk anew: another cluster, without records, topics and groups. The broker must be stopped. */
  formatAnew(): Promise<void>
  /** Stops the broker and removes its records. */
  close(): Promise<void>
}

/** A listener beside the plain one, with its broker settings. */
interface ExtraListener {
  name: string
  protocol: string
  address: string
  properties: (folder: string) => Promise<Record<string, string>>
}

/** Starts one real Kafka broker (KRaft, broker and controller in one process) on free ports with its own folder. */
export async function startKafka({
  listener,
  classes = 'read',
  parent = tmpdir(),
}: {
  listener?: ExtraListener
  classes?: ClassArchive
  /** Where its folder is made. */
  parent?: string
} = {}): Promise<Kafka> {
  const jars = await jarsOf('kafka')
  const folder = await mkdtemp(join(parent, 'roar-kafka-'))
  const [clientPort, controllerPort] = (await freePorts(2)) as [number, number]
  const address = `127.0.0.1:${clientPort}`
  const config = join(folder, 'server.properties')
  const properties = singleBroker(folder, clientPort, controllerPort)
  if (listener !== undefined) {
    properties.listeners += `,${listener.name}://${listener.address}`
    properties['listener.security.protocol.map'] += `,${listener.name}:${listener.protocol}`
    Object.assign(properties, await listener.properties(folder))
  }
  await writeFile(config, propertiesText(properties))
  const format = () => formatDisk(dataFolder(folder), jars)
  await format()
  const broker = new JavaProgram({
    jars,
    main: 'kafka.Kafka',
    args: [config],
    jvm: ['-Xmx512m', ...LOGGING],
    classes,
    logFile: join(folder, 'broker.log'),
    ready: () => answers(address),
  })
  await broker.start()
  return {
    address,
    broker,
    lose: (topic, offset) =>
      cutBefore(join(dataFolder(folder), `${topic}-0`, `${'0'.repeat(20)}.log`), offset),
    async formatAnew() {
      await rm(dataFolder(folder), { recursive: true })
      await format()
    },
    close: async () => {
      await broker.end()
      await rm(folder, { recursive: true })
    },
  }
}

const LOGGING = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']

/**
 * Without starting a JVM: copies a freshly formatted disk, formatted once for all brokers of this version and these settings, and
 * gives it an id of its own.
 */
async function formatDisk(data: string, jars: string): Promise<void> {
  const settings = propertiesText(singleBroker('', 1, 2))
  const name = `${basename(jars)}-formatted-${createHash('sha256').update(settings).digest('hex').slice(0, 16)}`
  const formatted = await cached(join('cluster', name), async (disk) => {
    const config = join(disk, 'server.properties')
    await writeFile(config, propertiesText(singleBroker(disk, 1, 2)))
    const command = ['kafka.tools.StorageTool', 'format', '-t', newClusterId(), '-c', config]
    // A short-lived process.
    const jvm = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...classFlags(jars, 'read'), ...LOGGING]
    const child = Bun.spawn(['java', ...jvm, '-cp', `${jars}/*`, ...command], {
      stdout: 'pipe',
      stderr: 'pipe',
    })
    if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr).text())
  })
  await cp(dataFolder(formatted), data, { recursive: true })
  const identity = join(data, 'meta.properties')
  const text = await readFile(identity, 'utf8')
  await writeFile(identity, text.replace(/^cluster\.id=.*$/m, `cluster.id=${newClusterId()}`))
}

/** In the form of `kafka-storage random-uuid`. */
function newClusterId(): string {
  const id = crypto.getRandomValues(new Uint8Array(16))
  // Avoids a leading dash, which would be read as a flag.
  id[0]! &= 0x7f
  return Buffer.from(id).toString('base64url')
}

const dataFolder = (folder: string): string => join(folder, 'data')

/** Truncates a segment before the batch that begins at `offset`: each batch starts with its offset and its length. */
async function cutBefore(segment: string, offset: number): Promise<void> {
  const bytes = await readFile(segment)
  let at = 0
  while (at < bytes.length && bytes.readBigInt64BE(at) < offset) at += 12 + bytes.readInt32BE(at + 8)
  await truncate(segment, at)
}

async function answers(address: string): Promise<void> {
  const admin = new Admin({
    clientId: 'ready',
    bootstrapBrokers: [address],
    retries: 0,
    connectTimeout: 1000,
  })
  try {
    await admin.metadata({})
  } finally {
    await admin.close()
  }
}

const singleBroker = (
  folder: string,
  clientPort: number,
  controllerPort: number,
): Record<string, string> => ({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
  listeners: `PLAINTEXT://127.0.0.1:${clientPort},CONTROLLER://127.0.0.1:${controllerPort}`,
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'inter.broker.listener.name': 'PLAINTEXT',
  'log.dirs': dataFolder(folder),
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '2',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '2',
  'group.initial.rebalance.delay.ms': '0',
  'auto.create.topics.enable': 'false',
  // A killed broker is only readmitted after its old session has expired: 9 s by default. With a shorter one a busy machine
  // expires it without a kill: the broker is then fenced, and creates no topic.
  'broker.session.timeout.ms': '5000',
  'broker.heartbeat.interval.ms': '500',
  ...LIGHT,
})

/**
 * One broker with few clients, which lives for minutes or an evening: it writes no records to its own log twice a second to show that it runs,
 * compacts nothing, for which it would hold 128 MB, and each partition reserves a tenth of the usual room for its indexes.
 */
const LIGHT = {
  'metadata.max.idle.interval.ms': '0',
  'log.cleaner.enable': 'false',
  'log.index.size.max.bytes': String(2 ** 20),
}

const propertiesText = (properties: Record<string, string>): string =>
  Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
