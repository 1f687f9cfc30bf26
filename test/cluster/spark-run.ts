import { expect } from 'bun:test'
import { Producer } from '@platformatic/kafka'
import { withAdmin } from '../../adapters/kafka/admin.ts'
import { type KafkaAddress, topicName } from '../../adapters/kafka/connection.ts'
import type { Log, LogRecord, LogTopic, StoredRecord } from '../../adapters/log/log.ts'
import { parseSparkAddress, SparkSession, type StreamStart } from '../../adapters/spark/spark-session.ts'
import { deadLetters } from '../../protocol/records/dead-letters.ts'
import type { SparkJob } from '../../services/aggregate/spark/job.ts'
import { HANG_MS } from '../hang.ts'
import { patientLog } from './patient-log.ts'

export interface TimedRecord {
  timestampMs: number
  key?: string | null
  text: string | Uint8Array
}

const text = new TextDecoder()

/** Larger batches exceed Kafka's maximum message size. */
const SEND_MAX = 500

/** Feeds timestamped records to a job, has it count them once, and reads the result. */
export async function countOnSpark({
  spark,
  kafka,
  job,
  from,
  to,
  partitions = 1,
  records,
}: {
  spark: string
  kafka: KafkaAddress
  job: SparkJob
  from: LogTopic
  to: LogTopic
  partitions?: number
  records: TimedRecord[]
}): Promise<{ counts: StoredRecord[]; letters: StoredRecord[] }> {
  // Topics that keep the producer's time, unlike Roar's own: the vectors say when each record came.
  await withAdmin(kafka, (admin) =>
    Promise.all([
      admin.createTopics({ topics: [topicName(kafka, from)], partitions, replicas: 1 }),
      admin.createTopics({
        topics: [to, 'dead-letters' as const].map((topic) => topicName(kafka, topic)),
        partitions: 1,
        replicas: 1,
      }),
    ]),
  )
  const producer = new Producer({ clientId: 'vectors', bootstrapBrokers: kafka.brokers })
  const messages = records.map(({ timestampMs, key, text }) => ({
    topic: topicName(kafka, from),
    ...(key === undefined || key === null ? {} : { key: Buffer.from(key) }),
    value: Buffer.from(text as string),
    timestamp: BigInt(timestampMs),
  }))
  for (let sent = 0; sent < messages.length; sent += SEND_MAX)
    await producer.send({ messages: messages.slice(sent, sent + SEND_MAX), acks: -1 })
  await producer.close()
  const session = new SparkSession(parseSparkAddress(spark), {
    sessionId: crypto.randomUUID(),
    timeoutMs: HANG_MS,
  })
  await session.configure(job.settings)
  for (const [name, relation] of job.views) await session.createView(name, relation)
  const queries = [
    await session.startStream(soon(job.counting)),
    await session.startStream(soon(job.deadLetters)),
  ]
  for (const query of queries) {
    await session.processAllAvailable(query)
    await session.stop(query)
  }
  session.close()
  const log = await patientLog(kafka)
  const [counts, letters] = [await allOf(log, to), await allOf(log, 'dead-letters')]
  await log.close()
  return { counts, letters }
}

/** Spark reports that all is processed when a batch would start and finds nothing: at a job's usual pace, seconds later. */
const soon = (query: StreamStart): StreamStart => ({ ...query, trigger: { everyMs: 100 } })

/**
 * That vectors which were counted in one batch, each in a show of its own, gave the cells that they name, byte for byte, and the
 * same faults. @param recordOf The record of a cell.
 */
export function expectVectors<SomeCell extends { show: string }>(
  { counts, letters }: { counts: StoredRecord[]; letters: StoredRecord[] },
  vectors: readonly { cells: readonly SomeCell[]; faults?: readonly string[] }[],
  recordOf: (cell: SomeCell & { version: number }) => LogRecord,
): void {
  const said = counts.map(({ key, value }) => `${key} ${text.decode(value)}`)
  // Everything was there from the start, so it is one batch: one version, and each cell once.
  const version = Number(/"version":(\d+)/.exec(said[0]!)![1])
  const wanted = vectors.flatMap((vector, i) =>
    vector.cells.map((cell) => {
      const { key, value } = recordOf({ ...cell, show: `v${i}-${cell.show}`, version })
      return `${key} ${text.decode(value)}`
    }),
  )
  expect(said.toSorted()).toEqual(wanted.toSorted())
  const faults = vectors.flatMap((vector) => vector.faults ?? [])
  expect(letters.map(({ value }) => JSON.parse(text.decode(value)).reason)).toEqual(faults)
}

/** The reason of each dead letter, by the offset of its record. */
export const faultsOf = (letters: StoredRecord[]): Record<number, string> =>
  Object.fromEntries(
    letters.map(({ value }) => {
      const letter = deadLetters.decode(value)
      if (typeof letter === 'string') throw new Error(letter)
      return [letter.offset, letter.reason]
    }),
  )

/** Everything that a topic of one partition holds now. */
async function allOf(log: Log, topic: LogTopic): Promise<StoredRecord[]> {
  const [end = 0] = await log.ends(topic)
  const records: StoredRecord[] = []
  while ((records.at(-1)?.offset ?? -1) < end - 1) {
    const offset = (records.at(-1)?.offset ?? -1) + 1
    records.push(...(await log.read(topic, { partition: 0, offset }, 1000)))
  }
  return records
}
