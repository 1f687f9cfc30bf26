import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { type Spark, startSpark } from '../../deploy/programs/spark.ts'
import { reactionJob } from '../../services/aggregate/spark/reactions.ts'
import { startSparkAggregate } from '../../services/aggregate/spark/supervisor.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'

const logger = pino({ level: 'silent' })
const kafka = { brokers: ['127.0.0.1:1'] }

test('a Spark that is not there is said in a sentence, once, and asked again', async () => {
  const port = await freePort()
  const said: (string | undefined)[] = []
  const aggregate = startSparkAggregate({
    spark: `sc://127.0.0.1:${port}`,
    jobs: [reactionJob({ kafka, checkpoint: '/nowhere' })],
    logger,
    clock: systemClock,
  })
  await new Promise<void>((told) => {
    aggregate.onTrouble((trouble) => {
      said.push(trouble)
      told()
    })
  })
  const stillWaiting = await Promise.race([
    aggregate.done.then(() => false),
    Bun.sleep(1500).then(() => true),
  ])
  expect(stillWaiting).toBe(true)
  expect(said).toEqual([`Spark at sc://127.0.0.1:${port} does not answer`])
  await aggregate.close()
})

describe.skipIf(!(needs('java') && needs('mvn')))('a Spark without its Kafka connector', () => {
  let spark: Spark
  beforeAll(async () => {
    spark = await startSpark({ without: /kafka/ })
  }, HANG_MS)
  afterAll(async () => {
    await spark?.close()
  }, HANG_MS)

  test('is said in a sentence that names the package, and waiting does not go on', async () => {
    const checkpoint = `${spark.checkpoints}/cells`
    const aggregate = startSparkAggregate({
      spark: spark.address,
      jobs: [reactionJob({ kafka, checkpoint })],
      logger,
      clock: systemClock,
    })
    const refusal = await aggregate.done.catch((error: Error) => error.message)
    expect(refusal).toContain('add the package org.apache.spark:spark-sql-kafka-0-10')
    await aggregate.close()
  })
})
