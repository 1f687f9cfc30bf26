import { join } from 'node:path'
import pino from 'pino'
import { type Clock, systemClock } from '../../adapters/clock/clock.ts'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { assemble } from '../../cli/assembly/assemble.ts'
import { type AuditReport, auditPoll } from '../../cli/audit/audit.ts'
import { certificateIn } from '../../cli/audit/certificate.ts'
import { openFiles } from '../../cli/audit/files.ts'
import { readConfig } from '../../cli/config.ts'
import { up } from '../../cli/roles/up.ts'
import type { Problem } from '../../protocol/errors.ts'
import type { Certificate, PollDocument, Receipt } from '../../protocol/polls.ts'
import { temporaryFolder } from '../embedded.ts'
import { until } from '../until.ts'

export const SECRET = 'a secret for tests, long enough to be one'

/** What `roar audit` finds in a data folder. */
export async function auditFiles(
  folder: string,
  poll: string,
  published?: Certificate,
): Promise<AuditReport> {
  const source = openFiles({ log: join(folder, 'log.db'), store: join(folder, 'roar.db') })
  try {
    return await auditPoll(source, 'final', poll, published && certificateIn(JSON.stringify(published)))
  } finally {
    await source.close()
  }
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token signed by hand, so that a test can make thousands in no time, and bad ones too. */
export function tokenOf(
  viewer: unknown,
  claims: object = {},
  { secret = SECRET, header = { alg: 'HS256' } as object } = {},
) {
  const input = `${part(header)}.${part({ sub: viewer, exp: 9_999_999_999, ...claims })}`
  return `${input}.${new Bun.CryptoHasher('sha256', secret).update(input).digest('base64url')}`
}
export const PRODUCER = tokenOf('boss', { role: 'producer' })

/**
 * A producer's change holds from the next millisecond on, and is answered then, and a drain may wait for a time limit: a clock that
 * stands still must go on.
 */
async function goingOn<T>(clock: ManualClock, call: Promise<T>): Promise<T> {
  let answered = false
  const settled = call.finally(() => (answered = true))
  while (!answered) {
    clock.advance(1)
    // No faster than a real clock: thousands of turns pass while a call is on its way.
    await new Promise((turn) => setTimeout(turn, 1))
  }
  return settled
}

/**
 * Calls a server's voting API.
 * @param options.changing Around each producer's call.
 */
export function votingClient(
  url: string,
  {
    show = 'final',
    changing = (call) => call,
  }: { show?: string; changing?: (call: Promise<Response>) => Promise<Response> } = {},
) {
  const request = (method: string, path: string, token?: string, body?: unknown) =>
    fetch(url + path, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const asProducer = (method: string, path: string, body?: unknown) =>
    changing(request(method, `/v1/studio${path}`, PRODUCER, body))
  const studio = async (method: string, path: string, body?: unknown) => {
    const response = await asProducer(method, `/shows/${show}/${path}`, body)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return {
    request,
    studio,
    /** A producer's call of the studio, about whatever there is, that must be done. */
    async produce(method: string, path: string, body?: unknown): Promise<void> {
      const response = await asProducer(method, path, body)
      if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    },
    create: (poll: string, rules: object = {}) =>
      studio('POST', 'polls', {
        poll,
        question: 'Who was the best?',
        choices: ['anna', 'ben', 'cleo'].map((choice) => ({ choice, title: choice })),
        ...rules,
      }),
    act: (poll: string, action: string) => studio('POST', `polls/${poll}/${action}`),
    async vote(poll: string, token: string | undefined, answer: unknown) {
      const response = await request('POST', `/v1/shows/${show}/polls/${poll}/votes`, token, answer)
      const body = await response.json()
      return {
        status: response.status,
        headers: response.headers,
        receipt: body as Receipt,
        problem: body as Problem,
      }
    },
    async poll(poll: string, token?: string) {
      return (await (await request('GET', `/v1/shows/${show}/polls/${poll}`, token)).json()) as PollDocument
    },
    /** Waits for so many ballots in the poll's counts: the only sign that all before was counted. */
    counted(poll: string, ballots: number): Promise<PollDocument> {
      return until(
        () => this.poll(poll),
        (document) => document.ballots >= ballots,
      )
    },
    async json<T>(path: string): Promise<T> {
      return (await (await request('GET', path)).json()) as T
    },
  }
}

/** A whole Roar in this process, with a secret that the test knows. `stop` drains it; `data` outlives it until `remove`. */
export async function startVoting({
  clock = systemClock,
  data = temporaryFolder(),
  flags = [],
}: {
  clock?: Clock
  data?: ReturnType<typeof temporaryFolder>
  flags?: string[]
} = {}) {
  const argv = ['--port', '0', '--data', data.path, '--auth-secret', SECRET, '--window-ms', '50', ...flags]
  const config = readConfig({ argv, env: {} })
  const roar = await assemble({ ...up, config, logger: pino({ level: 'silent' }), clock })
  // Votes are refused while the ballots of an earlier start are read.
  await roar.things.votes?.ready
  return {
    ...votingClient(
      roar.url,
      clock instanceof ManualClock ? { changing: (call) => goingOn(clock, call) } : {},
    ),
    url: roar.url,
    things: roar.things,
    data,
    stop: () => (clock instanceof ManualClock ? goingOn(clock, roar.drain()) : roar.drain()),
  }
}

export type Voting = Awaited<ReturnType<typeof startVoting>>

/** Stops a server with all that it had, and starts another one at its address. */
export async function startAnother({ url, data, stop }: Voting): Promise<Voting> {
  await stop()
  data.remove()
  return startVoting({ data, flags: ['--port', new URL(url).port] })
}

/** The answer, or nothing where the process is gone. */
export async function answerOf<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (cause) {
    // A connection refused or cut.
    if ((cause as { code?: string }).code === undefined && !(cause instanceof SyntaxError)) throw cause
    return undefined
  }
}
