import { systemClock } from '../../adapters/clock/clock.ts'
import { ballotJob } from '../../services/aggregate/spark/ballots.ts'
import { reactionJob } from '../../services/aggregate/spark/reactions.ts'
import { startSparkAggregate } from '../../services/aggregate/spark/supervisor.ts'
import { ConfigError } from '../config.ts'
import { kafkaAddressOf } from '../from-config.ts'
import { sparkMetrics } from '../metrics.ts'
import type { Config } from '../settings.ts'
import { type Role, runRole } from './role.ts'

/** `roar aggregate`: keeps the counting on Spark running. It holds nothing itself: the next one finds what runs. */
export const aggregate = (config: Config): Promise<number> =>
  runRole('aggregate', config, async ({ logger, supervisor }): Promise<Role> => {
    if (config.spark === '')
      throw new ConfigError('spark', 'is missing: say where Spark Connect is, like sc://host:15002')
    if (config['spark-checkpoint'] === '') {
      throw new ConfigError('spark-checkpoint', 'is missing: a folder that all of Spark sees')
    }
    const kafka = kafkaAddressOf(config)
    const { 'spark-checkpoint': checkpoint, 'spark-trigger-ms': triggerMs } = config
    const spark = startSparkAggregate({
      spark: config.spark,
      jobs: [
        reactionJob({ kafka, checkpoint, triggerMs, windowMs: config['spark-window-ms'] }),
        ballotJob({
          kafka,
          checkpoint: `${checkpoint}/ballots`,
          triggerMs: config['spark-votes-trigger-ms'],
        }),
      ],
      logger,
      clock: systemClock,
    })
    const health = supervisor.register('spark', { neededFor: ['packets'] })
    spark.onTrouble((trouble) => (trouble === undefined ? health.working() : health.waiting(trouble)))
    spark.done.catch((cause) => health.failed(cause))
    return {
      metrics: sparkMetrics(spark),
      drain: [['aggregate', () => spark.close()]],
    }
  })
