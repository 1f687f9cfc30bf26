import type { Settings, ValuesOf } from '../../settings/setting.ts'
import type { Log, LogTopic } from './log.ts'

/** The topic settings that depend on a cluster's size. */
export interface TopicSize {
  /**
   * For topics with many partitions: the most readers that can share one. Kafka can add partitions later, but never remove any.
   */
  partitions: number
  /** Number of brokers that have each record. 1 is for tests and single machines. */
  replication: number
}

/** A difference from the required settings. `found` is undefined if the topic is missing. */
export interface TopicDifference {
  topic: string
  setting: string
  wanted: string
  found: string | undefined
}

/** The size of a topic, and each group's lag. */
export interface TopicUse {
  topic: string
  partitions: number
  /** On disk, over all replicas. */
  bytes: number
  records: number
  /** Records that a group has not read yet, by group. */
  lag: Record<string, number>
}

/** The result of `roar topics`. */
export interface TopicsReport {
  created: string[]
  differences: TopicDifference[]
  use: TopicUse[]
}

/** A log shared by several processes, selected by the scheme of `--log`. `Address` is what Spark needs to read it. */
export interface SharedLogAdapter<S extends Settings, Address> {
  settings: S
  /** @throws ConfigError for faults in the settings themselves */
  addressOf(config: ValuesOf<S>): Address
  /**
   * Opens the log for a process that uses these topics. @throws ConfigError when one of them is missing, or it refuses us by our
   * settings: somebody has to put that right; RoarError log_unavailable when nothing responds
   */
  open(config: ValuesOf<S>, isUsed: (topic: LogTopic) => boolean): Promise<Log>
  /** The names of missing topics. @throws RoarError log_unavailable */
  missing(config: ValuesOf<S>): Promise<string[]>
  /** Topic settings that make counts wrong, whatever the size of the cluster. @throws RoarError log_unavailable */
  crucial(config: ValuesOf<S>): Promise<TopicDifference[]>
  /** Creates missing topics, unless it only has to `check`, and compares. @throws RoarError log_unavailable */
  topics(config: ValuesOf<S>, size: TopicSize, options: { check: boolean }): Promise<TopicsReport>
}
