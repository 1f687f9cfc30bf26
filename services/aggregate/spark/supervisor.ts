import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import type { Clock } from '../../../adapters/clock/clock.ts'
import {
  parseSparkAddress,
  type QueryId,
  SparkError,
  SparkSession,
  type StreamStart,
} from '../../../adapters/spark/spark-session.ts'
import { type Backoff, backoffMs } from '../../../protocol/backoff.ts'
import { Histogram } from '../../measure/histogram.ts'
import type { SparkJob } from './job.ts'
import { parseProgress } from './progress.ts'
import { Standstill } from './standstill.ts'
import { checkVersion, SparkTrouble, troubleOf } from './trouble.ts'

export interface SparkAggregateOptions {
  /** `sc://host:port` of any Spark Connect server. */
  spark: string
  /** What it counts: one or more jobs in one session, whose id is derived from the first job's checkpoint. */
  jobs: SparkJob[]
  logger: Logger
  clock: Clock
}

/** Plain numbers for metrics. The first five are counters, the others are gauges of the newest batch. */
export interface SparkCounters {
  batches: number
  repeats: number
  /** Must stay 0: reactions not counted because their record was behind the watermark. */
  lateRows: number
  deadLetters: number
  /** How often a query was started because none was running. */
  starts: number
  rowsPerSecond: number
  lagRecords: number
  stateRows: number
  stateBytes: number
}

export interface SparkAggregate {
  /** By the job's name. */
  counters: Record<string, SparkCounters>
  /** How long each batch took, by the job's name. */
  batchTimes: Record<string, Histogram>
  /** What is wrong; undefined while it counts. Initially `starting`. */
  trouble(): string | undefined
  /** Calls back on every change. Returns the unsubscribe function. */
  onTrouble(listener: (trouble: string | undefined) => void): () => void
  /** Rejects when waiting cannot help: the supervisor has stopped, and somebody must fix something first. */
  done: Promise<void>
  /** Stops watching. The queries keep counting, and the next supervisor finds them. */
  close(): Promise<void>
  /** Stops the queries, then watching. Their checkpoint keeps their position. */
  stop(): Promise<void>
}

const POLL_MS = 1000
/** From a batch of nothing to one of a backlog on few cores. */
const BATCH_BOUNDS_MS = [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000]
/** How long queries must run after a failure before it counts as over. */
const STEADY_MS = 10_000
/** How often the checkpoints' existence is checked, and dead letters are counted. */
const RARELY_MS = 10_000
const RETRY: Backoff = { firstMs: 200, maxMs: 5000 }

/**
 * Keeps the counting on Spark running: starts its queries, or finds them running, and watches them.
 *
 * ```
 *              ┌── a call fails, a query ended ── backoff, 0.2 to 5 s ──┐
 *              ▼                                                        │
 * version ─▶ settings ─▶ note of the checkpoint ─▶ views ─▶ start what is not running ─▶ watch, each second
 *    └── a fault that waiting cannot fix: `done` rejects with a sentence
 * ```
 * The session's id is derived from the first job's checkpoint. So a restarted supervisor finds its predecessor's queries, two
 * at once watch the same queries, and a restarted Spark is a session without queries: they are started and
 * resume from the checkpoint.
 */
export function startSparkAggregate(options: SparkAggregateOptions): SparkAggregate {
  return new Supervisor(options)
}

const NOTHING: SparkCounters = {
  batches: 0,
  repeats: 0,
  lateRows: 0,
  deadLetters: 0,
  starts: 0,
  rowsPerSecond: 0,
  lagRecords: 0,
  stateRows: 0,
  stateBytes: 0,
}

class Supervisor implements SparkAggregate {
  readonly counters: Record<string, SparkCounters>
  readonly batchTimes: Record<string, Histogram>
  readonly done: Promise<void>
  readonly #address: string
  readonly #session: SparkSession
  readonly #jobs: SparkJob[]
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #listeners = new Set<(trouble: string | undefined) => void>()
  #queries = new Map<string, QueryId>()
  #trouble: string | undefined = 'starting'
  readonly #newestBatch = new Map<string, number>()
  readonly #standstill = new Standstill()
  /** Before this time the queries may still fail again. */
  #steadyAtMs = 0
  #rarelyAtMs = 0
  /** Checkpoints whose notes this process has checked. */
  readonly #noted = new Set<string>()
  #checkpointTrouble: string | undefined
  #closed = false
  #wake = (): void => {}

