import { userInfo } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SignJWT } from 'jose'
import { VOTERS_MEAN, type Voters } from '../protocol/polls.ts'
import { ConfigError } from '../settings/config-error.ts'
import { readSecretFile } from '../settings/secret-file.ts'
import { readSecret } from './data-folder.ts'

const USAGE = `roar poll create SHOW POLL --question TEXT --choice ID=TITLE --choice ID=TITLE …
                 [--kind one|several|points] [--max N] [--change] [--visibility live|voted|closed|revealed]
                 [--opens TIME] [--closes TIME] [--reveals TIME] [--seals TIME] [--grace-ms N] [--answer ID …]
                 [--voters signed-in|guests|verified]
roar poll open|close|reveal|seal SHOW POLL
roar poll show SHOW [POLL]

TIME is an ISO date or milliseconds since 1970. Of all of them:
  --url URL      the server (http://localhost:7766)
  --token TOKEN  a producer's token; or in ROAR_TOKEN, or in a file: --token-file FILE, ROAR_TOKEN_FILE
  --data DIR     without a token: the data folder of the server, whose secret signs one for five minutes (./roar-data)
`
const ACTIONS = ['open', 'close', 'reveal', 'seal'] as const
const TOKEN_TTL_S = 300

type Values = ReturnType<typeof read>['values']

/** `roar poll`. Returns 0 when the server did it, 1 when it refused. @throws ConfigError for bad arguments */
export async function runPoll(argv: string[]): Promise<number> {
  const { values, positionals } = read(argv)
  const [action, show, poll, ...more] = positionals
  if (values.help || action === undefined) {
    process.stdout.write(USAGE)
    return 0
  }
  if (show === undefined || more.length > 0)
    throw new ConfigError('poll', 'needs an action, a show and a poll')
  const polls = `/v1/studio/shows/${encodeURIComponent(show)}/polls`
  if (action === 'show')
    return ask(values, 'GET', poll === undefined ? polls : `${polls}/${encodeURIComponent(poll)}`)
  if (poll === undefined) throw new ConfigError('poll', `${action} needs a show and a poll`)
  if (action === 'create') return ask(values, 'POST', polls, newPoll(poll, values))
  if (!(ACTIONS as readonly string[]).includes(action)) {
    throw new ConfigError('poll', `${action} is not one of: create, show, ${ACTIONS.join(', ')}`)
  }
  return ask(values, 'POST', `${polls}/${encodeURIComponent(poll)}/${action}`)
}

function newPoll(poll: string, values: Values): Record<string, unknown> {
  const choices = (values.choice ?? []).map((text) => {
    const [choice, ...title] = text.split('=')
    if (title.length === 0) throw new ConfigError('--choice', `${text} is not ID=TITLE`)
    return { choice, title: title.join('=') }
  })
  return {
    poll,
    question: values.question,
    choices,
    kind: values.kind,
    max: number('--max', values.max),
    change: values.change,
    visibility: values.visibility,
    opens: time('--opens', values.opens),
    closes: time('--closes', values.closes),
    reveals: time('--reveals', values.reveals),
    seals: time('--seals', values.seals),
    graceMs: number('--grace-ms', values['grace-ms']),
    answer: values.answer,
    voters: values.voters,
  }
}

function number(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) throw new ConfigError(flag, 'is not a whole number')
  return Number(text)
}

function time(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) {
    if (Number(text) < MS_MIN) throw new ConfigError(flag, 'is not in milliseconds: they have 13 digits')
    return Number(text)
  }
  const ms = Date.parse(text)
  // JavaScript reads 30 February as 2 March, and "1" as a month.
  const [date = ''] = ISO.exec(text) ?? []
  const isDate =
    date !== '' && new Date(`${date.slice(0, 10)}T00:00:00Z`).toJSON()?.startsWith(date.slice(0, 10))
  if (Number.isNaN(ms) || !isDate) throw new ConfigError(flag, 'is not a time')
  return ms
}

/** In the year 2001: no poll is older. */
const MS_MIN = 1e12
const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/

async function ask(values: Values, method: string, path: string, body?: unknown): Promise<number> {
  const headers = { authorization: `Bearer ${await tokenOf(values)}`, 'content-type': 'application/json' }
  let response: Response
  try {
    response = await fetch(new URL(path, values.url), {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (cause) {
    throw new ConfigError('--url', `${values.url} can not be reached: ${(cause as Error).message}`)
  }
  const answer = (await response.json()) as Record<string, unknown>
  if (response.ok) {
    process.stdout.write(`${JSON.stringify(answer, undefined, 1)}\n`)
    // Only what makes a poll has a body.
    if (body !== undefined) sayVoters(answer.voters as Voters)
    return 0
  }
  process.stderr.write(`roar: ${answer.code}: ${answer.detail}\n`)
  return 1
}

/** What was chosen, or was left out, is said to whoever makes the poll: after the opening nobody can change it. */
const sayVoters = (voters: Voters): void =>
  void process.stderr.write(`roar: its voters are ${voters}. ${VOTERS_MEAN[voters]}\n`)

/** The token that was given, or one signed with the server's own secret: whoever can read its folder may decide. */
async function tokenOf({ token, 'token-file': file, data }: Values): Promise<string> {
  const { ROAR_TOKEN, ROAR_TOKEN_FILE } = process.env
  if (token !== undefined) return token
  if (file !== undefined) return tokenIn('--token-file', file)
  if (ROAR_TOKEN !== undefined) return ROAR_TOKEN
  if (ROAR_TOKEN_FILE !== undefined) return tokenIn('ROAR_TOKEN_FILE', ROAR_TOKEN_FILE)
  return new SignJWT({ role: 'producer' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userInfo().username)
    .setExpirationTime(Math.floor(Date.now() / 1000) + TOKEN_TTL_S)
    .sign(readSecret(join(data, 'auth-secret')))
}

/** @throws ConfigError when the file can not be read */
function tokenIn(name: string, file: string): string {
  try {
    return readSecretFile(file)
  } catch (cause) {
    throw new ConfigError(name, `can not be read: ${(cause as Error).message}`)
  }
}

function read(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        question: { type: 'string' },
        choice: { type: 'string', multiple: true },
        kind: { type: 'string' },
        max: { type: 'string' },
        change: { type: 'boolean' },
        visibility: { type: 'string' },
        opens: { type: 'string' },
        closes: { type: 'string' },
        reveals: { type: 'string' },
        seals: { type: 'string' },
        'grace-ms': { type: 'string' },
        answer: { type: 'string', multiple: true },
        voters: { type: 'string' },
        url: { type: 'string', default: 'http://localhost:7766' },
        token: { type: 'string' },
        'token-file': { type: 'string' },
        data: { type: 'string', default: './roar-data' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    throw new ConfigError('poll', (cause as Error).message.split('. ')[0]!)
  }
}
