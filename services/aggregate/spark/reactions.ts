import { type KafkaAddress, topicName } from '../../../adapters/log/kafka/connection.ts'
import { dropRepeats, readStream, sql, sqlOver, withWatermark } from '../../../adapters/spark/relations.ts'
import { deadLettersOf, ID, ID_OR_NONE, INTERPRETED, SINK, SOURCE, type SparkJob } from './job.ts'
import { sparkKafkaOptions } from './kafka-options.ts'

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
    sql('SELECT record_time, slice.* FROM roar_records WHERE fault IS NULL'),
    'record_time',
    repeatHorizonMs,
  )
  const unique = dropRepeats(sql('SELECT * FROM roar_slices'), ['producer', 'sequence'])
  return {
    name: 'reactions',
    checkpoint,
    note: `reactions of ${topic} in windows of ${windowMs} ms, repeats known for ${repeatHorizonMs} ms`,
    settings: { 'spark.sql.shuffle.partitions': String(partitions), ...MEMORY_STATE, ...INTERPRETED },
    views: [
      ['roar_raw', source],
      ['roar_records', sql(RECORDS)],
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

// `sample` is read as text: a number that is none would else look like one that is not there. Counts are read as what
// JSON has, or a fraction among them would make the whole column unreadable instead of wrong.
const SLICE = `'show string, producer string, sequence bigint,
  segment array<string>, sticker array<string>, count array<double>, sample string'`
const COUNT_MAX = Number.MAX_SAFE_INTEGER

/** The same checks in the same words as the engine's `parseSlice`; the golden vectors hold both to it. */
const FAULT = `CASE
  WHEN slice.show IS NULL AND json_object_keys(text) IS NULL THEN 'not a JSON object'
  WHEN slice.show IS NULL OR NOT slice.show RLIKE ${ID} THEN 'show is not an id'
  WHEN slice.producer IS NULL OR slice.producer = '' THEN 'producer is missing'
  WHEN slice.sequence IS NULL OR slice.sequence < 0 THEN 'sequence is not a whole number'
  WHEN slice.segment IS NULL OR slice.sticker IS NULL OR slice.count IS NULL
    OR size(slice.segment) != size(slice.count) OR size(slice.sticker) != size(slice.count)
    THEN 'segment, sticker and count are not columns of one length'
  WHEN exists(slice.segment, id -> id IS NULL OR NOT id RLIKE ${ID_OR_NONE})
    OR exists(slice.sticker, id -> id IS NULL OR NOT id RLIKE ${ID})
    THEN 'a segment or a sticker is not an id'
  WHEN exists(slice.count, n -> n IS NULL OR n != floor(n) OR n NOT BETWEEN 1 AND ${COUNT_MAX})
    THEN 'a count is not a whole number above 0'
  WHEN slice.sample IS NOT NULL AND NOT coalesce(try_cast(slice.sample AS double) BETWEEN 1e-9 AND 1, false)
    THEN 'sample is not above 0 and at most 1'
END`

const RECORDS = `
SELECT *, ${FAULT} AS fault FROM (
  SELECT *, from_json(text, ${SLICE}) AS slice FROM (
    SELECT timestamp AS record_time, partition, offset, key, value, CAST(value AS string) AS text FROM roar_raw))`

const ENTRIES = `
SELECT record_time, show, entry.segment, entry.sticker, CAST(entry.count AS bigint) AS count, CAST(sample AS double) AS sample
FROM (
  SELECT record_time, show, sample, explode(arrays_zip(segment, sticker, count)) AS entry FROM roar_unique)`

/** Keys in the order of `encodeCell`. The version is the batch's own time, kept with the batch: executed again, it says the same. */
const cells = (windowMs: number): string => `
SELECT
  concat(show, '/', window, '/', segment, '/', sticker) AS key,
  to_json(named_struct('show', show, 'window', window, 'segment', segment, 'sticker', sticker, 'count', count,
    'version', unix_millis(current_timestamp()), 'sample', sample)) AS value
FROM (
  SELECT show, unix_millis(span.start) AS window, segment, sticker, sum(count) AS count, min(sample) AS sample FROM (
    SELECT *, window(record_time, '${windowMs} milliseconds') AS span FROM roar_entries)
  GROUP BY show, span, segment, sticker)`
