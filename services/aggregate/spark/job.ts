import type { Relation } from '../../../adapters/spark/relations.ts'
import type { StreamStart } from '../../../adapters/spark/spark-session.ts'
import { DEAD_LETTER, DEAD_LETTER_BYTES_MAX } from '../../../protocol/records/dead-letters.ts'
import { recordJson } from './record-sql.ts'

/** One thing that Spark counts, from one topic to another. */
export interface SparkJob {
  /** Its name in metrics. */
  name: string
  /**
   * A folder visible to all of Spark's machines: `s3a://…`, `hdfs://…`, or on one machine a path. It holds the state of the
   * queries, and a note that names what they count.
   */
  checkpoint: string
  note: string
  /** Spark settings for this job's queries. A checkpoint keeps some of its first ones. */
  settings: Record<string, string>
  /** In the order of creation: each may use the ones before. */
  views: [name: string, relation: Relation][]
  /** The query that counts; its progress is reported as the job's. */
  counting: StreamStart
  deadLetters: StreamStart
}

/** Options of every source. */
export const SOURCE = {
  startingOffsets: 'earliest',
  // Records that Kafka dropped before they were counted must not go unnoticed.
  failOnDataLoss: 'true',
  // At the end of a partition Spark asks for its end offset on the connection on which a fetch is waiting. Kafka answers in
  // order, so each batch would stall for the rest of that wait: up to 500 ms by default. A batch only reads records that exist
  // already, so there is nothing to wait for.
  'kafka.fetch.max.wait.ms': '10',
}

/** Options of every sink. */
export const SINK = {
  'kafka.acks': 'all',
  'kafka.compression.type': 'zstd',
  // Send a task's whole result as one: Spark flushes when the task is done, and half of a batch's cells would be half a packet.
  'kafka.linger.ms': '100',
  'kafka.batch.size': '524288',
}

/**
 * Run plans interpreted. By default Spark generates and compiles Java for each batch, because the batch's time and watermark are
 * constants in it. That pays for many records; a batch here has a few dozen.
 */
export const INTERPRETED = {
  'spark.sql.codegen.wholeStage': 'false',
  'spark.sql.codegen.factoryMode': 'NO_CODEGEN',
}

/** Spark's default, for batches of many records. A session keeps the previous job's setting. */
export const COMPILED = {
  'spark.sql.codegen.wholeStage': 'true',
  'spark.sql.codegen.factoryMode': 'FALLBACK',
}

/** Dead letters are for people: they are not urgent, and the counting batches need the resources more. */
const DEAD_LETTERS_EVERY_MS = 10_000

/**
 * The query that dead-letters unreadable records. It uses the same view as the counting query, so both judge by the same rule,
 * and each record is in exactly one of them. It reads the topic once more, in batches far apart, which costs little.
 * @param options.records A view with value, partition, offset and fault.
 */
export const deadLettersOf = (options: {
  name: string
  records: string
  /** The topic named in the dead letter. */
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
