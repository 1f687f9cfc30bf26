import { join } from 'node:path'
import type { Subprocess } from 'bun'
import type { Logger } from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { restartDelayMs } from '../../engine/restarts.ts'
import { anotherProcess } from '../../services/another-process.ts'
import type { Measured } from '../../services/http/operator.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { unlistenable } from '../listen.ts'
import { edge } from '../roles/edge.ts'
import { loggerOf } from '../run-role.ts'
import type { Config } from '../settings.ts'
import { stopSignal } from '../stop-signal.ts'
import { EDGE_WORKER, Questions, type ToParent, type ToWorker } from './worker-talk.ts'

const WORKER = anotherProcess(EDGE_WORKER, join(import.meta.dir, '../main.ts'))
/** A worker that takes longer to report its metrics is left out. */
const ANSWER_MS = 1_000
/** The exit code of a configuration error: starting again would end the same way. */
const BAD_CONFIG = 2
/** 128 + SIGTERM. */
const TERMINATED = 143

/**
 * `roar edge --workers N`: N processes on the same ports, each with its own viewers and upstream. The kernel distributes
 * connections. A process that dies is restarted; its viewers reconnect to the others meanwhile.
 */
export async function runEdgeWorkers(config: Config): Promise<number> {
  edge.check?.(config)
  await checkPorts(config)
  const logger = loggerOf('edge', config)
  const workers = Array.from({ length: config.workers }, (_, i) => new Worker(`${i + 1}`, { config, logger }))
  const measureAll = async () => {
    const measured = await Promise.all(workers.map((worker) => worker.measure()))
    return [...measured.filter((each) => each !== undefined), measuredHere(workers)]
  }
  const lives = workers.map((worker) => worker.live(measureAll))
  const end = await Promise.race([stopSignal(), ...lives])
  logger.info(typeof end === 'string' ? { signal: end } : { code: end }, 'draining')
  for (const worker of workers) worker.stop()
  return Math.max(...(await Promise.all(lives)))
}

/** With port 0 each worker would get another port; and a port that a stranger also shares would be shared with it. */
async function checkPorts({ host, ...ports }: Config): Promise<void> {
  for (const name of ['port', 'mqtt-port'] as const) {
    const port = ports[name]
    if (port === 'off') continue
    if (port === 0) throw new ConfigError(name, 'is 0: several workers need a fixed port to share')
    try {
      Bun.listen({ hostname: host, port, socket: { data() {} } }).stop(true)
    } catch (cause) {
      throw await unlistenable(name, { host, port }, cause)
    }
  }
}

/** Metrics that only the parent has. */
function measuredHere(workers: Worker[]): Measured {
  const metric = (
    type: 'gauge' | 'counter',
    name: string,
    help: string,
    read: (worker: Worker) => number,
  ) => ({
    name,
    help,
    type,
    aggregator: 'sum',
    values: workers.map((worker) => ({ value: read(worker), labels: { worker: worker.name } })),
  })
  return [
    metric('gauge', 'roar_edge_worker_up', 'Whether the worker runs', ({ runs }) => Number(runs)),
    metric('counter', 'roar_edge_worker_deaths_total', 'Deaths of the worker', ({ deaths }) => deaths),
  ] as unknown as Measured
}

/** One worker, across restarts. */
class Worker {
  readonly name: string
  readonly #config: Config
  readonly #logger: Logger
  readonly #questions = new Questions<Measured>({ clock: systemClock, answerMs: ANSWER_MS })
  readonly #stop = Promise.withResolvers<void>()
  #deathsMs: number[] = []
  #deaths = 0
  #process: Subprocess | undefined
  #stopping = false

  constructor(name: string, { config, logger }: { config: Config; logger: Logger }) {
    this.name = name
    this.#config = config
    this.#logger = logger
  }

  get runs(): boolean {
    return this.#process !== undefined
  }

  get deaths(): number {
    return this.#deaths
  }

  /** Resolves with an exit code when it was told to stop and did, or when restarting does not help. */
  async live(measureAll: () => Promise<Measured[]>): Promise<number> {
    for (;;) {
      const code = await this.#run(measureAll)
      // It was told to stop before it had a handler, and so had nothing to drain.
      if (this.#stopping) return code === TERMINATED ? 0 : code
      if (code === BAD_CONFIG) return code
      this.#deaths++
      // Older deaths no longer matter.
      this.#deathsMs = [...this.#deathsMs.slice(-9), systemClock.now()]
      const delayMs = restartDelayMs(this.#deathsMs)
      const what = { worker: this.name, code }
      if (delayMs === undefined) {
        this.#logger.fatal(what, 'a worker keeps dying')
        return 1
      }
      this.#logger.error({ ...what, delayMs }, 'a worker died and is restarted')
      await Promise.race([
        this.#stop.promise,
        new Promise<void>((resolve) => systemClock.after(delayMs, resolve)),
      ])
      if (this.#stopping) return 0
    }
  }

  /** Runs the worker once. Resolves with its exit code; 128 and more: a signal ended it. */
  async #run(measureAll: () => Promise<Measured[]>): Promise<number> {
    const child = Bun.spawn(WORKER, {
      // Only the first start of the first worker prints warnings.
      stdio: ['ignore', this.name === '1' && this.#deaths === 0 ? 'inherit' : 'ignore', 'inherit'],
      // Ctrl-C goes to the parent alone, which passes it on: a second one would end a worker in the middle of its drain.
      detached: true,
      serialization: 'json',
      ipc: (message: ToParent) => this.#hear(message, measureAll),
    })
    this.#process = child
    this.#tell({ say: 'start', config: this.#config, worker: this.name })
    const code = await child.exited
    this.#process = undefined
    return code
  }

  #hear(message: ToParent, measureAll: () => Promise<Measured[]>): void {
    const { question } = message
    if (message.say === 'own') this.#questions.answer(question, message.measured)
    else void measureAll().then((measured) => this.#tell({ say: 'all', question, measured }))
  }

  #tell(message: ToWorker): void {
    this.#process?.send(message)
  }

  /** Resolves with `undefined` if it does not run, or is too slow. */
  async measure(): Promise<Measured | undefined> {
    if (!this.runs) return undefined
    return this.#questions.ask((question) => this.#tell({ say: 'measure', question }))
  }

  stop(): void {
    this.#stopping = true
    this.#stop.resolve()
    this.#process?.kill('SIGTERM')
  }
}
