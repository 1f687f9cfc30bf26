import { randomBytes } from 'node:crypto'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Subprocess } from 'bun'
import { endOf } from '../programs/end-of.ts'
import { ENDS_WITH_US } from '../programs/ends-with-us.ts'
import { startKafka } from '../programs/kafka.ts'
import { startMosquitto } from '../programs/mosquitto.ts'
import { freePorts } from '../programs/ports.ts'
import { startSpark } from '../programs/spark.ts'

/** The checkout's own. */
const ROAR = Bun.fileURLToPath(new URL('../../roar', import.meta.url))
/** A bound against hangs: a role is ready within seconds, or minutes on a busy machine. */
const READY_TIMEOUT_MS = 300_000

/** Existing parts, by address; others are started here. */
export interface ClusterParts {
  /** `kafka://host:port,…` */
  log?: string
  /** `sc://host:port`; then `checkpoint` is needed too. */
  spark?: string
  checkpoint?: string
  /** `mqtt://host:port` */
  pubsub?: string
  /** `sqlite:FILE` or `postgres://…` */
  store?: string
}

export type RoleName = 'studio' | 'ingest' | 'aggregate' | 'deliver' | 'edge' | 'bridge'

/** One process of the cluster, which can be killed and restarted. */
export class RoleProcess {
  readonly name: string
  readonly url: string
  readonly #command: string[]
  readonly #logFile: string
  #process: Subprocess | undefined

