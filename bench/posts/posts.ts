import { parseArgs } from 'node:util'
import { integer } from '../../cli/flags.ts'
import { Histogram, type Summary } from '../../load/histogram.ts'
import { resolveTarget } from '../../load/target.ts'
import { tokenSigner } from '../../load/votes-plan.ts'
import { FEED_POSTS_PER_SECOND_MAX } from '../../protocol/limits.ts'
import type { FeedPacket } from '../../protocol/packets.ts'
import { feedTopic } from '../../protocol/topics.ts'
import { processCpuMs } from '../../services/process-cpu.ts'
import { coreMs, machine } from '../cpu.ts'
import { startRoar } from '../ingest/servers.ts'
import { Listeners } from '../listeners.ts'
import { keep, kept } from '../results.ts'
import { Senders } from '../senders.ts'
import { textOption } from '../text-option.ts'

const SERVER_CORE = 0
const CROWD_CORE = 1
const SECRET = 'bench'.repeat(8)
const SHOW = 'final'
const CONNECTIONS = 256
const POSTERS = 1000
const WARM_UP_S = 3
const TURN_MS = 5
const TOKEN_TTL_S = 86_400
/** The last posts take a window or two, and a feed that has used up its second takes one more. */
const HEARD_WITHIN_MS = 10_000

export interface PostsResult {
  machine: ReturnType<typeof machine>
  viewers: number
  rate: number
  seconds: number
  /** Answered with 202: in the log. */
  accepted: number
  refused: number
  /** Sum of `n` of the feed's packets, at the viewer who heard the least and the most. */
  told: { min: number; max: number }
  /** The most posts shown within any second. */
  shownPerSecondMax: number
  /** From the time at which a post is due to its answer. */
  answerMs: Summary
  /** The server's processor time a post, packets to the viewers included, in microseconds, and as a share of the run. */
  postUs: number
  cpuShare: number
  /** Other programs' share of the server's core. */
  others: number
  /** How late this tool began to send. */
  lagMs: Summary
}

/**
 * A flood of posts into the feed of one show, `roar up` on one core: is every post counted in `n` at every viewer, can the feed
 * still be read, and when does a poster have the answer? Resolves to the exit code.
 */
export async function benchPosts(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      ...{ viewers: textOption('1000'), rate: textOption('10000'), seconds: textOption('10') },
      save: { type: 'boolean', default: false },
    },
  })
  const viewers = integer('viewers', values.viewers, 1, 15_000)
  const rate = integer('rate', values.rate, 1, 100_000)
  const seconds = integer('seconds', values.seconds, 1, 600)
  if (Bun.which('taskset') === null)
    throw new Error('taskset is needed to give each side a core (apt install util-linux)')
  Bun.spawnSync(['taskset', '-a', '-cp', String(CROWD_CORE), String(process.pid)])
  const tokens = tokensOfPosters()
  const unlimited = ['--viewer-per-second', '0', '--address-per-second', '0']
  const server = await startRoar(SERVER_CORE, ['--auth-secret', SECRET, ...unlimited])
  const target = await resolveTarget(`ws://127.0.0.1:${server.port}/mqtt`)
  const listeners = new Listeners(target)
  const senders = new Senders(target, { connections: CONNECTIONS })
  try {
    const told = Array.from({ length: viewers }, () => 0)
    const shown: number[] = []
    for (let viewer = 0; viewer < viewers; viewer++)
      await listeners.open(feedTopic(SHOW), (payload) => {
        const { at, ms, n, posts } = JSON.parse(new TextDecoder().decode(payload)) as FeedPacket
        told[viewer]! += n
        if (viewer === 0) shown.push(...posts.map(() => at + ms))
      })
    const warmUp = await post(senders, { tokens, rate, seconds: WARM_UP_S })
    const [cpuMs, core] = [processCpuMs(server.pid), coreMs(SERVER_CORE)]
    const run = await post(senders, { tokens, rate, seconds })
    const tookMs = processCpuMs(server.pid) - cpuMs
    const after = coreMs(SERVER_CORE)
    const accepted = warmUp.accepted + run.accepted
    for (const fromMs = performance.now(); performance.now() - fromMs < HEARD_WITHIN_MS; await Bun.sleep(50))
      if (Math.min(...told) >= accepted) break
    const wholeMs = after.wholeMs - core.wholeMs
    const result: PostsResult = {
      ...{ machine: machine(), viewers, rate, seconds, accepted },
      refused: senders.refused.values().reduce((sum, each) => sum + each, 0),
      told: { min: Math.min(...told), max: Math.max(...told) },
      shownPerSecondMax: mostInASecond(shown),
      ...{ answerMs: run.answerMs.summary(), lagMs: run.lagMs.summary() },
      ...{ postUs: (1000 * tookMs) / run.accepted, cpuShare: tookMs / run.elapsedMs },
      others: Math.max(0, (after.busyMs - core.busyMs - tookMs) / wholeMs),
    }
    print(result, await kept<PostsResult>('posts'))
    if (values.save) await keep('posts', result)
    const faults = [
      (result.told.min !== accepted || result.told.max !== accepted) &&
        'the feed’s packets do not say how many posts were accepted',
      result.refused > 0 && `${result.refused} posts were refused`,
      listeners.lost > 0 && `${listeners.lost} viewers lost their connection`,
      result.shownPerSecondMax > FEED_POSTS_PER_SECOND_MAX && 'more posts are shown than can be read',
    ].filter((fault) => fault !== false)
    for (const fault of faults) console.log(`FAULT  ${fault}`)
    return faults.length === 0 ? 0 : 1
  } finally {
    listeners.close()
    senders.close()
    await server.close()
  }
}

