import { Admin, ConfigResourceTypes } from '@platformatic/kafka'
import { RoarError } from '../../protocol/errors.ts'
import type { LogTopic } from '../log/log.ts'
import type { TopicDifference, TopicSize, TopicUse } from '../log/shared-log.ts'
import { clientOptions, closeClient, type KafkaAddress, topicName, unusable } from './connection.ts'
import { crucialSettings, isAsWanted, isInOrder, TOPIC_RULES, topicConfigs } from './topics.ts'

const TOPICS = Object.keys(TOPIC_RULES) as LogTopic[]
const TIMEOUT_MS = 10_000

/** Runs one task with an admin client, and closes it. @throws RoarError log_unavailable with Kafka's reason */
export async function withAdmin<T>(address: KafkaAddress, errand: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin(clientOptions(address, TIMEOUT_MS))
  try {
    return await errand(admin)
  } catch (cause) {
    throw unusable(address, cause)
  } finally {
    await closeClient(admin)
  }
}

/** Creates the missing ones of these topics, all by default, and returns their names. Changes no existing one. */
export async function createTopics(
  admin: Admin,
  address: KafkaAddress,
  { topics = TOPICS, ...size }: TopicSize & { topics?: readonly LogTopic[] },
): Promise<string[]> {
  const there = new Set(await admin.listTopics({}))
  const created: string[] = []
  for (const topic of topics) {
    const name = topicName(address, topic)
    if (there.has(name)) continue
    await admin.createTopics({
      topics: [name],
      partitions: partitionsOf(topic, size),
      replicas: size.replication,
      configs: Object.entries(topicConfigs(topic, size)).map(([name, value]) => ({ name, value })),
    })
    created.push(name)
  }
  await seeTopics(admin, created)
  return created
}

/** How often, and at what interval in milliseconds, a broker is polled for created topics: for half a minute. */
const SEE_TRIES = 300
const SEE_EVERY_MS = 100

/**
 * Waits until the brokers show new topics: the controller answers first, and the next broker, if just started, learns of them
 * seconds later.
 * @throws RoarError log_unavailable if a topic still does not appear
 */
async function seeTopics(admin: Admin, created: string[]): Promise<void> {
  let hidden = created
  for (let tries = 0; tries < SEE_TRIES && hidden.length > 0; tries++) {
    if (tries > 0) await new Promise<void>((resolve) => setTimeout(resolve, SEE_EVERY_MS))
    const there = new Set(await admin.listTopics({}))
    hidden = created.filter((name) => !there.has(name))
  }
  if (hidden.length > 0)
    throw new RoarError('log_unavailable', `Kafka created ${hidden.join(', ')} but does not list it`)
}

const partitionsOf = (topic: LogTopic, { partitions }: TopicSize): number =>
  TOPIC_RULES[topic].partitions === 'one' ? 1 : partitions

/** Every difference between Kafka's topics and the required ones. */
export async function compareTopics(
  admin: Admin,
  address: KafkaAddress,
  size: TopicSize,
): Promise<TopicDifference[]> {
  const there = new Set(await admin.listTopics({}))
  const differences: TopicDifference[] = []
  for (const topic of TOPICS) {
    const name = topicName(address, topic)
    const differs = (setting: string, wanted: string | number, found: string | undefined): void => {
      if (!isAsWanted(setting, String(wanted), found))
        differences.push({ topic: name, setting, wanted: String(wanted), found })
    }
    if (!there.has(name)) {
      differs('exists', 'yes', undefined)
      continue
    }
    const { partitions } = (await admin.metadata({ topics: [name], forceUpdate: true })).topics.get(name)!
    const wanted = partitionsOf(topic, size)
    // More partitions than required are fine, unless the order of all records matters.
    const enough = TOPIC_RULES[topic].partitions === 'many' && partitions.length > wanted
    if (!enough) differs('partitions', wanted, String(partitions.length))
    differs('replication', size.replication, String(partitions[0]!.replicas.length))
    const configs = topicConfigs(topic, size)
    const found = await settingsOf(admin, name, Object.keys(configs))
    for (const [key, value] of Object.entries(configs)) differs(key, value, found.get(key))
  }
  return differences
}

