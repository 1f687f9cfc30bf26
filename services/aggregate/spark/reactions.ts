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
  /** A folder that all of Spark's machines see: `s3a://…`, `hdfs://…`, or on one machine a path. */
  checkpoint: string
  /** Length of a window in milliseconds. A checkpoint keeps the one it began with. Default 2 s. */
  windowMs?: number
  /** How often a batch begins, in milliseconds. Default 500. */
  triggerMs?: number
  /** How long a record that comes again is known, in milliseconds. A checkpoint keeps the one it began with. Default 10 minutes. */
  repeatHorizonMs?: number
  /** How many records a batch takes at most: what waited out an outage is caught up in steps. Default 50,000. */
  batchRecordsMax?: number
  /**
   * Into how many parts Spark cuts its state. A checkpoint keeps what it began with. Default 1: slices are folded already,
   * so there is little to share out, and what one task writes reaches deliver at once, as one packet.
   */
  partitions?: number
}

/**
 * What Spark counts: slices from one topic, cells into another.
 *
 * ```
 * roar_raw      the topic as it is
 * roar_records  its slices unpacked, each with its fault, if any ──▶ fault: a dead letter
 *    │ no fault
 * roar_slices   under a watermark on the time Kafka took the record, which never falls within a partition
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

/** The windows of a few minutes: a memory's worth. */
const MEMORY_STATE = {
  'spark.sql.streaming.stateStore.providerClass':
    'org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider',
}

const ENTRIES = `
SELECT record_time, show, entry.segment, entry.sticker, entry.count, entry.delay, sample FROM (
  SELECT record_time, show, sample, explode(arrays_zip(segment, sticker, count, delay)) AS entry FROM (
    SELECT * EXCEPT (delay), coalesce(delay, array_repeat(0D, size(count))) AS delay FROM roar_unique))`

/**
 * Counts are added up as JSON's numbers, which no sum can overflow, and stop at the largest whole one, as the engine's do.
 */
const whole = (sum: string): string => `CAST(least(${sum}, ${Number.MAX_SAFE_INTEGER}) AS bigint)`

/** One sum for each place after 0, NULL where nobody was so far behind. */
const PLACES = DELAYS_S.slice(1).map((_, i) => ({
  sum: `sum(CASE WHEN delay = ${i + 1} THEN count END) AS delayed_${i + 1}`,
  name: `delayed_${i + 1}`,
}))
const DELAYED = `CASE WHEN coalesce(${PLACES.map(({ name }) => name).join(', ')}) IS NOT NULL
  THEN array(${PLACES.map(({ name }) => whole(`coalesce(${name}, 0D)`)).join(', ')}) END`

/** The version is the batch's own time, kept with the batch: executed again, it says the same. */
const cells = (windowMs: number): string => `
SELECT
  concat(show, '/', window, '/', segment, '/', sticker) AS key,
  ${recordJson(CELL, { count: whole('count'), delayed: DELAYED, version: 'unix_millis(current_timestamp())' })} AS value
FROM (
  SELECT show, unix_millis(span.start) AS window, segment, sticker, sum(count) AS count,
    ${PLACES.map(({ sum }) => sum).join(', ')}, min(sample) AS sample FROM (
    SELECT *, window(record_time, '${windowMs} milliseconds') AS span FROM roar_entries)
  GROUP BY show, span, segment, sticker)`
