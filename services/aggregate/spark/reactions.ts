import { type KafkaAddress, topicName } from '../../../adapters/kafka/connection.ts'
import { dropRepeats, readStream, sql, sqlOver, withWatermark } from '../../../adapters/spark/relations.ts'
import { DELAYS_S } from '../../../protocol/delays.ts'
import { CELL } from '../../../protocol/records/cells.ts'
import { SLICE } from '../../../protocol/records/slices.ts'
import { deadLettersOf, INTERPRETED, SINK, SOURCE, type SparkJob } from './job.ts'
import { sparkKafkaOptions } from './kafka-options.ts'
import { recordJson, recordsSql, VARIANT } from './record-sql.ts'

export interface ReactionJobOptions {
  kafka: KafkaAddress
  /** A folder visible to all of Spark's machines: `s3a://…`, `hdfs://…`, or on one machine a path. */
  checkpoint: string
  /** Length of a window in milliseconds. A checkpoint keeps its first one. Default 2 s. */
  windowMs?: number
  /** The batch interval in milliseconds. Default 500. */
  triggerMs?: number
  /** How long a repeated record is recognised, in milliseconds. A checkpoint keeps its first value. Default 10 minutes. */
  repeatHorizonMs?: number
  /** The most records of a batch: a backlog after an outage is processed in steps. Default 50,000. */
  batchRecordsMax?: number
  /**
   * Spark's shuffle partitions. A checkpoint keeps the number it began with. Default 1: slices are merged already, so there is
   * little to distribute, and what one task writes reaches deliver at once, as one packet.
   */
  partitions?: number
}

/**
 * Spark's job for reactions: slices from one topic, cells into another.
 *
 * ```
 * roar_raw      the topic unchanged
 * roar_records  its slices parsed, each with its fault, if any ──▶ fault: a dead letter
 *    │ no fault
 * roar_slices   under a watermark on Kafka's append time, which never goes back within a partition
 *    │ repeats of (producer, sequence) dropped within the watermark
 * roar_entries  one row for each segment and sticker of a slice ──▶ counted by window ──▶ cells
 * ```
 */
export function reactionJob({
  kafka: address,
  checkpoint,
  windowMs = 2000,
  triggerMs = 500,
  repeatHorizonMs = 600_000,
  batchRecordsMax = 50_000,
  partitions = 1,
}: ReactionJobOptions): SparkJob {
  const kafka = sparkKafkaOptions(address)
  const topic = topicName(address, 'reactions')
  const source = readStream('kafka', {
    ...kafka,
    ...SOURCE,
    subscribe: topic,
    maxOffsetsPerTrigger: String(batchRecordsMax),
  })
  const slices = withWatermark(
    sql('SELECT timestamp AS record_time, record.* FROM roar_records WHERE fault IS NULL'),
    'record_time',
    repeatHorizonMs,
  )
  const unique = dropRepeats(sql('SELECT * FROM roar_slices'), ['producer', 'sequence'])
  return {
    name: 'reactions',
    checkpoint,
    note: `reactions of ${topic} in windows of ${windowMs} ms, repeats known for ${repeatHorizonMs} ms, sums in doubles, by delay`,
    settings: {
      'spark.sql.shuffle.partitions': String(partitions),
      ...MEMORY_STATE,
      ...ON_RECORDS_ALONE,
      ...INTERPRETED,
      ...VARIANT,
    },
    views: [
      ['roar_raw', source],
      ['roar_records', sql(recordsSql('roar_raw', SLICE))],
      ['roar_slices', slices],
      ['roar_entries', sqlOver(ENTRIES, { roar_unique: unique })],
    ],
    counting: {
      name: 'roar-cells',
      input: sql(cells(windowMs)),
      outputMode: 'update',
      format: 'kafka',
      options: {
        ...kafka,
        ...SINK,
        topic: topicName(address, 'counts'),
        checkpointLocation: `${checkpoint}/cells`,
      },
      trigger: { everyMs: triggerMs },
    },
    deadLetters: deadLettersOf({
      name: 'roar-dead-letters',
      records: 'roar_records',
      topic: 'reactions',
      kafka,
      to: topicName(address, 'dead-letters'),
      checkpointLocation: `${checkpoint}/dead-letters`,
    }),
  }
}

/** Windows of a few minutes fit into memory. */
const MEMORY_STATE = {
  'spark.sql.streaming.stateStore.providerClass':
    'org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider',
}

/**
 * After each batch that moves the watermark Spark would execute another one without records, to forget what is old by now. It writes
 * nothing, and the next records' batch forgets the same.
 */
const ON_RECORDS_ALONE = { 'spark.sql.streaming.noDataMicroBatches.enabled': 'false' }

const ENTRIES = `
SELECT record_time, show, entry.segment, entry.sticker, entry.count, entry.delay, sample FROM (
  SELECT record_time, show, sample, explode(arrays_zip(segment, sticker, count, delay)) AS entry FROM (
    SELECT * EXCEPT (delay), coalesce(delay, array_repeat(0D, size(count))) AS delay FROM roar_unique))`

/** Counts are summed as doubles, which cannot overflow, and capped at the largest safe integer, as in the engine. */
const whole = (sum: string): string => `CAST(least(${sum}, ${Number.MAX_SAFE_INTEGER}) AS bigint)`

/** One sum for each delay place after 0, NULL where nobody was so far behind. */
const PLACES = DELAYS_S.slice(1).map((_, i) => ({
  sum: `sum(CASE WHEN delay = ${i + 1} THEN count END) AS delayed_${i + 1}`,
  name: `delayed_${i + 1}`,
}))
const DELAYED = `CASE WHEN coalesce(${PLACES.map(({ name }) => name).join(', ')}) IS NOT NULL
  THEN array(${PLACES.map(({ name }) => whole(`coalesce(${name}, 0D)`)).join(', ')}) END`

/** The version is the batch's own time, which a repeated batch keeps. All cells are in the first partition, however many it has. */
const cells = (windowMs: number): string => `
SELECT
  concat(show, '/', window, '/', segment, '/', sticker) AS key,
  0 AS partition,
  ${recordJson(CELL, { count: whole('count'), delayed: DELAYED, version: 'unix_millis(current_timestamp())' })} AS value
FROM (
  SELECT show, unix_millis(span.start) AS window, segment, sticker, sum(count) AS count,
    ${PLACES.map(({ sum }) => sum).join(', ')}, min(sample) AS sample FROM (
    SELECT *, window(record_time, '${windowMs} milliseconds') AS span FROM roar_entries)
  GROUP BY show, span, segment, sticker)`
