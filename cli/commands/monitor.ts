import * as v from 'valibot'
import { witnessKeyText } from '../../engine/polls/checkpoints.ts'
import { sha256 } from '../../services/sha256.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { setting, switchSetting } from '../../settings/setting.ts'
import { text, whole } from '../../settings/values.ts'
import { Monitor, WITNESS_BODY_BYTES_MAX } from '../monitor/monitor.ts'
import { type MonitorRecord, openRecord } from '../monitor/record.ts'
import { sourceOf } from '../monitor/sources.ts'
import { stopSignal } from '../stop-signal.ts'
import { command } from './command.ts'

const NAME = v.pipe(v.string(), v.regex(/^[^\s+]*$/, 'has a space or a plus'))

export const commands = [
  command({
    name: 'monitor',
    summary: 'watches the signed heads of polls from outside, and can cosign them',
    args: ['ADDRESSES'],
    flags: {
      record: setting(text, './roar-monitor', 'The folder for everything that was seen, as evidence.'),
      'every-s': setting(whole(1, 3600), 5, 'How often to check, in seconds.'),
      'stopped-after-s': setting(
        whole(1, 86_400),
        60,
        'How long a log may show nothing, or no new head although more is counted, before this is reported, in seconds.',
      ),
      once: switchSetting('Check once, then exit: with 2 if something could not be checked.'),
      'witness-name': setting(
        NAME,
        '',
        'Cosign heads under this name, such as watcher.example, when servers request it (C2SP tlog-witness). Empty: do not cosign.',
      ),
      'witness-host': setting(text, '127.0.0.1', 'The address on which to answer servers.'),
      'witness-port': setting(
        whole(0, 65_535),
        7780,
        'The port on which to answer servers. 0: any free one.',
      ),
    },
    examples: [
      'roar monitor https://roar.example/v1/shows/final/polls/mvp',
      'roar monitor https://roar.example/v1/shows/final --witness-name watcher.example --witness-port 7780',
    ],
    notes: `ADDRESSES are those of polls, or of shows for all polls of a show, with commas between. It ends with exit code 1 when a log has
shrunk or forked, a certificate is not the last head, or a key that it saw is gone or changed. A log that stopped is reported, and
watched on; so is a sealed poll, because a second certificate would be a fork. Ctrl-C ends it with exit code 0.`,
    async run(flags, [addresses]) {
      const sources = addresses!.split(',').map((address) => {
        const source = sourceOf(address.trim())
        if (source === undefined)
          throw new ConfigError(
            'monitor',
            `${JSON.stringify(address)} is not the address of a poll or a show, such as https://roar.example/v1/shows/final`,
          )
        return source
      })
      const { record, seen } = openRecord(flags.record)
      // What a server says of itself is in some lines: it cannot begin one of its own.
      const tell = (line: string) =>
        void process.stdout.write(`${new Date().toISOString()} ${line.replace(/\p{Cc}/gu, ' ')}\n`)
      const monitor = new Monitor({
        sources,
        record,
        seen,
        stoppedAfterMs: flags['stopped-after-s'] * 1000,
        tell,
      })
      const witness =
        flags['witness-name'] === '' || flags.once ? undefined : cosigning(monitor, record, flags)
      if (witness !== undefined) tell(`cosigns at ${witness.url} with the key ${witness.key}`)
      let stopped = false
      let saidSealed = false
      let saidUnchecked = ''
      const stop = stopSignal().then(() => (stopped = true))
      try {
        for (;;) {
          const complaints = await monitor.look(Date.now())
          if (complaints.some(({ kind }) => kind !== 'stopped')) return 1
          const unchecked = monitor.unchecked.join('\n')
          if (unchecked !== saidUnchecked && unchecked !== '')
            for (const line of monitor.unchecked) tell(line)
          saidUnchecked = unchecked
          if (flags.once) return complaints.length > 0 ? 1 : unchecked === '' ? 0 : 2
          if (monitor.isSealed && !saidSealed)
            tell('everything is sealed; watching for a second certificate until Ctrl-C')
          saidSealed = monitor.isSealed
          await Promise.race([stop, Bun.sleep(flags['every-s'] * 1000)])
          if (stopped) return 0
        }
      } finally {
        await witness?.server.stop(true)
      }
    },
  }),
]

function cosigning(
  monitor: Monitor,
  record: MonitorRecord,
  flags: { 'witness-name': string; 'witness-host': string; 'witness-port': number },
) {
  const name = flags['witness-name']
  const { privateKey, publicKey } = record.witnessKey()
  const server = Bun.serve({
    hostname: flags['witness-host'],
    port: flags['witness-port'],
    maxRequestBodySize: WITNESS_BODY_BYTES_MAX,
    fetch: (request) => monitor.answer(request, { name, privateKey, publicKey }, Date.now()),
    error: () => new Response('the witness cannot answer now\n', { status: 503 }),
  })
  return { server, url: server.url.href.replace(/\/$/, ''), key: witnessKeyText(sha256, name, publicKey) }
}
