import type { LogTopic } from '../log/log.ts'
import { withAdmin } from './admin.ts'
import { type KafkaAddress, topicName } from './connection.ts'
import { TOPIC_RULES } from './topics.ts'

const TOPICS = Object.keys(TOPIC_RULES) as LogTopic[]

/**
 * The names of topics in use that are missing, or that we may not see. @throws RoarError log_unavailable with Kafka's reason when
 * no broker responds within ten seconds
 */
export function missingTopics(
  address: KafkaAddress,
  isUsed: (topic: LogTopic) => boolean,
): Promise<string[]> {
  return withAdmin(address, async (admin) => {
    const there = new Set(await admin.listTopics({}))
    return TOPICS.filter(isUsed)
      .map((topic) => topicName(address, topic))
      .filter((name) => !there.has(name))
  })
}
