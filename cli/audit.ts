import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kafkaAddressOf } from '../adapters/kafka/address.ts'
import { clientOptions } from '../adapters/kafka/connection.ts'
import { ConfigError } from '../settings/config-error.ts'
import { openCluster } from './audit/cluster.ts'
import { openFiles } from './audit/files.ts'
import { type AuditReport, type AuditSource, auditPoll } from './audit/recount.ts'
import { readConfig } from './config.ts'
import type { Config } from './settings.ts'

const USAGE = `roar audit SHOW POLL [--data DIR] [--certificate FILE] [--json]
roar audit SHOW POLL --log kafka://host:port,… --store postgres://… [--certificate FILE] [--json]

Recounts a poll from the ballots log and compares: before the seal with the live tally, after it with the certificate,
ballot by ballot. --certificate FILE is the certificate as it was published: whoever can change the log can change the
store's. The server may be running. The settings are those of the other roles: flags, environment, --config FILE.
`
/** Findings that are printed; the rest are counted. */
const PRINTED_MAX = 50
const KAFKA_TIMEOUT_MS = 10_000

/** `roar audit`. Returns 0 when everything agrees, 1 when something differs. @throws ConfigError for bad arguments */
export async function runAudit(argv: string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(USAGE)
    return 0
  }
  const json = argv.includes('--json')
  const { published, rest } = publishedOf(argv.filter((flag) => flag !== '--json'))
  const [show, poll, ...flags] = rest
  if (show === undefined || poll === undefined || show.startsWith('-') || poll.startsWith('-')) {
    throw new ConfigError('audit', 'needs a show and a poll first: roar audit SHOW POLL')
  }
  const config = readConfig({ argv: flags, env: process.env })
  const report = await audit(config, { show, poll, published })
  process.stdout.write(json ? `${JSON.stringify(report, undefined, 1)}\n` : describe(report))
  return report.findings.length === 0 ? 0 : 1
}

/** Takes `--certificate FILE` out of the arguments, and reads it. @throws ConfigError */
function publishedOf(argv: string[]): { published: string | undefined; rest: string[] } {
  const at = argv.indexOf('--certificate')
  if (at === -1) return { published: undefined, rest: argv }
  const file = argv[at + 1] ?? ''
  try {
    const published = readFileSync(file, 'utf8')
    JSON.parse(published)
    return { published, rest: argv.toSpliced(at, 2) }
  } catch (cause) {
    throw new ConfigError('--certificate', `${file} cannot be read: ${(cause as Error).message}`)
  }
}

async function audit(
  config: Config,
  { show, poll, published }: { show: string; poll: string; published: string | undefined },
): Promise<AuditReport> {
  let source: ReturnType<typeof openSource> | undefined
  try {
    source = openSource(config)
    return await auditPoll(source, show, poll, published)
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    throw new ConfigError('audit', (cause as Error).message)
  } finally {
    await source?.close()
  }
}

function openSource(config: Config): AuditSource & { close(): Promise<void> } {
  if (config.log === '') {
    const file = (name: string) => join(config.data, name)
    const store = config.store === '' ? file('roar.db') : config.store.replace(/^sqlite:/, '')
    return openFiles({ log: file('log.db'), store })
  }
  if (config.store === '') throw new ConfigError('store', 'is missing: the database that keeps the polls')
  return openCluster({
    kafka: clientOptions(kafkaAddressOf(config), KAFKA_TIMEOUT_MS),
    topicPrefix: config['topic-prefix'],
    store: config.store,
  })
}

function describe(report: AuditReport): string {
  const { show, poll, sealed, agrees, ballots, waiting, root, count, findings } = report
  const lines = [
    `${show}/${poll}: ${ballots} ballots, ${count.viewers} viewers, root ${root}`,
    ...(waiting > 0 ? [`  ${waiting} of them came after the live tally, and are not counted here`] : []),
    ...Object.entries(count.result).map(([choice, n]) => `  ${choice} ${n}`),
    ...findings
      .slice(0, PRINTED_MAX)
      .map(({ what, ballot, detail }) => `${what}${ballot === undefined ? '' : ` ${ballot}`}: ${detail}`),
  ]
  if (findings.length > PRINTED_MAX) lines.push(`and ${findings.length - PRINTED_MAX} more`)
  const whole = sealed
    ? 'sums, root and ballots agree with the certificate'
    : 'the sums agree with the live tally'
  const verdict = agrees ? whole : `does not agree with ${sealed ? 'the certificate' : 'the live tally'}`
  lines.push(findings.length === 0 ? verdict : `${findings.length} findings; ${verdict}`)
  return `${lines.join('\n')}\n`
}
