import type { Relation } from '../../../adapters/spark/relations.ts'
import type { StreamStart } from '../../../adapters/spark/spark-session.ts'
import { DEAD_LETTER, DEAD_LETTER_BYTES_MAX } from '../../../protocol/records/dead-letters.ts'
import { recordJson } from './record-sql.ts'

/** One thing that Spark counts, from one topic into another. */
export interface SparkJob {
  /** In metrics. */
  name: string
  /**
   * A folder that all of Spark's machines see: `s3a://…`, `hdfs://…`, or on one machine a path. The state of the queries
   * lies in it, and a note that says what it is of.
   */
  checkpoint: string
  note: string
  /** Settings of Spark for this job's queries. A checkpoint keeps some that it began with. */
  settings: Record<string, string>
  /** In the order in which they are made: each may stand on the ones before. */
  views: [name: string, relation: Relation][]
  /** The query that counts: its progress is reported as that of the job. */
  counting: StreamStart
  deadLetters: StreamStart
}

/** Options of every source. */
export const SOURCE = {
  startingOffsets: 'earliest',
  // Records that Kafka dropped before they were counted must not go unnoticed.
  failOnDataLoss: 'true',
  // Where a partition ends Spark asks on the connection on which its next fetch waits for records already. Kafka answers in
  // order, so each batch would stand still for what is left of the wait: up to 500 ms by default. What a batch reads is
  // there before it begins, so there is nothing to wait for.
  'kafka.fetch.max.wait.ms': '10',
}

/** Options of every sink. */
export const SINK = {
  'kafka.acks': 'all',
  'kafka.compression.type': 'zstd',
  // What a task has of a batch goes out as one: Spark flushes when it is done, and half a batch's cells would be half a packet.
  'kafka.linger.ms': '100',
  'kafka.batch.size': '524288',
}

/**
 * Plans are run as they are. By default Spark writes them out as Java and compiles it, batch after batch, because the
 * batch's time and watermark are written into it. That is worth it for many records; here a batch has some dozen.
 */
export const INTERPRETED = {
  'spark.sql.codegen.wholeStage': 'false',
  'spark.sql.codegen.factoryMode': 'NO_CODEGEN',
}

/** Spark's default, for batches of many records. A session keeps what the job before set. */
export const COMPILED = {
  'spark.sql.codegen.wholeStage': 'true',
  'spark.sql.codegen.factoryMode': 'FALLBACK',
}

/** Dead letters are for people: they may take their time, and the batches that count need it more. */
const DEAD_LETTERS_EVERY_MS = 10_000

/**
 * The query that dead-letters what could not be read: a query of its own over the view that the counting stands on, so
 * that both go by the same words, and a record is either in the one or in the other. It reads the topic once more, in
 * batches far apart, which costs little.
 * @param options.records A view with value, partition, offset and fault.
 */
export const deadLettersOf = (options: {
  name: string
  records: string
  /** As a dead letter names where it is from. */
  topic: string
  kafka: Record<string, string>
  to: string
  checkpointLocation: string
}): StreamStart => ({
  name: options.name,
  input: {
    sql: {
      query: `
SELECT concat('${options.topic}/', partition, '/', offset) AS key, ${letterOf(options.topic)} AS value
FROM ${options.records} WHERE fault IS NOT NULL`,
    },
  },
  outputMode: 'append',
  format: 'kafka',
  options: {
    ...options.kafka,
    ...SINK,
    topic: options.to,
    checkpointLocation: options.checkpointLocation,
  },
  trigger: { everyMs: DEAD_LETTERS_EVERY_MS },
})

const letterOf = (topic: string): string =>
  recordJson(DEAD_LETTER, {
    topic: `'${topic}'`,
    reason: 'fault',
    value: `base64(substring(value, 1, ${DEAD_LETTER_BYTES_MAX}))`,
  })
