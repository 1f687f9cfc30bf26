import type { Relation } from '../../../adapters/spark/relations.ts'
import type { StreamStart } from '../../../adapters/spark/spark-session.ts'

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
  /** The query that counts: how it does is what is told of the job. */
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

/** Patterns of SQL. */
export const ID = `'^[a-z0-9][a-z0-9-]{0,31}$'`
export const ID_OR_NONE = `'^([a-z0-9][a-z0-9-]{0,31})?$'`

/** Dead letters are for people: they may take their time, and the batches that count need it more. */
const DEAD_LETTERS_EVERY_MS = 10_000
/** What a dead letter keeps of the record: a record may be as large as Kafka takes, and base64 is larger still. */
const DEAD_LETTER_BYTES_MAX = 65_536

/**
 * The query that puts aside what could not be read: a query of its own over the view that the counting stands on, so
 * that both go by the same words, and a record is either in the one or in the other. It reads the topic once more, in
 * batches far apart, which costs little.
 * @param options.records A view with key, value, partition, offset and fault.
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
SELECT key, to_json(named_struct('topic', '${options.topic}', 'partition', partition, 'offset', offset, 'reason', fault,
  'value', base64(substring(value, 1, ${DEAD_LETTER_BYTES_MAX})))) AS value
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