  constructor({ spark, jobs, logger, clock }: SparkAggregateOptions) {
    this.#address = spark
    this.#logger = logger
    this.#clock = clock
    this.#jobs = jobs
    this.counters = Object.fromEntries(jobs.map(({ name }) => [name, { ...NOTHING }]))
    this.batchTimes = Object.fromEntries(jobs.map(({ name }) => [name, new Histogram(BATCH_BOUNDS_MS)]))
    this.#session = new SparkSession(parseSparkAddress(spark), { sessionId: uuidOf(jobs[0]!.checkpoint) })
    this.done = this.#run()
    // Callers may ignore it.
    this.done.catch(() => undefined)
  }

  trouble(): string | undefined {
    return this.#trouble
  }

  onTrouble(listener: (trouble: string | undefined) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#wake()
    await this.done.catch(() => undefined)
    this.#session.close()
  }

  async stop(): Promise<void> {
    this.#closed = true
    this.#wake()
    await this.done.catch(() => undefined)
    try {
      for (const query of (await this.#session.activeQueries()).values()) await this.#session.stop(query)
    } finally {
      this.#session.close()
    }
  }

  async #run(): Promise<void> {
    for (let failures = 1; !this.#closed; failures++) {
      try {
        await this.#attach()
        while (!this.#closed) {
          const { trouble, isGettingOn } = await this.#look()
          // A query that keeps ending is running at most checks, and counts nothing.
          const isSteady = isGettingOn && this.#clock.passedMs() >= this.#steadyAtMs
          if (trouble !== undefined || isSteady) this.#tell(trouble)
          if (isSteady) failures = 1
          await this.#pause(POLL_MS)
        }
      } catch (error) {
        if (this.#closed) return
        const trouble = troubleOf(error, this.#address)
        this.#steadyAtMs = this.#clock.passedMs() + STEADY_MS
        this.#tell(trouble.message, trouble)
        if (trouble.final) throw trouble
        await this.#pause(backoffMs(failures, RETRY, Math.random))
      }
    }
  }

  async #attach(): Promise<void> {
    checkVersion(await this.#session.version())
    this.#queries = await this.#session.activeQueries()
    for (const job of this.#jobs) await this.#begin(job)
  }

  async #begin({ name, settings, checkpoint, note, views, counting, deadLetters }: SparkJob): Promise<void> {
    const missing = [counting, deadLetters].filter(({ name }) => !this.#queries.has(name))
    if (missing.length === 0) return
    await this.#session.configure({
      ...settings,
      // Enough for what happens between two checks; the default of 100 is a lot of text every second.
      'spark.sql.streaming.numRecentProgressUpdates': String(
        Math.max(10, Math.ceil((4 * POLL_MS) / everyMsOf(counting))),
      ),
    })
    await this.#checkNote(checkpoint, note)
    for (const [view, relation] of views) await this.#session.createView(view, relation)
    for (const start of missing) {
      this.#queries.set(start.name, await this.#session.startStream(start))
      this.counters[name]!.starts++
      this.#logger.info({ query: start.name }, 'query started on Spark')
    }
    for (const { name } of missing) this.#newestBatch.delete(name)
  }

  /**
   * Spark resumes any query whose state has the same shape from a checkpoint, and would mix counts of two window lengths. So a
   * note beside the checkpoint says what it belongs to.
   */
  async #checkNote(checkpoint: string, note: string): Promise<void> {
    const folder = `${checkpoint}/note`
    try {
      // Rows would arrive as Arrow; an error arrives as text.
      await this.#session.run(`SELECT raise_error(concat('note: ', value, ';')) FROM text.\`${folder}\``)
    } catch (error) {
      if (!(error instanceof SparkError) || error.unreachable) throw error
      const found = /note: (.*?);/s.exec(error.message)?.[1]
      if (found === note) return void this.#noted.add(checkpoint)
      if (found !== undefined) {
        const sentence = `the checkpoint ${checkpoint} belongs to another query: it counts ${found}; here it would be ${note}. Give it a folder of its own`
        throw new SparkTrouble({ sentence, final: true })
      }
      if (!error.message.includes('PATH_NOT_FOUND')) throw error
      // Counting from the log's start would, for a while, take back what viewers have seen, so a person has to decide that.
      if (this.#noted.has(checkpoint)) throw new SparkTrouble({ sentence: gone(checkpoint), final: false })
    }
    await this.#session.run(`INSERT OVERWRITE DIRECTORY '${folder}' USING text SELECT '${note}'`)
    this.#noted.add(checkpoint)
  }

  /**
   * Checks the queries, and throws if one has ended. Returns what is wrong although all of them run, and whether each has
   * finished a batch since it began, or has nothing to do: a fault may only show in the first batch.
   */
  async #look(): Promise<{ trouble: string | undefined; isGettingOn: boolean }> {
    const atWork = new Set<string>()
    for (const [name, query] of this.#queries) {
      const { isActive, isAtWork } = await this.#session.status(query)
      if (isAtWork) atWork.add(name)
      if (isActive) continue
      const said = await this.#session.exception(query)
      throw new Error(said ?? `${name} was stopped from outside`)
    }
    for (const { name, counting } of this.#jobs)
      for (const progress of await this.#newBatches(counting)) this.#count(name, progress)
    if (this.#clock.passedMs() >= this.#rarelyAtMs) {
      this.#rarelyAtMs = this.#clock.passedMs() + RARELY_MS
      this.#checkpointTrouble = await this.#missingCheckpoint()
      for (const { name, deadLetters } of this.#jobs)
        for (const { written } of await this.#newBatches(deadLetters))
          this.counters[name]!.deadLetters += written
    }
    const trouble = this.#checkpointTrouble ?? this.#standingStill(atWork)
    const isGettingOn = this.#jobs.every(
      ({ counting: { name } }) => this.#newestBatch.has(name) || !atWork.has(name),
    )
    return { trouble, isGettingOn }
  }

  /** The batches of a query that it has finished since it was last asked. */
  async #newBatches({ name }: StreamStart): Promise<Progress[]> {
    const known = this.#newestBatch.get(name) ?? -1
    const all = (await this.#session.recentProgress(this.#queries.get(name)!)).map(parseProgress)
    const batches = all.filter(({ batchId }) => batchId > known)
    if (batches.length > 0) this.#newestBatch.set(name, Math.max(...batches.map(({ batchId }) => batchId)))
    return batches
  }

  /** A query whose checkpoint is deleted keeps running, and counts from the start again after the next restart. */
  async #missingCheckpoint(): Promise<string | undefined> {
    for (const { checkpoint } of this.#jobs) {
      try {
        await this.#session.run(`SELECT value FROM text.\`${checkpoint}/note\``)
        this.#noted.add(checkpoint)
      } catch (error) {
        if (!(error instanceof SparkError) || !error.message.includes('PATH_NOT_FOUND')) throw error
        return gone(checkpoint)
      }
    }
    return undefined
  }

  #standingStill(atWork: ReadonlySet<string>): string | undefined {
    const passedMs = this.#clock.passedMs()
    const still = this.#jobs.filter(({ name, counting }) =>
      this.#standstill.see(
        name,
        { isAtWork: atWork.has(counting.name), batch: this.#newestBatch.get(counting.name) ?? -1 },
        passedMs,
      ),
    )
    if (still.length === 0) return undefined
    const names = still.map(({ name }) => name).join(' and ')
    return `Spark makes no progress on the batch of ${names}: it waits for Kafka or for its checkpoint, or has a long backlog`
  }

  #count(
    job: string,
    { lateRows, repeats, batchMs, rowsPerSecond, lagRecords, stateRows, stateBytes, batchId }: Progress,
  ): void {
    const counters = this.counters[job]!
    counters.batches++
    counters.repeats += repeats
    counters.lateRows += lateRows
    this.batchTimes[job]!.observe(batchMs)
    Object.assign(counters, { rowsPerSecond, lagRecords, stateRows, stateBytes })
    if (lateRows > 0) {
      const sentence =
        'rows were dropped as too late and are not in the counts: a partition is further behind the others than the watermark allows'
      this.#logger.error({ job, lateRows, batchId }, sentence)
    }
  }

  #tell(trouble: string | undefined, cause?: SparkTrouble): void {
    if (trouble === this.#trouble) return
    this.#trouble = trouble
    if (cause !== undefined) this.#logger.debug({ err: cause }, trouble)
    for (const listener of this.#listeners) listener(trouble)
  }

  #pause(ms: number): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}

const gone = (checkpoint: string): string =>
  `the checkpoint ${checkpoint} has disappeared: restore it, or stop the queries on Spark and restart this role to count from what the log still has`

const everyMsOf = ({ trigger }: StreamStart): number =>
  trigger === 'available-now' ? POLL_MS : trigger.everyMs

type Progress = ReturnType<typeof parseProgress>

/** A UUID derived from a text. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(`roar ${text}`).digest('hex')
  // Version 8, RFC 9562 section 5.8: a custom scheme.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
