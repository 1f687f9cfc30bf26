import { join } from 'node:path'
import * as v from 'valibot'
import { clientOptions } from '../../adapters/kafka/connection.ts'
import { sharedLog } from '../../adapters/registry.ts'
import { plural } from '../../protocol/plural.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { checkReadable, readNamedFile } from '../../settings/files.ts'
import { namesOf, setting, switchSetting, type ValuesOf } from '../../settings/setting.ts'
import { type AuditReport, auditPoll } from '../audit/audit.ts'
import { type Certificate, certificateIn } from '../audit/certificate.ts'
import { openCluster } from '../audit/cluster.ts'
import { openFiles } from '../audit/files.ts'
import type { AuditSource } from '../audit/source.ts'
import { storeFileOf } from '../data-folder.ts'
import { parseExact } from '../exact-json.ts'
import { counted, Progress } from '../progress.ts'
import type { Config } from '../settings.ts'
import { command } from './command.ts'

/** Findings that are printed; the rest are only counted. */
const PRINTED_MAX = 50
const KAFKA_TIMEOUT_MS = 10_000

export const commands = [
  command({
    name: 'audit',
    summary: 'recounts a poll from the log and compares the result with the live tally or the certificate',
    args: ['SHOW', 'POLL'],
    settings: ['data', 'store', ...namesOf(sharedLog.settings)],
    flags: {
      certificate: {
        ...setting(
          v.string(),
          '',
          'The published certificate. Anyone who can change the log could also change the one in the store.',
        ),
        placeholder: 'FILE',
      },
      json: switchSetting('Print the whole report as JSON.'),
    },
    examples: [
      'roar audit final mvp --certificate certificate.json',
      'roar audit final mvp --log kafka://k1:9092 --store postgres://roar@db/roar',
    ],
    notes: 'The server may be running. Exits with 1 if anything differs.',
    async run({ certificate, json, ...config }, [show, poll]) {
      const published = certificate === '' ? undefined : publishedIn(certificate)
      const report = await audit(config, { show: show!, poll: poll!, published })
      process.stdout.write(json ? `${JSON.stringify(report, undefined, 1)}\n` : describe(report))
      return report.findings.length === 0 ? 0 : 1
    },
  }),
]

/** @throws ConfigError for a file that is no JSON, or that programs read differently, or is no certificate */
function publishedIn(file: string): Certificate {
  const published = readNamedFile('--certificate', file)
  const named = JSON.stringify(file)
  try {
    parseExact(published)
  } catch (cause) {
    throw new ConfigError(
      '--certificate',
      `${named} is not JSON that can be compared: ${(cause as Error).message}`,
    )
  }
  const certificate = certificateIn(published)
  if (certificate === undefined) throw new ConfigError('--certificate', `${named} is not a certificate`)
  return certificate
}

type AuditConfig = Pick<Config, 'data' | 'store'> & ValuesOf<typeof sharedLog.settings>

async function audit(
  config: AuditConfig,
  { show, poll, published }: { show: string; poll: string; published: Certificate | undefined },
): Promise<AuditReport> {
  let source: ReturnType<typeof openSource> | undefined
  using progress = new Progress()
  try {
    const opened = openSource(config)
    source = opened
    const rows: AuditSource['rows'] = (topic) =>
      counted(
        opened.rows(topic),
        progress,
        (many) => `${many} records of ${topic} read`,
        ({ length }) => length,
      )
    return await auditPoll({ ...opened, rows }, show, poll, published)
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    throw new ConfigError('audit', (cause as Error).message)
  } finally {
    await source?.close()
  }
}

function openSource(config: AuditConfig): AuditSource & { close(): Promise<void> } {
  if (config.log === '') {
    const files = { log: join(config.data, 'log.db'), store: storeFileOf(config) ?? config.store }
    checkReadable('data', files.log)
    if (storeFileOf(config) !== undefined) checkReadable('store', files.store)
    return openFiles(files)
  }
  if (config.store === '') throw new ConfigError('store', 'is missing: the database that keeps the polls')
  return openCluster({
    kafka: clientOptions(sharedLog.addressOf(config), KAFKA_TIMEOUT_MS),
    topicPrefix: config['topic-prefix'],
    store: config.store,
  })
}

function describe(report: AuditReport): string {
  const { show, poll, sealed, agrees, ballots, waiting, root, count, findings, more } = report
  const lines = [
    `${show}/${poll}: ${plural(ballots, 'ballot')}, ${plural(count.viewers, 'viewer')}, root ${root}`,
    ...(waiting > 0
      ? [`  not counted here, as ${waiting === 1 ? 'it' : 'they'} came after the live tally: ${waiting}`]
      : []),
    ...Object.entries(count.result).map(([choice, n]) => `  ${choice} ${n}`),
    ...findings
      .slice(0, PRINTED_MAX)
      .map(({ what, ballot, detail }) => `${what}${ballot === undefined ? '' : ` ${ballot}`}: ${detail}`),
  ]
  const found = findings.length + more
  if (found > PRINTED_MAX) lines.push(`and ${found - PRINTED_MAX} more`)
  const whole = sealed
    ? 'sums, root and ballots agree with the certificate'
    : 'the sums agree with the live tally'
  const verdict = agrees ? whole : `does not agree with ${sealed ? 'the certificate' : 'the live tally'}`
  lines.push(found === 0 ? verdict : `${plural(found, 'finding')}; ${verdict}`)
  return `${lines.join('\n')}\n`
}
