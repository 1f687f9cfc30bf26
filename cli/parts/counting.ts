import { sharedLog } from '../../adapters/registry.ts'
import { startAggregate } from '../../services/aggregate/aggregate.ts'
import { ballotJob } from '../../services/aggregate/spark/ballots.ts'
import { reactionJob } from '../../services/aggregate/spark/reactions.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { namesOf } from '../../settings/setting.ts'
import { part } from '../assembly/part.ts'
import { aggregateMetrics, sparkMetrics } from '../metrics.ts'

/** Counts reactions in this process. */
export const aggregate = part({
  name: 'aggregate',
  settings: ['window-ms'],
  needs: ['log'],
  reads: ['reactions'],
  writes: ['counts'],
  neededFor: ['packets'],
  reports: true,
  open({ log, config, logger, health, tracing }) {
    const aggregate = startAggregate({ log, logger, windowMs: config['window-ms'], health, tracing })
    return { thing: undefined, metrics: aggregateMetrics(aggregate), drain: () => aggregate.drain() }
  },
})

/** Keeps the aggregation on Spark running. It has no state: its successor finds the running job. */
export const spark = part({
  name: 'aggregate',
  settings: [
    ...namesOf(sharedLog.settings),
    'spark',
    'spark-checkpoint',
    'spark-window-ms',
    'spark-trigger-ms',
    'spark-votes-trigger-ms',
  ],
  serves: ['packets'],
  reports: true,
  check(config) {
    if (config.spark === '')
      throw new ConfigError('spark', 'is missing: the address of Spark Connect, such as sc://host:15002')
    if (config['spark-checkpoint'] === '')
      throw new ConfigError('spark-checkpoint', 'is missing: a folder that every Spark process can access')
    sharedLog.addressOf(config)
  },
  async open({ config, clock, logger, health }) {
    // Imported here: only those who use Spark load its client.
    const { startSparkAggregate } = await import('../../services/aggregate/spark/supervisor.ts')
    const kafka = sharedLog.addressOf(config)
    const { 'spark-checkpoint': checkpoint, 'spark-trigger-ms': triggerMs } = config
    const votes = { checkpoint: `${checkpoint}/ballots`, triggerMs: config['spark-votes-trigger-ms'] }
    const spark = startSparkAggregate({
      spark: config.spark,
      jobs: [
        reactionJob({ kafka, checkpoint, triggerMs, windowMs: config['spark-window-ms'] }),
        ballotJob({ kafka, ...votes }),
      ],
      logger,
      clock,
    })
    spark.onTrouble((trouble) => (trouble === undefined ? health.working() : health.waiting(trouble)))
    spark.done.catch((cause) => health.failed(cause))
    return { thing: undefined, metrics: sparkMetrics(spark), drain: () => spark.close() }
  },
})
