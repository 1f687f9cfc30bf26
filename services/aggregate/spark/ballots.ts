import { type KafkaAddress, topicName } from '../../../adapters/kafka/connection.ts'
import { dropAllRepeats, readStream, sql, sqlOver } from '../../../adapters/spark/relations.ts'
import { BALLOT } from '../../../protocol/records/ballots.ts'
import { TALLY } from '../../../protocol/records/tallies.ts'
import { COMPILED, deadLettersOf, SINK, SOURCE, type SparkJob } from './job.ts'
import { sparkKafkaOptions } from './kafka-options.ts'
import { recordJson, recordsSql, VARIANT } from './record-sql.ts'

export interface BallotJobOptions {
  kafka: KafkaAddress
  /** A folder visible to all of Spark's machines: `s3a://…`, `hdfs://…`, or on one machine a path. */
  checkpoint: string
  /** The batch interval in milliseconds. A batch costs as much as some thousand ballots. Default 2 s. */
  triggerMs?: number
  /** The most records of a batch: a backlog after an outage is processed in steps. Default 100,000. */
  batchRecordsMax?: number
  /** Spark's shuffle partitions: about its cores. A checkpoint keeps the number it began with. Default 2. */
  partitions?: number
}

/**
 * Spark's job for votes: ballots from one topic, tallies into another.
 *
 * ```
 * roar_ballots_raw     the topic unchanged
 * roar_ballots         its ballots parsed, each with its fault, if any ──▶ fault: a dead letter
 *    │ no fault
 *    │ all but the first of (show, poll, voter, ordinal) dropped
 * roar_ballot_entries  +1 for each answer, -1 for what it replaces ──▶ summed by choice, segment, mark ──▶ cells
 * ```
 * "First" is in log order: a voter's ballots are in one partition of Kafka, so one task reads them in order,
 * and Spark's shuffle keeps the order of one task's rows for one part of the state. A source option that splits
 * partitions of Kafka into several tasks (`minPartitions`) would break that.
 */
export function ballotJob({
  kafka: address,
  checkpoint,
  triggerMs = 2000,
  batchRecordsMax = 100_000,
  partitions = 2,
}: BallotJobOptions): SparkJob {
  const kafka = sparkKafkaOptions(address)
  const topic = topicName(address, 'ballots')
  const source = readStream('kafka', {
    ...kafka,
    ...SOURCE,
    subscribe: topic,
    maxOffsetsPerTrigger: String(batchRecordsMax),
  })
  const unique = dropAllRepeats(sql('SELECT record.* FROM roar_ballots WHERE fault IS NULL'), [
    'show',
    'poll',
    'voter',
    'ordinal',
  ])
  return {
    name: 'ballots',
    checkpoint,
    note: `ballots of ${topic}`,
    settings: { 'spark.sql.shuffle.partitions': String(partitions), ...DISK_STATE, ...COMPILED, ...VARIANT },
    views: [
      ['roar_ballots_raw', source],
      ['roar_ballots', sql(recordsSql('roar_ballots_raw', BALLOT))],
      ['roar_ballot_entries', sqlOver(ENTRIES, { roar_ballots_unique: unique })],
    ],
    counting: {
      name: 'roar-tallies',
      input: sql(TALLIES),
      outputMode: 'update',
      format: 'kafka',
      options: {
        ...kafka,
        ...SINK,
        topic: topicName(address, 'tallies'),
        checkpointLocation: `${checkpoint}/tallies`,
      },
      trigger: { everyMs: triggerMs },
    },
    deadLetters: deadLettersOf({
      name: 'roar-ballot-dead-letters',
      records: 'roar_ballots',
      topic: 'ballots',
      kafka,
      to: topicName(address, 'dead-letters'),
      checkpointLocation: `${checkpoint}/dead-letters`,
    }),
  }
}

/** Voters are kept as long as the checkpoint: too many for memory. */
const DISK_STATE = {
  'spark.sql.streaming.stateStore.providerClass':
    'org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider',
  'spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled': 'true',
  'spark.sql.streaming.stateStore.rocksdb.trackTotalNumberOfRows': 'false',
}

const MARK = `CASE WHEN late AND quarantined THEN 'late quarantined' WHEN late THEN 'late'
  WHEN quarantined THEN 'quarantined' ELSE '' END`

/** What an answer adds, or subtracts: one viewer, and the points of each choice. */
const sums = (sign: '' | '-', { of }: { of: string }): string => {
  const entry = (choice: string, n: string): string =>
    `named_struct('segment', ${of}segment, 'choice', ${choice}, 'n', ${sign}CAST(${n} AS bigint))`
  return `concat(array(${entry(`''`, '1')}), zip_with(${of}choice, ${of}points, (c, p) -> ${entry('c', 'p')}))`
}

const ENTRIES = `
SELECT show, poll, mark, entry.segment, entry.choice, entry.n FROM (
  SELECT show, poll, ${MARK} AS mark, explode(
    CASE WHEN replaces IS NULL THEN ${sums('', { of: '' })}
      ELSE concat(${sums('', { of: '' })}, ${sums('-', { of: 'replaces.' })}) END
  ) AS entry FROM roar_ballots_unique)`

/** The version is the batch's own time, which a repeated batch keeps. */
const TALLIES = `
SELECT
  concat(show, '/', poll, '/', segment, '/', choice, '/', mark) AS key,
  ${recordJson(TALLY, { version: 'unix_millis(current_timestamp())' })} AS value
FROM (
  SELECT show, poll, segment, choice, mark, sum(n) AS count FROM roar_ballot_entries
  GROUP BY show, poll, segment, choice, mark)`