/** Differences that make the counts of any cluster wrong, or lose its votes: each role checks them at its start. Ignores missing topics. */
export async function crucialDifferences(admin: Admin, address: KafkaAddress): Promise<TopicDifference[]> {
  const there = new Set(await admin.listTopics({}))
  const differences: TopicDifference[] = []
  for (const topic of TOPICS) {
    const name = topicName(address, topic)
    if (!there.has(name)) continue
    const { partitions } = (await admin.metadata({ topics: [name] })).topics.get(name)!
    if (isInOrder(topic) && partitions.length > 1)
      differences.push({ topic: name, setting: 'partitions', wanted: '1', found: String(partitions.length) })
    const configs = topicConfigs(topic, { replication: 1 })
    const crucial = crucialSettings(topic)
    const found = await settingsOf(admin, name, crucial)
    for (const setting of crucial) {
      const wanted = configs[setting]!
      if (!isAsWanted(setting, wanted, found.get(setting)))
        differences.push({ topic: name, setting, wanted, found: found.get(setting) })
    }
  }
  return differences
}

async function settingsOf(
  admin: Admin,
  topic: string,
  names: string[],
): Promise<Map<string, string | undefined>> {
  const [description] = await admin.describeConfigs({
    resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: names }],
  })
  return new Map(description!.configs.map(({ name, value }) => [name, value ?? undefined]))
}

/** Size and lag of every existing topic. `records` counts offsets: after compaction there are fewer. */
export async function describeTopics(admin: Admin, address: KafkaAddress): Promise<TopicUse[]> {
  const there = new Set(await admin.listTopics({}))
  const names = TOPICS.map((topic) => topicName(address, topic)).filter((name) => there.has(name))
  if (names.length === 0) return []
  const { topics } = await admin.metadata({ topics: names, forceUpdate: true })
  const indexesOf = (name: string): number[] => topics.get(name)!.partitions.map((_, index) => index)
  const offsetsAt = async (timestamp: bigint): Promise<Map<string, bigint>> => {
    const wanted = names.map((name) => ({
      name,
      partitions: indexesOf(name).map((partitionIndex) => ({ partitionIndex, timestamp })),
    }))
    const listed = await admin.listOffsets({ topics: wanted })
    return new Map(
      listed.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, offset }) => [`${name}/${partitionIndex}`, offset] as const),
      ),
    )
  }
  const [earliest, latest] = [await offsetsAt(-2n), await offsetsAt(-1n)]
  const logDirs = await admin.describeLogDirs({
    topics: names.map((name) => ({
      name,
      partitions: indexesOf(name),
    })),
  })
  const bytes = new Map<string, number>()
  for (const { results } of logDirs) {
    for (const { topics } of results) {
      for (const { name, partitions } of topics) {
        const size = partitions.reduce((sum, { partitionSize }) => sum + Number(partitionSize), 0)
        bytes.set(name, (bytes.get(name) ?? 0) + size)
      }
    }
  }
  const groups = [...(await admin.listGroups({})).keys()]
  const committed = groups.length === 0 ? [] : await admin.listConsumerGroupOffsets({ groups })
  return names.map((topic) => {
    const partitions = indexesOf(topic)
    const lag: Record<string, number> = {}
    for (const { groupId, topics } of committed) {
      for (const { partitionIndex, committedOffset } of topics.find(({ name }) => name === topic)
        ?.partitions ?? []) {
        if (committedOffset < 0n) continue
        const behind = Number(latest.get(`${topic}/${partitionIndex}`)! - committedOffset)
        lag[groupId] = (lag[groupId] ?? 0) + Math.max(0, behind)
      }
    }
    const records = partitions.reduce(
      (sum, index) => sum + Number(latest.get(`${topic}/${index}`)! - earliest.get(`${topic}/${index}`)!),
      0,
    )
    return { topic, partitions: partitions.length, bytes: bytes.get(topic) ?? 0, records, lag }
  })
}