function tokensOfPosters(): string[] {
  const sign = tokenSigner(new TextEncoder().encode(SECRET))
  const exp = Math.floor(Date.now() / 1000) + TOKEN_TTL_S
  return Array.from({ length: POSTERS }, (_, poster) =>
    sign({ sub: `p${poster}`, exp, name: `Poster ${poster}` }),
  )
}

/** Posts at moments that are fixed beforehand, whatever the server does, and settles once all are answered. */
async function post(
  senders: Senders,
  { tokens, rate, seconds }: { tokens: readonly string[]; rate: number; seconds: number },
): Promise<{ accepted: number; answerMs: Histogram; lagMs: Histogram; elapsedMs: number }> {
  const [answerMs, lagMs] = [new Histogram(), new Histogram()]
  const fromMs = performance.now()
  let accepted = 0
  for (let sent = 0; sent < rate * seconds; await Bun.sleep(TURN_MS)) {
    const due = Math.min(rate * seconds, Math.floor(((performance.now() - fromMs) * rate) / 1000))
    for (; sent < due; sent++) {
      const dueMs = fromMs + (1000 * sent) / rate
      const answered = (status: number) => {
        if (status === 202) accepted++
        answerMs.add(performance.now() - dueMs)
      }
      lagMs.add(performance.now() - dueMs)
      const token = tokens[sent % POSTERS]!
      senders.post(`/v1/shows/${SHOW}/posts`, `{"sticker":"${sent % 2 ? 'six' : 'heart'}"}`, {
        token,
        answered,
      })
    }
  }
  await senders.idle()
  return { accepted, answerMs, lagMs, elapsedMs: performance.now() - fromMs }
}

function mostInASecond(times: readonly number[]): number {
  let [most, from] = [0, 0]
  for (const [at, time] of times.entries()) {
    while (times[from]! <= time - 1000) from++
    most = Math.max(most, at - from + 1)
  }
  return most
}

function print(result: PostsResult, saved: PostsResult | undefined): void {
  for (const [name, run] of [['now', result], ...(saved ? ([['saved', saved]] as const) : [])] as const) {
    const { answerMs, lagMs, told } = run
    console.log(
      [
        `${name}: ${run.accepted} posts accepted at ${run.rate}/s, ${run.refused} refused; ${run.viewers} viewers were told of ${told.min} to ${told.max},`,
        `and shown ${run.shownPerSecondMax} in a second at most; a post answered in p50 ${answerMs.p50.toFixed(0)} ms, p99 ${answerMs.p99.toFixed(0)}, max ${answerMs.max.toFixed(0)};`,
        `${run.postUs.toFixed(0)} µs of processor a post, ${(100 * run.cpuShare).toFixed(0)} % of the server’s core, others ${(100 * run.others).toFixed(0)} %; sent ${lagMs.p99.toFixed(0)} ms late at p99`,
      ].join(' '),
    )
  }
}
