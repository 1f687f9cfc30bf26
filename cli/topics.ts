import { parseArgs } from 'node:util'
import {
  compareTopics,
  createTopics,
  describeTopics,
  type TopicDifference,
  type TopicUse,
  withAdmin,
} from '../adapters/log/kafka/admin.ts'
import type { KafkaAddress } from '../adapters/log/kafka/connection.ts'
import { RoarError } from '../protocol/errors.ts'
import { ConfigError } from './config.ts'
import { brokersOf, readPem } from './from-config.ts'

const USAGE = `roar topics --log kafka://host:port,… [flags]
Creates the topics that are missing, says what is not as it should be, and shows how much each holds.
  --check                 Create nothing. Exit code 1 on a difference.
  --partitions N          Of topics that several share: the most readers of one group. Default 4.
  --replication N         On how many brokers each record is. Default 3; 1 where there is one broker.
  --topic-prefix TEXT     What the topics' names begin with. Default roar-.
  --kafka-tls             Speak TLS to the brokers.
  --kafka-ca FILE         The authority that signed the brokers' certificates, PEM. Default: those that the system trusts.
  --kafka-sasl MECHANISM  plain, scram-sha-256 or scram-sha-512.
  --kafka-user NAME       With --kafka-sasl. The password comes from ROAR_KAFKA_PASSWORD.
`

/** Creates, checks and shows the topics. Returns the exit code: 1 when something differs or Kafka can not be reached. */
export async function runTopics(
  argv: string[],
  write = (text: string): unknown => process.stdout.write(text),
): Promise<number> {
  const flags = readFlags(argv)
  if (flags.help) {
    write(USAGE)
    return 0
  }
  const { address, size, check } = flags
  try {
    return await withAdmin(address, async (admin) => {
      const created = check ? [] : await createTopics(admin, address, size)
      for (const topic of created) write(`created ${topic}\n`)
      const differences = await compareTopics(admin, address, size)
      for (const difference of differences) write(`${sentence(difference)}\n`)
      write(table(await describeTopics(admin, address)))
      return differences.length === 0 ? 0 : 1
    })
  } catch (error) {
    if (!(error instanceof RoarError)) throw error
    write(`${error.message}\n`)
    return 1
  }
}

function readFlags(argv: string[]) {
  const { values } = parse(argv)
  const log = values.log ?? process.env.ROAR_LOG
  if (values.help) return { help: true } as const
  if (log === undefined)
    throw new ConfigError('log', 'is missing: say where Kafka is, like kafka://host:9092')
  const size = {
    partitions: whole('partitions', values.partitions),
    replication: whole('replication', values.replication),
  }
  return { help: false, address: readAddress(log, values), size, check: values.check } as const
}

function parse(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        help: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        log: { type: 'string' },
        partitions: { type: 'string', default: '4' },
        replication: { type: 'string', default: '3' },
        'topic-prefix': { type: 'string', default: 'roar-' },
        'kafka-tls': { type: 'boolean', default: false },
        'kafka-ca': { type: 'string' },
        'kafka-sasl': { type: 'string' },
        'kafka-user': { type: 'string' },
      },
    })
  } catch (cause) {
    // The parser names the flag in its first sentence; what follows is advice for other programs.
    throw new ConfigError('flags', (cause as Error).message.split('. ')[0]!)
  }
}

type Values = ReturnType<typeof parse>['values']

function readAddress(log: string, values: Values): KafkaAddress {
  const address: KafkaAddress = { brokers: brokersOf(log), topicPrefix: values['topic-prefix'] }
  const ca = values['kafka-ca']
  if (values['kafka-tls'] || ca !== undefined)
    address.tls = ca === undefined ? {} : { ca: readPem('kafka-ca', ca) }
  const mechanism = values['kafka-sasl']?.toUpperCase()
  if (mechanism === undefined) return address
  if (mechanism !== 'PLAIN' && mechanism !== 'SCRAM-SHA-256' && mechanism !== 'SCRAM-SHA-512') {
    throw new ConfigError(
      'kafka-sasl',
      `${values['kafka-sasl']} is not plain, scram-sha-256 or scram-sha-512`,
    )
  }
  const password = process.env.ROAR_KAFKA_PASSWORD
  if (values['kafka-user'] === undefined) throw new ConfigError('kafka-user', 'is missing beside kafka-sasl')
  if (password === undefined) throw new ConfigError('ROAR_KAFKA_PASSWORD', 'is missing beside kafka-sasl')
  return { ...address, sasl: { mechanism, username: values['kafka-user'], password } }
}

function whole(name: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new ConfigError(name, `${text} is not a whole number from 1 to 9999`)
  return Number(text)
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
  const all = [['topic', 'partitions', 'records', 'size', 'lag by group'], ...rows]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

function sizeOf(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return `${(bytes / 2 ** (10 * power)).toFixed(power === 0 ? 0 : 1)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`
}
