import type { LogTopic } from '../log/log.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const FOR_EVER = -1

/** What a topic is, whatever the size of the cluster. */
export interface TopicRule {
  /** One partition where the order of all records counts or there are few; else as many as the cluster's setting says. */
  partitions: 'one' | 'many'
  /** `newest`: the newest record of each key is kept. */
  keep: 'all' | 'newest'
  /** How long records are kept. Longer than the longest outage of those who read them, or they lose what they missed. */
  retentionMs: number
}

/** The topics of Roar on Kafka: what `roar topics` creates and checks. */
export const TOPIC_RULES: Record<LogTopic, TopicRule> = {
  /** A day: history, replay, and a Spark that was down for a night. */
  reactions: { partitions: 'many', keep: 'all', retentionMs: DAY_MS },
  /**
   * Each cell's newest version. A key names a window and so is never written again: old ones go by time. One partition:
   * the packets of a show are made from all its cells in their order, and a batch is some hundred cells.
   */
  counts: { partitions: 'one', keep: 'newest', retentionMs: 7 * DAY_MS },
  posts: { partitions: 'many', keep: 'all', retentionMs: DAY_MS },
  /** Longer than a show and what is looked at after it; the newest record of a post is how it stands. */
  held: { partitions: 'many', keep: 'newest', retentionMs: 7 * DAY_MS },
  control: { partitions: 'one', keep: 'newest', retentionMs: FOR_EVER },
  /** An audit recounts from these: export them before a month is over. */
  ballots: { partitions: 'many', keep: 'all', retentionMs: 30 * DAY_MS },
  /** Ingests hear of each other at once, or do without. */
  sightings: { partitions: 'one', keep: 'all', retentionMs: HOUR_MS },
  /** Without them nobody could make the tree of a certificate again. One every two seconds while there are votes. */
  cuts: { partitions: 'one', keep: 'all', retentionMs: FOR_EVER },
  tallies: { partitions: 'many', keep: 'newest', retentionMs: FOR_EVER },
  /** Longer than a room lives. */
  rooms: { partitions: 'many', keep: 'all', retentionMs: 7 * DAY_MS },
  /** They are shown at once, or not at all. */
  'room-moments': { partitions: 'one', keep: 'all', retentionMs: HOUR_MS },
  'dead-letters': { partitions: 'one', keep: 'all', retentionMs: 7 * DAY_MS },
}

/** Whether records of a topic must have a key: Kafka refuses to compact those without. */
export const needsKey = (topic: LogTopic): boolean => TOPIC_RULES[topic].keep === 'newest'

/** The topic's settings in Kafka's words. */
export function topicConfigs(
  topic: LogTopic,
  { replication }: { replication: number },
): Record<string, string> {
  const { keep, retentionMs } = TOPIC_RULES[topic]
  const forEver = retentionMs === FOR_EVER
  return {
    // Windows are cut by the time the broker took a record: the one clock that no producer can set.
    'message.timestamp.type': 'LogAppendTime',
    'cleanup.policy': keep === 'all' ? 'delete' : forEver ? 'compact' : 'compact,delete',
    'retention.ms': String(retentionMs),
    'retention.bytes': '-1',
    // With acks=all an append is on this many brokers: one may be lost without losing a record.
    'min.insync.replicas': String(Math.max(1, replication - 1)),
    'unclean.leader.election.enable': 'false',
    // Kafka's own default. A smaller bound refuses batches that wait to be written, again and again.
    'max.message.bytes': '1048588',
  }
}

/** Settings without which counts are wrong or stand still, whatever the size of the cluster. */
export const CRUCIAL_SETTINGS = ['message.timestamp.type', 'cleanup.policy', 'max.message.bytes'] as const

/** Whether what Kafka has does what is wanted: its lists have no order, and a larger bound is a bound too. */
export function isAsWanted(setting: string, wanted: string, found: string | undefined): boolean {
  if (found === undefined) return false
  if (setting === 'max.message.bytes') return Number(found) >= Number(wanted)
  if (setting === 'cleanup.policy') return listOf(found) === listOf(wanted)
  return found === wanted
}

const listOf = (value: string): string =>
  value
    .split(',')
    .map((entry) => entry.trim())
    .toSorted()
    .join(',')
