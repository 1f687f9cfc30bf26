import { isArchived } from '../deploy/programs/class-archive.ts'
import { jarsOf } from '../deploy/programs/jars.ts'
import { type Kafka, startKafka } from '../deploy/programs/kafka.ts'
import { type Spark, startSpark } from '../deploy/programs/spark.ts'
import { reactionJob } from '../services/aggregate/spark/reactions.ts'
import { countOnSpark } from './cluster/spark-run.ts'
import { cellVectors, textOf } from './vectors.ts'

/**
 * Runs a small count on Kafka and Spark, so that all test runs start with a class archive of what it needed. Returns whether an
 * archive was made.
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

function countALittle({ address }: Kafka, spark: Spark): Promise<unknown> {
  const where = { brokers: [address] }
  return countOnSpark({
    spark: spark.address,
    kafka: where,
    job: reactionJob({ kafka: where, checkpoint: spark.checkpoints }),
    from: 'reactions',
    to: 'counts',
    records: cellVectors()[0]!.records.map((record) => ({
      timestampMs: record.timestampMs,
      text: textOf(record),
    })),
  })
}
