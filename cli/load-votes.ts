import { join } from 'node:path'
import { runVotes, type VotesOptions } from '../load/votes.ts'
import { VOTES_LIVE_HEAD, votesHeadline, votesLiveLine, votesTable } from '../load/votes-report.ts'
import { whyUnreadable } from '../settings/files.ts'
import { readSecretFile } from '../settings/secret-file.ts'
import { readSecret } from './data-folder.ts'
import { integer } from './flags.ts'
import { checkId, checkWritable, httpUrls, RUN_OPTIONS, sayFor, writeJson } from './load-flags.ts'
import { parseFlags } from './parse-flags.ts'

/** Limited by memory: every receipt is kept until the end, 2 KB each. */
const VIEWERS_MAX = 1_000_000

export interface VotesFlags {
  options: VotesOptions
  json: string | undefined
}

export const VOTES_OPTIONS = {
  ...RUN_OPTIONS,
  votes: { type: 'boolean' },
  studio: { type: 'string' },
  poll: { type: 'string' },
  secret: { type: 'string' },
  'secret-file': { type: 'string' },
  data: { type: 'string' },
  viewers: { type: 'string' },
  rate: { type: 'string', default: '1000' },
  seconds: { type: 'string', default: '10' },
  twice: { type: 'string', default: '10' },
  cut: { type: 'string', default: '10' },
  proofs: { type: 'string', default: '1000' },
  all: { type: 'boolean', default: false },
} as const

/** Parses the flags of `roar load --votes`. @throws with one plain sentence */
export function parseVotes(argv: string[]): VotesFlags {
  const { values } = parseFlags('roar load', {
    args: argv,
    strict: true,
    options: VOTES_OPTIONS,
  })
  for (const flag of ['show', 'poll'] as const) {
    const id = values[flag]
    if (id !== undefined) checkId(flag, id)
  }
  const rate = integer('rate', values.rate, 1, 1_000_000)
  const seconds = integer('seconds', values.seconds, 1, 86_400)
  const viewers =
    values.viewers === undefined
      ? Math.min(VIEWERS_MAX, rate * seconds)
      : integer('viewers', values.viewers, 1, VIEWERS_MAX)
  const twice = integer('twice', values.twice, 0, 100)
  const cut = integer('cut', values.cut, 0, 100)
  if (twice + cut > 100) throw new Error('--twice and --cut: together they are more than all viewers')
  checkWritable('json', values.json)
  const options: VotesOptions = {
    ...httpUrls(values.url),
    ...(values.studio === undefined ? {} : { studio: httpUrls(values.studio).url }),
    show: values.show,
    poll: values.poll,
    secret: secretOf(values),
    viewers,
    rate,
    seconds,
    twiceShare: twice / 100,
    cutShare: cut / 100,
    seed: integer('seed', values.seed, 0, Number.MAX_SAFE_INTEGER - 2),
    settleSeconds: integer('settle', values.settle, 0, 3600),
    proofs: values.all ? VIEWERS_MAX : integer('proofs', values.proofs, 0, VIEWERS_MAX),
  }
  return { options, json: values.json }
}

/**
 * The server's secret, read as the server reads it: `--secret` and `--secret-file` are text, whatever it looks like, and only what
 * a server generated into its data folder is base64url.
 */
export function secretOf(values: { secret?: string; 'secret-file'?: string; data?: string }): Uint8Array {
  const { secret, 'secret-file': file, data } = values
  if ([secret, file, data].filter((each) => each !== undefined).length !== 1)
    throw new Error('--data, --secret-file or --secret: give one of them, to sign the tokens of viewers')
  if (data !== undefined) return readSecret(join(data, 'auth-secret'))
  if (secret !== undefined) return new TextEncoder().encode(secret)
  try {
    return new TextEncoder().encode(readSecretFile(file!))
  } catch (cause) {
    throw new Error(`--secret-file ${file}: ${whyUnreadable(cause)}`, { cause })
  }
}

/** Resolves to the exit code. @throws LoadError when the run could not begin or end */
export async function loadVotes({ options, json }: VotesFlags, stop: AbortSignal): Promise<number> {
  const say = sayFor(json)
  say(votesHeadline(options))
  say(VOTES_LIVE_HEAD)
  const result = await runVotes(options, { progress: (progress) => say(votesLiveLine(progress)) }, stop)
  say(`\n${votesTable(result)}`)
  writeJson(json, result)
  return result.verdict.ok ? 0 : 1
}
