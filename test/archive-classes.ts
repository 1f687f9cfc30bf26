import pino from 'pino'
import { systemClock } from '../adapters/clock/clock.ts'
import { createTopics, withAdmin } from '../adapters/kafka/admin.ts'
import { isArchived } from '../deploy/programs/class-archive.ts'
import { jarsOf } from '../deploy/programs/jars.ts'
import { type Kafka, startKafka } from '../deploy/programs/kafka.ts'
import { type Spark, startSpark } from '../deploy/programs/spark.ts'
import { ballots } from '../protocol/records/ballots.ts'
import { ballotJob } from '../services/aggregate/spark/ballots.ts'
import { reactionJob } from '../services/aggregate/spark/reactions.ts'
import { startSparkAggregate } from '../services/aggregate/spark/supervisor.ts'
import { Counted } from './cluster/counted.ts'
import { Crowd } from './cluster/crowd.ts'
import { patientLog } from './cluster/patient-log.ts'
import { Sender } from './cluster/sender.ts'
import { until } from './until.ts'

/**
 * Counts a few reactions and votes on Kafka and Spark, so that all test runs start with a class archive of what both needed.
 * Returns whether an archive was made.
 */
export async function archiveClasses(): Promise<boolean> {
  const jars = await Promise.all([jarsOf('kafka'), jarsOf('spark')])
  if (jars.every(isArchived)) return false
  const kafka = await startKafka({ classes: 'write' })
  try {
    const spark = await startSpark({ classes: 'write' })
    await countALittle(kafka, spark).finally(() => spark.close())
  } finally {
    await kafka.close()
  }
  return true
}

async function countALittle({ address }: Kafka, spark: Spark): Promise<void> {
  const kafka = { brokers: [address] }
  await withAdmin(kafka, (admin) => createTopics(admin, kafka, { partitions: 1, replication: 1 }))
  const log = await patientLog(kafka)
  const [reactions, votes] = [new Counted(log), new Counted(log, 'tallies')]
  const aggregate = startSparkAggregate({
    spark: spark.address,
    jobs: [
      reactionJob({ kafka, checkpoint: `${spark.checkpoints}/reactions` }),
      ballotJob({ kafka, checkpoint: `${spark.checkpoints}/ballots` }),
    ],
    logger: pino({ level: 'silent' }),
    clock: systemClock,
  })
  try {
    const [taps, crowd] = [new Sender(log), new Crowd(1)]
    await taps.send(5)
    await log.append(
      'ballots',
      Array.from({ length: 50 }, () => ballots.encode(crowd.next())),
    )
    // A Spark that cannot count is tried again without end.
    const isCounted = () =>
      reactions.total === taps.accepted && Bun.deepEquals(votes.counts, crowd.expected())
    await until(isCounted)
  } finally {
    await log.close()
    await aggregate.stop()
  }
}
