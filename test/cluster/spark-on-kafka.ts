import type { Spark } from '../../deploy/programs/spark.ts'
import type { SparkAggregate } from '../../services/aggregate/spark/supervisor.ts'
import type { SecureKafka } from './secure-kafka.ts'

/** What tests of counting on Spark have in common: each start costs more than most of them. */
export interface SparkOnKafka {
  kafka: SecureKafka
  spark: Spark
}

/**
 * How often Spark starts a batch in tests that wait for several: each takes most of a second of a core, however few records it has,
 * so that others would have none.
 */
export const UNHURRIED_MS = 1500

/** On a busy machine the first batches of a query take so long that a standstill is reported. */
export const untilWell = (aggregate: SparkAggregate): Promise<void> =>
  new Promise((well) => {
    if (aggregate.trouble() === undefined) well()
    else aggregate.onTrouble((trouble) => trouble === undefined && well())
  })

export const untilTrouble = (aggregate: SparkAggregate, words: string): Promise<void> =>
  new Promise((said) => {
    if (aggregate.trouble()?.includes(words)) said()
    else aggregate.onTrouble((trouble) => trouble?.includes(words) && said())
  })
