import { SparkError } from '../../../adapters/spark/spark-session.ts'

/** A fault of the counting on Spark, for the person who has to fix it. */
export interface Trouble {
  sentence: string
  /** Waiting does not help: somebody has to change something first. */
  final: boolean
}

/** A `Trouble` as an exception. */
export class SparkTrouble extends Error {
  readonly final: boolean

  constructor({ sentence, final }: Trouble, options: { cause?: unknown } = {}) {
    super(sentence, options)
    this.name = 'SparkTrouble'
    this.final = final
  }
}

/** Spark's error messages, and what each means here. The first match wins. */
const KNOWN: [said: RegExp, trouble: Trouble][] = [
  [
    /Failed to find data source: kafka|DATA_SOURCE_NOT_FOUND.*kafka/is,
    {
      sentence:
        'Spark has no Kafka connector: add the package org.apache.spark:spark-sql-kafka-0-10 of its own version',
      final: true,
    },
  ],
  [
    /STATE_STORE_\w+_SCHEMA_NOT_COMPATIBLE|sources? in the checkpoint offsets|INCOMPATIBLE.*CHECKPOINT|STATE_STORE_.*OPERATOR/i,
    { sentence: 'the checkpoint belongs to another query: give this one a folder of its own', final: true },
  ],
  [
    /data may have been lost|KAFKA_DATA_LOSS|failOnDataLoss/i,
    {
      sentence:
        'Kafka has dropped records that were not counted yet: its retention is shorter than the outage was. Counting goes on with a new checkpoint folder',
      final: true,
    },
  ],
  [
    /UnknownTopicOrPartition/,
    { sentence: 'a topic is missing on Kafka, as Spark sees it: run `roar topics`', final: false },
  ],
  [
    /SaslAuthentication|SslAuthentication|TopicAuthorization|GroupAuthorization/,
    { sentence: 'Kafka rejects Spark: check its TLS and SASL settings and its ACLs', final: false },
  ],
  [
    /org\.apache\.kafka\.common\.errors\.TimeoutException|Timed out waiting for a node assignment|No resolvable bootstrap/,
    {
      sentence: 'Spark cannot reach Kafka: the brokers must be reachable from its machines too',
      final: false,
    },
  ],
]

/** Explains an error of Spark, or of one of its queries, in one sentence. */
export function troubleOf(error: unknown, address: string): SparkTrouble {
  if (error instanceof SparkTrouble) return error
  if (error instanceof SparkError && error.unreachable) {
    return new SparkTrouble(
      { sentence: `Spark at ${address} does not answer`, final: false },
      { cause: error },
    )
  }
  const said = error instanceof Error ? error.message : String(error)
  const known = KNOWN.find(([pattern]) => pattern.test(said))?.[1]
  // Unknown: Spark's own first line. It may be temporary, so it is retried.
  const sentence = `Spark: ${said.split('\n', 1)[0]}`
  return new SparkTrouble(known ?? { sentence, final: false }, { cause: error })
}

/** We need deduplication within the watermark and parts of SQL that Spark has since 4.0. */
export function checkVersion(version: string): void {
  const major = Number.parseInt(version, 10)
  if (major >= 4) return
  throw new SparkTrouble({
    sentence: `Spark ${version || 'of unknown version'} is too old: 4.0 or newer is needed`,
    final: true,
  })
}
