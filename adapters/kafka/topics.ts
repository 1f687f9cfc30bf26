import type { LogTopic } from '../log/log.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const FOR_EVER = -1

/** A topic's properties, whatever the size of the cluster. */
export interface TopicRule {
  /** One partition if the order of all records matters or there are few; else the number in the settings. */
  partitions: 'one' | 'many'
  /** `newest`: compacted, keeping the newest record of each key. */
  keep: 'all' | 'newest'
  /** How long records are kept: longer than the longest outage of their readers, which would otherwise lose some. */
  retentionMs: number
}

/** The topics of Roar on Kafka: what `roar topics` creates and checks. */
export const TOPIC_RULES: Record<LogTopic, TopicRule> = {
  /** A day: history, replay, and a Spark that was down for a night. */
  reactions: { partitions: 'many', keep: 'all', retentionMs: DAY_MS },
  /**
   * The newest version of each cell. A key names a window and is never written again: old ones are deleted by age. One partition:
   * a show's packets are made from all its cells in order, and a batch is some hundred cells.
   */
  counts: { partitions: 'one', keep: 'newest', retentionMs: 7 * DAY_MS },
  posts: { partitions: 'many', keep: 'all', retentionMs: DAY_MS },
  /** Longer than a show and its follow-up; a post's newest record is its state. */
  held: { partitions: 'many', keep: 'newest', retentionMs: 7 * DAY_MS },
  control: { partitions: 'one', keep: 'newest', retentionMs: FOR_EVER },
  /** A poll may be open for a season, its seal reads all of them, and an audit recounts from them. */
  ballots: { partitions: 'many', keep: 'all', retentionMs: FOR_EVER },
  /** Useful to other ingests only while fresh. */
  sightings: { partitions: 'one', keep: 'all', retentionMs: HOUR_MS },
  /** Without them the tree of a certificate could not be rebuilt. One every two seconds during votes. */
  cuts: { partitions: 'one', keep: 'all', retentionMs: FOR_EVER },
  tallies: { partitions: 'many', keep: 'newest', retentionMs: FOR_EVER },
  /** Longer than a room lives. */
  rooms: { partitions: 'many', keep: 'all', retentionMs: 7 * DAY_MS },
  /** Shown immediately or not at all. */
  'room-moments': { partitions: 'one', keep: 'all', retentionMs: HOUR_MS },
  'dead-letters': { partitions: 'one', keep: 'all', retentionMs: 7 * DAY_MS },
}

/** Whether a topic's records must have a key: Kafka refuses to compact those without. */
export const needsKey = (topic: LogTopic): boolean => TOPIC_RULES[topic].keep === 'newest'

/**
 * Whether all records of a topic are in its first partition. Somebody may have given it more: they stay empty, as the order of
 * its records matters, and who reads it is alone.
 */
export const isInOrder = (topic: LogTopic): boolean => TOPIC_RULES[topic].partitions === 'one'

/** The topic's settings in Kafka's names. */
export function topicConfigs(
  topic: LogTopic,
  { replication }: { replication: number },
): Record<string, string> {
  const { keep, retentionMs } = TOPIC_RULES[topic]
  const forEver = retentionMs === FOR_EVER
  return {
    // Windows are cut by the broker's append time: the one clock that no producer can set.
    'message.timestamp.type': 'LogAppendTime',
    'cleanup.policy': keep === 'all' ? 'delete' : forEver ? 'compact' : 'compact,delete',
    'retention.ms': String(retentionMs),
    'retention.bytes': '-1',
    // With acks=all an append is on this many brokers: one may be lost without losing a record.
    'min.insync.replicas': String(Math.max(1, replication - 1)),
    'unclean.leader.election.enable': 'false',
    // Kafka's default. A smaller limit would refuse queued batches again and again.
    'max.message.bytes': '1048588',
  }
}

/**
 * Settings without which counts are wrong or stall, or votes are lost, whatever the size of the cluster. What else is removed too
 * early is missed by readers that were away for as long.
 */
export const crucialSettings = (topic: LogTopic): string[] => [
  ...['message.timestamp.type', 'cleanup.policy', 'max.message.bytes'],
  ...(topic === 'ballots' || topic === 'cuts' ? ['retention.ms', 'retention.bytes'] : []),
]

/** Whether Kafka's value satisfies the required one: lists are unordered, and a larger limit, or none (-1), is fine. */
export function isAsWanted(setting: string, wanted: string, found: string | undefined): boolean {
  if (found === undefined) return false
  if (setting === 'max.message.bytes') return Number(found) >= Number(wanted)
  if (setting.startsWith('retention.')) return limitOf(found) >= limitOf(wanted)
  if (setting === 'cleanup.policy') return listOf(found) === listOf(wanted)
  return found === wanted
}

const limitOf = (value: string): number => (value === '-1' ? Number.POSITIVE_INFINITY : Number(value))

const listOf = (value: string): string =>
  value
    .split(',')
    .map((entry) => entry.trim())
    .toSorted()
    .join(',')
