import { Producer } from '@platformatic/kafka'
import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import { RoarError } from '../../protocol/errors.ts'
import { APPEND_TIMEOUT_MS } from '../log/append-timeout.ts'
import type {
  ConsumeOptions,
  HandleBatch,
  Log,
  LogReader,
  LogRecord,
  LogState,
  LogTopic,
  Place,
  StoredRecord,
} from '../log/log.ts'
import { within } from '../within.ts'
import { KafkaAppender } from './appender.ts'
import {
  askForTopics,
  clientOptions,
  closeClient,
  type KafkaAddress,
  topicName,
  unusable,
} from './connection.ts'
import { KafkaHistory } from './history.ts'
import { KafkaReader } from './reader.ts'
import { isInOrder, needsKey } from './topics.ts'

export interface KafkaLogOptions extends KafkaAddress {
  /** How long an append may take before it is refused and the log counts as down. Default 5 s. */
  appendTimeoutMs?: number
  /** How many bytes may wait for Kafka; beyond it an append is refused with `log_unavailable`. Default 32 MiB. */
  queueBytesMax?: number
  /** How long a reader of a group may be silent before others take its partitions. Default 6 s, Kafka's minimum. */
  sessionTimeoutMs?: number
}

const PROBE: Backoff = { firstMs: 100, maxMs: 2000 }

/**
 * The log on Kafka. Appends are idempotent within a session and wait for all in-sync replicas.
 *
 * ```
 *            an append fails or is late, a reader's broker does not respond
 *       up ─────────────────────────────────────────────────────────────────────────▶ down
 *          ◀───────────── a new producer sees every topic that was in use ────────  retries with backoff, 0.1 to 2 s
 * ```
 * @throws RoarError log_unavailable, when no broker answers.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const log = new KafkaLog(options)
  await log.start()
  return log
}

class KafkaLog implements Log {
  readonly #address: KafkaAddress
  readonly #appendTimeoutMs: number
  readonly #queueBytesMax: number
  readonly #sessionTimeoutMs: number
  readonly #listeners = new Set<(state: LogState, cause?: RoarError) => void>()
  readonly #readers = new Set<KafkaReader>()
  readonly #history: KafkaHistory
  readonly #topics = new Set<string>()
  #appender: KafkaAppender | undefined
  #cause: RoarError | undefined
  #questioned: Promise<void> | undefined
  #closed = false
  #wake = (): void => {}

  constructor({
    appendTimeoutMs = APPEND_TIMEOUT_MS,
    queueBytesMax = 32 * 2 ** 20,
    sessionTimeoutMs = 6000,
    ...address
  }: KafkaLogOptions) {
    this.#address = address
    this.#appendTimeoutMs = appendTimeoutMs
    this.#queueBytesMax = queueBytesMax
    this.#sessionTimeoutMs = sessionTimeoutMs
    this.#history = new KafkaHistory(address, { timeoutMs: appendTimeoutMs })
  }

  async start(): Promise<void> {
    this.#appender = await this.#connect()
  }

  state(): LogState {
    return this.#appender === undefined ? 'down' : 'up'
  }

  onState(listener: (state: LogState, cause?: RoarError) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async append(topic: LogTopic, records: LogRecord[]): Promise<Place[]> {
    if (needsKey(topic) && records.some(({ key }) => key === null)) {
      throw new TypeError(`records of ${topic} need a key`)
    }
    const name = topicName(this.#address, topic)
    this.#topics.add(name)
    if (this.#appender !== undefined)
      return this.#appender.append(name, records, { isInOrder: isInOrder(topic) })
    throw this.#cause ?? new RoarError('log_unavailable', 'the log is closed')
  }

  consume(topic: LogTopic, handle: HandleBatch, options: ConsumeOptions = {}): LogReader {
    const name = topicName(this.#address, topic)
    this.#topics.add(name)
    const reader = new KafkaReader({
      ...options,
      // A Kafka group serves one topic here: if its members subscribed to different topics, some would get nothing.
      ...(options.group === undefined ? {} : { group: `${name}.${options.group}` }),
      topic: name,
      isInOrder: isInOrder(topic),
      // A joining member waits until the present ones have rejoined or timed out.
      client: clientOptions(this.#address, this.#sessionTimeoutMs + this.#appendTimeoutMs),
      fetchClient: clientOptions(this.#address, this.#appendTimeoutMs),
      sessionTimeoutMs: this.#sessionTimeoutMs,
      handle,
      ends: () => this.#history.ends(name),
      onTrouble: (cause) => this.#question(cause),
    })
    this.#readers.add(reader)
    return reader
  }

  read(topic: LogTopic, from: { partition: number; offset: number }, count: number): Promise<StoredRecord[]> {
    return this.#history.read(topicName(this.#address, topic), from, count)
  }

  ends(topic: LogTopic): Promise<number[]> {
    return this.#history.ends(topicName(this.#address, topic))
  }

  /** A reader failed: that may be its own problem, so the broker is probed before the log counts as down. */
  #question(cause: unknown): void {
    if (this.#closed || this.#appender === undefined) return
    this.#questioned ??= this.#connect()
      .then((spare) => spare.close())
      .catch((error: RoarError) =>
        this.#appender?.giveUp(new RoarError(error.code, error.message, { cause })),
      )
      .finally(() => (this.#questioned = undefined))
  }

  /** Creates a producer and requests metadata of the topics in use: the log is only up if they exist. */
  async #connect(): Promise<KafkaAppender> {
    const timeoutMs = this.#appendTimeoutMs
    // The idempotent producer retries a send without limit; the appender limits it in time.
    const producer = new Producer({
      ...clientOptions(this.#address, timeoutMs),
      idempotent: true,
      retries: Number.MAX_SAFE_INTEGER,
    })
    const question = askForTopics(producer, [...this.#topics], { fresh: true })
    try {
      await within(timeoutMs, question)
    } catch (cause) {
      // Not awaited: closing can take as long as the response did.
      void closeClient(producer)
      throw unusable(this.#address, cause)
    }
    return new KafkaAppender({
      producer,
      queueBytesMax: this.#queueBytesMax,
      appendTimeoutMs: timeoutMs,
      onFailure: (failure) => void this.#recover(failure),
    })
  }

  async #recover(cause: RoarError): Promise<void> {
    this.#appender = undefined
    this.#cause = cause
    this.#tell('down', cause)
    for (let failures = 1; !this.#closed; failures++) {
      await this.#pause(backoffMs(failures, PROBE, Math.random))
      if (this.#closed) return
      try {
        const appender = await this.#connect()
        if (this.#closed) return void (await appender.close())
        this.#appender = appender
        this.#tell('up')
        return
      } catch (error) {
        // Still unreachable, perhaps for another reason: a refused append reports the latest.
        this.#cause = error as RoarError
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #tell(state: LogState, cause?: RoarError): void {
    for (const listener of this.#listeners) listener(state, cause)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#wake()
    await Promise.all([...this.#readers].map((reader) => reader.close()))
    await this.#history.close()
    const appender = this.#appender
    this.#appender = undefined
    this.#cause = undefined
    await appender?.close()
  }
}
