import type { TopicDifference, TopicsReport, TopicUse } from '../../adapters/log/shared-log.ts'
import { sharedLog } from '../../adapters/registry.ts'
import { RoarError } from '../../protocol/errors.ts'
import { namesOf, setting, switchSetting } from '../../settings/setting.ts'
import { whole } from '../../settings/values.ts'
import { tableOf } from '../table.ts'
import { command } from './command.ts'

export const commands = [
  command({
    name: 'topics',
    summary: 'creates missing topics, reports differences, and shows the size of each topic',
    settings: namesOf(sharedLog.settings),
    flags: {
      check: switchSetting('Create nothing; exit with 1 if anything differs.'),
      partitions: setting(
        whole(1, 9999),
        4,
        'Partitions of the topics that several processes share, and so the most readers in one group.',
      ),
      replication: setting(
        whole(1, 9999),
        3,
        'The number of brokers that keep each record. Use 1 with a single broker.',
      ),
    },
    examples: [
      'roar topics --log kafka://k1:9092,k2:9092 --partitions 12',
      'roar topics --log kafka://localhost:9092 --replication 1 --check',
    ],
    run: async ({ check, partitions, replication, ...config }) =>
      manageTopics(sharedLog.topics(config, { partitions, replication }, { check })),
  }),
]

/** Creates, checks or shows the topics. Returns the exit code: 1 when something differs or the log is unreachable. */
async function manageTopics(work: Promise<TopicsReport>): Promise<number> {
  const write = (text: string) => process.stdout.write(text)
  try {
    const { created, differences, use } = await work
    for (const topic of created) write(`created ${topic}\n`)
    for (const difference of differences) write(`${sentence(difference)}\n`)
    write(table(use))
    return differences.length === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof RoarError)) throw error
    process.stderr.write(`roar: ${error.message}\n`)
    return 1
  }
}

const sentence = ({ topic, setting, wanted, found }: TopicDifference): string =>
  setting === 'exists'
    ? `${topic} is missing`
    : `${topic}: ${setting} is ${found ?? 'not set'}, should be ${wanted}`

function table(topics: TopicUse[]): string {
  const rows = topics.map(({ topic, partitions, records, bytes, lag }) => {
    const groups = Object.entries(lag).map(
      ([group, behind]) => `${group.replace(`${topic}.`, '')} ${behind.toLocaleString('en')}`,
    )
    return [topic, String(partitions), records.toLocaleString('en'), sizeOf(bytes), groups.join(', ') || '-']
  })
  return tableOf([['topic', 'partitions', 'records', 'size', 'lag by group'], ...rows])
}

function sizeOf(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return `${(bytes / 2 ** (10 * power)).toFixed(power === 0 ? 0 : 1)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`
}
