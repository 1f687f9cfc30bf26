import {
  compatibilityPartitioner,
  connectionsApiChannel,
  type MessageToProduce,
  type Producer,
} from '@platformatic/kafka'
import { RoarError } from '../../protocol/errors.ts'
import type { LogRecord, Place } from '../log/log.ts'
import { within } from '../within.ts'
import { askForTopics, closeClient, reasonOf } from './connection.ts'
import { traceBytes, traceHeaders } from './trace-headers.ts'

interface Waiting {
  topic: string
  /** Into the first partition, with or without a key. */
  isInOrder: boolean
  records: LogRecord[]
  bytes: number
  deadlineMs: number
  resolve: (places: Place[]) => void
  reject: (error: RoarError) => void
}

/** Kafka's own limit for a batch of one partition is 1 MiB by default; the rest is for framing. */
const BATCH_BYTES_MAX = 900_000
const RECORD_OVERHEAD_BYTES = 70
const PRODUCE_API = 0

/**
 * Appends through one idempotent producer, one send at a time, each with everything that waited meanwhile: with one request in
 * flight to a broker, throughput comes from batches. After the first failure it refuses everything that waits and is discarded,
 * because the failed send may still be in the log and the producer's own retries never end.
 */
export class KafkaAppender {
  readonly #producer: Producer
  readonly #queueBytesMax: number
  readonly #appendTimeoutMs: number
  readonly #onFailure: (cause: RoarError) => void
  readonly #appendTimes = new Map<string, number>()
  #queue: Waiting[] = []
  #queuedBytes = 0
  #sending: Promise<void> | undefined
  #failure: RoarError | undefined

