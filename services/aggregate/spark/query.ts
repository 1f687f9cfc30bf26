import {
  dropRepeats,
  type Relation,
  readStream,
  sql,
  sqlOver,
  withWatermark,
} from '../../../adapters/spark/relations.ts'
import type { StreamStart } from '../../../adapters/spark/spark-session.ts'

export interface ReactionQueryOptions {
  /** Options of Spark's Kafka source and sink, with their `kafka.` prefix: where the brokers are and who we are. */
  kafka: Record<string, string>
  topics: { reactions: string; counts: string; deadLetters: string }
  /** A folder that all of Spark's machines see: `s3a://…`, `hdfs://…`, or on one machine a path. */
  checkpoint: string
  /** Length of a window in milliseconds. A checkpoint keeps the one it began with. */
  windowMs: number
  /** How often a batch begins, in milliseconds. */
  triggerMs: number
  /** How long a record that comes again is known, in milliseconds. A checkpoint keeps the one it began with. */
  repeatHorizonMs: number
  /** How many records a batch takes at most: what waited out an outage is caught up in steps. */
  batchRecordsMax: number
}

export interface ReactionQuery {
  /** In the order in which they are made: each may stand on the ones before. */
  views: [name: string, relation: Relation][]
  cells: StreamStart
  deadLetters: StreamStart
}

export const CELLS_QUERY = 'roar-cells'
export const DEAD_LETTERS_QUERY = 'roar-dead-letters'
/** Dead letters are for people: they may take their time, and the batches that count need it more. */
const DEAD_LETTERS_EVERY_MS = 10_000
/** What a dead letter keeps of the record: a record may be as large as Kafka takes, and base64 is larger still. */
const DEAD_LETTER_BYTES_MAX = 65_536

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
 * Dead letters are a query of their own over the same view, so that both go by the same words: a record is either in
 * the one or in the other. It reads the topic once more, in batches far apart, which costs little.
 */
export function reactionQuery(options: ReactionQueryOptions): ReactionQuery {
  const { kafka, topics, checkpoint, windowMs, triggerMs, repeatHorizonMs, batchRecordsMax } = options
  const source = readStream('kafka', {
    ...kafka,
    subscribe: topics.reactions,
    startingOffsets: 'earliest',
    maxOffsetsPerTrigger: String(batchRecordsMax),
    // Records that Kafka dropped before they were counted must not go unnoticed.
    failOnDataLoss: 'true',
  })
  const slices = withWatermark(
    sql('SELECT record_time, slice.* FROM roar_records WHERE fault IS NULL'),
    'record_time',
    repeatHorizonMs,
  )
  const unique = dropRepeats(sql('SELECT * FROM roar_slices'), ['producer', 'sequence'])
  return {
    views: [
      ['roar_raw', source],
      ['roar_records', sql(RECORDS)],
      ['roar_slices', slices],
      ['roar_entries', sqlOver(ENTRIES, { roar_unique: unique })],
    ],
    cells: {
      name: CELLS_QUERY,
      input: sql(cells(windowMs)),
      outputMode: 'update',
      format: 'kafka',
      options: { ...kafka, ...SINK, topic: topics.counts, checkpointLocation: `${checkpoint}/cells` },
      trigger: { everyMs: triggerMs },
    },
    deadLetters: {
      name: DEAD_LETTERS_QUERY,
      input: sql(DEAD_LETTERS),
      outputMode: 'append',
      format: 'kafka',
      options: {
        ...kafka,
        ...SINK,
        topic: topics.deadLetters,
        checkpointLocation: `${checkpoint}/dead-letters`,
      },
      trigger: { everyMs: DEAD_LETTERS_EVERY_MS },
    },
  }
}

const SINK = { 'kafka.acks': 'all', 'kafka.compression.type': 'zstd' }

const ID = `'^[a-z0-9][a-z0-9-]{0,31}$'`
const ID_OR_NONE = `'^([a-z0-9][a-z0-9-]{0,31})?$'`

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

const DEAD_LETTERS = `
SELECT key, to_json(named_struct('topic', 'reactions', 'partition', partition, 'offset', offset, 'reason', fault,
  'value', base64(substring(value, 1, ${DEAD_LETTER_BYTES_MAX})))) AS value
FROM roar_records WHERE fault IS NOT NULL`
