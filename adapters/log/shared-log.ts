import type { Settings, ValuesOf } from '../../settings/setting.ts'
import type { Log, LogTopic } from './log.ts'

/** What a cluster's size says about every topic. */
export interface TopicSize {
  /** Of topics with many partitions: the most readers that can share one. Kafka can add some later, never remove. */
  partitions: number
  /** On how many brokers each record is. 1 is for tests and single machines. */
  replication: number
}

/** One way in which the log is not as it should be. `found` is undefined where the topic is missing. */
export interface TopicDifference {
  topic: string
  setting: string
  wanted: string
  found: string | undefined
}

/** How much a topic holds, and how far each group is behind. */
export interface TopicUse {
  topic: string
  partitions: number
  /** On disk, all replicas together. */
  bytes: number
  records: number
  /** Records that a group has still to read, by group. */
  lag: Record<string, number>
}

/** What `roar topics` did and found. */
export interface TopicsReport {
  created: string[]
  differences: TopicDifference[]
  use: TopicUse[]
}

/** A log that several processes share, as one scheme of `--log` names it. `Address` is what Spark reads it by. */
export interface SharedLogAdapter<S extends Settings, Address> {
  settings: S
  /** @throws ConfigError for what the settings alone show to be wrong */
  addressOf(config: ValuesOf<S>): Address
  /**
   * Opens the log for a process that uses these topics. @throws ConfigError when nobody answers, and when one of them is
   * missing: waiting would help neither
   */
  open(config: ValuesOf<S>, isUsed: (topic: LogTopic) => boolean): Promise<Log>
  /** The names of topics that are missing. @throws RoarError log_unavailable */
  missing(config: ValuesOf<S>): Promise<string[]>
  /** Settings of topics that make counts wrong, whatever the size of the cluster. @throws RoarError log_unavailable */
  crucial(config: ValuesOf<S>): Promise<TopicDifference[]>
  /** Creates what is missing, unless it is to `check` alone, and compares. @throws RoarError log_unavailable */
  topics(config: ValuesOf<S>, size: TopicSize, options: { check: boolean }): Promise<TopicsReport>
}
