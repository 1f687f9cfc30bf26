import type { Spark } from '../../deploy/programs/spark.ts'
import type { SparkAggregate } from '../../services/aggregate/spark/supervisor.ts'
import type { SecureKafka } from './secure-kafka.ts'

/** What tests of counting on Spark have in common: each start costs more than most of them. */
export interface SparkOnKafka {
  kafka: SecureKafka
  spark: Spark
}

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