  constructor(options: {
    producer: Producer
    queueBytesMax: number
    appendTimeoutMs: number
    onFailure: (cause: RoarError) => void
  }) {
    this.#producer = options.producer
    this.#queueBytesMax = options.queueBytesMax
    this.#appendTimeoutMs = options.appendTimeoutMs
    this.#onFailure = options.onFailure
    connectionsApiChannel.asyncStart.subscribe(this.#onResponse)
  }

  async append(topic: string, records: LogRecord[], { isInOrder }: { isInOrder: boolean }): Promise<Place[]> {
    if (this.#failure !== undefined) throw this.#failure
    const parts = inParts(records)
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
    // A single append over the limit is accepted when nothing waits, because otherwise it never would be.
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > this.#queueBytesMax) {
      const detail = `${this.#queuedBytes} bytes already wait for Kafka`
      throw new RoarError('log_unavailable', detail, { retryAfterS: 1 })
    }
    const deadlineMs = performance.now() + this.#appendTimeoutMs
    const sent = parts.map((part) => {
      const { promise, resolve, reject } = Promise.withResolvers<Place[]>()
      this.#queue.push({ topic, isInOrder, ...part, deadlineMs, resolve, reject })
      return promise
    })
    this.#queuedBytes += bytes
    this.#sending ??= this.#sendAll()
    return (await Promise.all(sent)).flat()
  }

  async #sendAll(): Promise<void> {
    // Appends of the same turn of the event loop are sent together.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch()
      try {
        const places = await this.#bounded(this.#send(batch), batch[0]!.deadlineMs)
        for (const [i, { resolve }] of batch.entries()) resolve(places[i]!)
      } catch (cause) {
        const failure = this.#fail(cause)
        for (const { reject } of batch) reject(failure)
        return
      } finally {
        this.#appendTimes.clear()
      }
    }
    this.#sending = undefined
  }

  #takeBatch(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const { bytes: more } of this.#queue) {
      if (count > 0 && bytes + more > BATCH_BYTES_MAX) break
      bytes += more
      count++
    }
    this.#queuedBytes -= bytes
    return this.#queue.splice(0, count)
  }

  async #send(batch: Waiting[]): Promise<Place[][]> {
    const topics = [...new Set(batch.map(({ topic }) => topic))]
    const metadata = await askForTopics(this.#producer, topics)
    const timestamp = BigInt(Date.now())
    // Records without a key go to one partition a batch: fewer and larger batches.
    const anyPartition = Math.floor(Math.random() * 2 ** 31)
    const messages: MessageToProduce[] = []
    for (const { topic, isInOrder, records } of batch) {
      const { partitionsCount } = metadata.topics.get(topic)!
      for (const { key, value, trace } of records) {
        const keyBytes = key === null ? undefined : Buffer.from(key)
        const message = { topic, value: Buffer.from(value.buffer, value.byteOffset, value.length), timestamp }
        const spread = keyBytes === undefined ? anyPartition : compatibilityPartitioner(message, keyBytes)
        const partition = isInOrder ? 0 : spread % partitionsCount
        messages.push({
          ...message,
          partition,
          ...(keyBytes && { key: keyBytes }),
          ...(trace && { headers: traceHeaders(trace) }),
        })
      }
    }
    if (messages.length === 0) return batch.map(() => [])
    const { offsets = [] } = await this.#producer.send({ messages, compression: 'zstd' })
    const next = new Map(
      offsets.map(({ topic, partition, offset }) => [`${topic}/${partition}`, Number(offset)]),
    )
    const times = new Map([...next].map(([name, base]) => [name, this.#appendTimes.get(`${name}/${base}`)]))
    let index = 0
    return batch.map(({ records }) =>
      records.map(() => {
        const { topic, partition } = messages[index++]!
        const name = `${topic}/${partition}`
        const offset = next.get(name)!
        next.set(name, offset + 1)
        return { partition: partition!, offset, timestampMs: times.get(name) ?? Number(timestamp) }
      }),
    )
  }

  /** The broker returns a batch's append time, which `send()` drops: it is read from the client's trace. */
  #onResponse = (trace: unknown): void => {
    const { apiKey, result } = trace as { apiKey: number; result?: ProduceResponse }
    if (apiKey !== PRODUCE_API || result === undefined || this.#sending === undefined) return
    for (const { name, partitionResponses } of result.responses) {
      for (const { index, baseOffset, logAppendTimeMs } of partitionResponses) {
        // -1: the topic keeps the producer's time.
        if (logAppendTimeMs >= 0n)
          this.#appendTimes.set(`${name}/${index}/${baseOffset}`, Number(logAppendTimeMs))
      }
    }
  }

  #bounded<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
    const leftMs = Math.max(0, deadlineMs - performance.now())
    return within(leftMs, work, () => new Error(`Kafka did not confirm within ${this.#appendTimeoutMs} ms`))
  }

  #fail(cause: unknown): RoarError {
    if (this.#failure !== undefined) return this.#failure
    const failure = new RoarError('log_unavailable', `Kafka: ${reasonOf(cause)}`, { cause, retryAfterS: 1 })
    this.#failure = failure
    for (const { reject } of this.#queue.splice(0)) reject(failure)
    this.#queuedBytes = 0
    // A send in progress ends with the producer, or comes late.
    void this.#release()
    this.#onFailure(failure)
    return failure
  }

  /** Refuses whatever waits and whatever comes, at once. */
  giveUp(cause: RoarError): void {
    this.#fail(cause)
  }

  /** Sends what waits, within the time limit of an append, and closes. */
  async close(): Promise<void> {
    await this.#sending
    this.#failure ??= new RoarError('log_unavailable', 'the log is closed')
    await this.#release()
  }

  async #release(): Promise<void> {
    connectionsApiChannel.asyncStart.unsubscribe(this.#onResponse)
    await closeClient(this.#producer)
  }
}

/**
 * Splits the records of one append into as few batches as Kafka's size limit allows. @throws RoarError internal if a single
 * record is larger
 */
function inParts(records: LogRecord[]): { records: LogRecord[]; bytes: number }[] {
  const parts: { records: LogRecord[]; bytes: number }[] = []
  for (const record of records) {
    const { key, value, trace } = record
    const size =
      value.length + (key === null ? 0 : key.length * 3) + RECORD_OVERHEAD_BYTES + traceBytes(trace)
    if (size > BATCH_BYTES_MAX)
      throw new RoarError('internal', `a record of ${size} bytes is larger than Kafka accepts`)
    const last = parts.at(-1)
    if (last === undefined || last.bytes + size > BATCH_BYTES_MAX)
      parts.push({ records: [record], bytes: size })
    else {
      last.records.push(record)
      last.bytes += size
    }
  }
  return parts
}

interface ProduceResponse {
  responses: {
    name: string
    partitionResponses: { index: number; baseOffset: bigint; logAppendTimeMs: bigint }[]
  }[]
}
