import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type AuditReport, auditPoll } from './audit/recount.ts'
import { ConfigError } from './config.ts'

const USAGE = `roar audit SHOW POLL [--data DIR] [--json]

Recounts a poll from the ballots log and compares: before the seal with the live tally, after it with the certificate,
ballot by ballot. The server may be running.
`
/** Findings that are printed; the rest are counted. */
const PRINTED_MAX = 50

/** `roar audit`. Returns 0 when everything agrees, 1 when something differs. @throws ConfigError for bad arguments */
export async function runAudit(argv: string[]): Promise<number> {
  const { values, positionals } = read(argv)
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const [show, poll] = positionals
  if (show === undefined || poll === undefined || positionals.length > 2) {
    throw new ConfigError('audit', 'needs a show and a poll: roar audit SHOW POLL')
  }
  const file = (name: string) => join(values.data, name)
  const report = audit({
    show,
    poll,
    log: file('log.db'),
    store: file('roar.db'),
    keys: file('signing-keys.json'),
  })
  process.stdout.write(values.json ? `${JSON.stringify(report, undefined, 1)}\n` : describe(report))
  return report.findings.length === 0 ? 0 : 1
}

function audit(options: Parameters<typeof auditPoll>[0]): AuditReport {
  try {
    return auditPoll(options)
  } catch (cause) {
    throw new ConfigError('audit', (cause as Error).message)
  }
}

function read(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        data: { type: 'string', default: './roar-data' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    throw new ConfigError('audit', (cause as Error).message.split('. ')[0]!)
  }
}

function describe({ show, poll, sealed, ballots, root, count, findings }: AuditReport): string {
  const lines = [
    `${show}/${poll}: ${ballots} ballots, ${count.viewers} viewers, root ${root}`,
    ...Object.entries(count.result).map(([choice, n]) => `  ${choice} ${n}`),
    ...findings
      .slice(0, PRINTED_MAX)
      .map(({ what, ballot, detail }) => `${what}${ballot === undefined ? '' : ` ${ballot}`}: ${detail}`),
  ]
  if (findings.length > PRINTED_MAX) lines.push(`and ${findings.length - PRINTED_MAX} more`)
  const against = sealed ? 'the certificate' : 'the live tally'
  lines.push(
    findings.length === 0
      ? `agrees with ${against}`
      : `${findings.length} findings: does not agree with ${against}`,
  )
  return `${lines.join('\n')}\n`
}