  constructor(options: {
    name: string
    program: string
    role: RoleName
    port: number
    flags: string[]
    logFile: string
  }) {
    this.name = options.name
    this.url = `http://127.0.0.1:${options.port}`
    this.#command = [
      ...ENDS_WITH_US,
      options.program,
      options.role,
      '--port',
      String(options.port),
      ...options.flags,
    ]
    this.#logFile = options.logFile
  }

  get pid(): number {
    return this.#process!.pid
  }

  /** Resolves when the role reports that it is ready. @throws with the role's last lines if it ends before */
  async start(): Promise<void> {
    const log = openSync(this.#logFile, 'a')
    const child = Bun.spawn(this.#command, { stdin: 'ignore', stdout: log, stderr: log })
    this.#process = child
    process.on('exit', this.#reap)
    const deadline = Date.now() + READY_TIMEOUT_MS
    while (!(await isReady(this.url))) {
      if (endOf(child) !== null || Date.now() > deadline) {
        throw new Error(
          `${this.name} did not become ready: ${readFileSync(this.#logFile, 'utf8').trim().split('\n').at(-1)}`,
        )
      }
      await Bun.sleep(100)
    }
  }

  /** Drains it, and resolves to its exit code. */
  stop(): Promise<number> {
    return this.#end('SIGTERM')
  }

  kill(): Promise<number> {
    return this.#end('SIGKILL')
  }

  async #end(signal: NodeJS.Signals): Promise<number> {
    const child = this.#process
    if (child === undefined) return 0
    child.kill(signal)
    const code = await child.exited
    process.off('exit', this.#reap)
    this.#process = undefined
    return code
  }

  #reap = (): void => this.#process?.kill('SIGKILL')
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )

export interface Cluster {
  /** The address of the page and the API. */
  url: string
  /** Signs tokens that every role accepts. */
  secret: string
  kafka?: Awaited<ReturnType<typeof startKafka>>
  spark?: Awaited<ReturnType<typeof startSpark>>
  mosquitto?: Awaited<ReturnType<typeof startMosquitto>>
  /** A folder with the secret in a file, for `roar poll --data`. */
  data: string
  /** The roles' database, as in `--store`. */
  store: string
  roles: Record<'studio' | 'ingest1' | 'ingest2' | 'aggregate' | 'deliver' | 'edge1' | 'edge2', RoleProcess>
  /** A second site, if requested: a broker, the bridge that feeds it, and an edge behind it. */
  second?: { mosquitto: Awaited<ReturnType<typeof startMosquitto>>; bridge: RoleProcess; edge: RoleProcess }
  /** Stops the roles in order of the data path, then the programs beneath them. Returns whether all drained. */
  stop(): Promise<boolean>
}

/**
 * Starts a whole cluster on this machine: Kafka, Spark, Mosquitto, and every role as its own process.
 * @param options.port The port of the page and the API. Default 7766; 0: any free one.
 * @param options.tell Called with each step.
 * @param options.program The `roar` that is started. Default: the checkout's.
 * @param options.sparkTriggerMs How often Spark starts a batch. Default: the role's.
 * @param options.second Whether there is a second broker, fed by a bridge, with its own edge.
 */
export async function startCluster({
  parts = {},
  port = 7766,
  program = ROAR,
  sparkTriggerMs,
  second: wantsSecond = false,
  tell = () => {},
}: {
  parts?: ClusterParts
  port?: number
  program?: string
  sparkTriggerMs?: number
  second?: boolean
  tell?: (step: string) => void
} = {}): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'roar-cluster-'))
  const beneath: { close(): Promise<void> }[] = []
  const started: RoleProcess[] = []
  const closeBeneath = async () => {
    for (const program of beneath.reverse()) await program.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const begin = async <T extends { close(): Promise<void> }>(
    name: string,
    start: () => Promise<T>,
  ): Promise<T> => {
    tell(`starting ${name}`)
    const program = await start()
    beneath.push(program)
    return program
  }
  try {
    const kafka = parts.log === undefined ? await begin('Kafka', startKafka) : undefined
    const spark = parts.spark === undefined ? await begin('Spark', startSpark) : undefined
    const mosquitto = parts.pubsub === undefined ? await begin('Mosquitto', startMosquitto) : undefined
    const log = parts.log ?? `kafka://${kafka!.address}`
    const pubsub = parts.pubsub ?? mosquitto!.url
    const store = parts.store ?? `sqlite:${join(folder, 'roar.db')}`
    if (kafka !== undefined) await createTopics(program, log)

    const [first, secondIngest, studioPort, aggregatePort, deliverPort, edge1, edge2, edge3, bridgePort] =
      await freePorts(9)
    const role = (name: string, role: RoleName, at: number, ...flags: string[]): RoleProcess =>
      new RoleProcess({ name, program, role, port: at, flags, logFile: join(folder, `${name}.log`) })
    // Hexadecimal: a leading dash would be read as a flag.
    const secret = randomBytes(32).toString('hex')
    const signs = ['--auth-secret', secret]
    // As in a data folder, for `roar poll --data`.
    writeFileSync(join(folder, 'auth-secret'), Buffer.from(secret).toString('base64url'), { mode: 0o600 })
    // Pictures of stickers: the studio stores them, and the roles that answer viewers serve them.
    const media = ['--media', `file:${join(folder, 'media')}`]
    const edges = [edge1, edge2, ...(wantsSecond ? [edge3] : [])]
    const pubsubUrls = ['--pubsub-urls', edges.map((port) => `ws://127.0.0.1:${port}/mqtt`).join()]
    const ingest = [
      ...['--log', log, '--store', store, '--pubsub', pubsub, '--slice-ms', '250'],
      ...signs,
      ...pubsubUrls,
      ...media,
    ]
    const checkpoint = parts.checkpoint ?? join(spark?.checkpoints ?? folder, 'reactions')
    const roles: Cluster['roles'] = {
      studio: role('studio', 'studio', studioPort!, '--log', log, '--store', store, ...signs, ...media),
      aggregate: role(
        'aggregate',
        'aggregate',
        aggregatePort!,
        '--log',
        log,
        '--spark',
        parts.spark ?? spark!.address,
        '--spark-checkpoint',
        checkpoint,
        ...(sparkTriggerMs === undefined ? [] : ['--spark-trigger-ms', String(sparkTriggerMs)]),
      ),
      deliver: role('deliver', 'deliver', deliverPort!, '--log', log, '--store', store, '--pubsub', pubsub),
      edge1: role('edge1', 'edge', edge1!, '--upstream', pubsub),
      edge2: role('edge2', 'edge', edge2!, '--upstream', pubsub),
      ingest1: role('ingest1', 'ingest', port === 0 ? first! : port, ...ingest),
      ingest2: role('ingest2', 'ingest', secondIngest!, ...ingest),
    }
    let second: Cluster['second']
    if (wantsSecond) {
      const broker = await begin('a second Mosquitto', startMosquitto)
      second = {
        mosquitto: broker,
        bridge: role('bridge', 'bridge', bridgePort!, '--upstream', pubsub, '--pubsub', broker.url),
        edge: role('edge3', 'edge', edge3!, '--upstream', broker.url),
      }
    }
    const behind = second === undefined ? [] : [second.bridge, second.edge]
    for (const each of [...Object.values(roles), ...behind]) {
      tell(`starting ${each.name}`)
      started.unshift(each)
      await each.start()
    }
    return {
      url: roles.ingest1.url,
      secret,
      data: folder,
      store,
      roles,
      ...(kafka && { kafka }),
      ...(spark && { spark }),
      ...(mosquitto && { mosquitto }),
      ...(second && { second }),
      async stop() {
        const codes: number[] = []
        for (const each of [
          roles.ingest1,
          roles.ingest2,
          roles.aggregate,
          roles.deliver,
          roles.edge1,
          roles.edge2,
          ...behind,
          roles.studio,
        ]) {
          tell(`stopping ${each.name}`)
          codes.push(await each.stop())
        }
        tell('stopping what is beneath them')
        await closeBeneath()
        return codes.every((code) => code === 0)
      },
    }
  } catch (cause) {
    for (const each of started) await each.kill()
    await closeBeneath()
    throw cause
  }
}

async function createTopics(program: string, log: string): Promise<void> {
  const topics = Bun.spawn([program, 'topics', '--log', log, '--replication', '1', '--partitions', '2'], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  if ((await topics.exited) !== 0) throw new Error(await new Response(topics.stdout).text())
}
