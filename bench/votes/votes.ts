import { parseArgs } from 'node:util'
import { integer } from '../../cli/flags.ts'
import { machine } from '../cpu.ts'
import { startRoar } from '../ingest/servers.ts'
import { keep, kept } from '../results.ts'
import { type Spread, say, spread } from '../spread.ts'
import type { VoteCosts } from './costs-process.ts'
import type { CrowdResult } from './crowd-process.ts'

const SERVER_CORE = 0
const CROWD_CORE = 1
/** Public: the server exists only for this bench, on loopback. */
const SECRET = 'a secret for benches, long enough to be one'
/** Other programs' share of the server's core up to which a run counts as undisturbed. */
const QUIET = 0.05

export interface VotesBenchResult {
  machine: ReturnType<typeof machine>
  rounds: number
  seconds: number
  rate: number
  /** Votes with a receipt, each with a new token: by the wall clock, and by the server's processor time. */
  perS: Spread
  perCoreS: Spread
  /** At `rate`, from the time a vote is due to its receipt. */
  p50Ms: Spread
  p99Ms: Spread
  maxMs: Spread
  costs: VoteCosts
  /** A vote's processor time outside of the main thread, in microseconds. */
  otherThreadsUs: number
  /** The largest share of the server's core used by others. */
  others: number
}

/** Durable votes a second on one core, then latency at a fixed rate. Resolves to the exit code: 1 if a count differs. */
export async function benchVotes(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: 'string', default: '2' },
      seconds: { type: 'string', default: '6' },
      rate: { type: 'string', default: '10000' },
      save: { type: 'boolean', default: false },
    },
  })
  const rounds = integer('rounds', values.rounds, 1, 100)
  const seconds = integer('seconds', values.seconds, 3, 60)
  const rate = integer('rate', values.rate, 1, 1_000_000)
  if (Bun.which('taskset') === null)
    throw new Error('taskset is needed to give each side a core (apt install util-linux)')
  if (machine().cores < 2) throw new Error('two cores are needed, one for each side')
  const costs = await child<VoteCosts>(SERVER_CORE, './costs-process.ts', [])
  const full: CrowdResult[] = []
  const paced: CrowdResult[] = []
  for (let round = 1; round <= rounds; round++) {
    full.push(await crowd({ round, seconds, rate: 0 }))
    paced.push(await crowd({ round, seconds, rate }))
  }
  const runs = [...full, ...paced]
  const result: VotesBenchResult = {
    machine: machine(),
    rounds,
    seconds,
    rate,
    perS: spread(full.map(({ span }) => (1000 * span.receipts) / span.elapsedMs)),
    perCoreS: spread(full.map(({ span }) => (1000 * span.receipts) / span.serverCpuMs)),
    p50Ms: spread(paced.map(({ voteMs }) => voteMs.p50)),
    p99Ms: spread(paced.map(({ voteMs }) => voteMs.p99)),
    maxMs: spread(paced.map(({ voteMs }) => voteMs.max)),
    costs,
    otherThreadsUs: spread(full.map(({ span }) => (1000 * span.serverOtherThreadsMs) / span.receipts)).median,
    others: Math.max(...runs.map(others)),
  }
  print(result, await kept<VotesBenchResult>('votes'))
  if (values.save) await keep('votes', result)
  const faults = runs.flatMap(({ verdict }) => verdict.faults)
  for (const fault of faults) console.log(`FAULT  ${fault}`)
  if (faults.length === 0) console.log('\nEvery vote with a receipt was counted once, in every round.')
  return faults.length === 0 ? 0 : 1
}

/** One run against a new server: voters of earlier runs would fill its memory. */
async function crowd({ round, seconds, rate }: { round: number; seconds: number; rate: number }) {
  const server = await startRoar(SERVER_CORE, ['--auth-secret', SECRET])
  try {
    const run = await child<CrowdResult>(
      CROWD_CORE,
      './crowd-process.ts',
      [server.port, server.pid, SERVER_CORE, SECRET, round, seconds, rate].map(String),
    )
    const { span, voteMs, receipts, counted } = run
    const name = rate === 0 ? 'as fast as answered' : `${rate}/s`
    const speed = `${((1000 * span.receipts) / span.elapsedMs).toFixed(0)} votes/s, p50 ${voteMs.p50.toFixed(1)} ms, p99 ${voteMs.p99.toFixed(1)} ms`
    console.log(`round ${round}  ${name}: ${speed}; ${receipts} receipts, ${counted} counted`)
    console.log(
      `         the server had ${percent(had(run))} of its core, others ${percent(others(run))}, the crowd ${percent(span.generatorCpuMs / span.elapsedMs)} of the other${rate === 0 ? '' : `; sent ${run.lagMs.p99.toFixed(1)} ms late at p99, ${run.lagMs.max.toFixed(1)} at most`}`,
    )
    return run
  } finally {
    await server.close()
  }
}

async function child<T>(core: number, script: string, argv: string[]): Promise<T> {
  const path = Bun.fileURLToPath(new URL(script, import.meta.url))
  const worker = Bun.spawn(['taskset', '-c', String(core), process.execPath, path, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const text = await new Response(worker.stdout).text()
  if ((await worker.exited) !== 0) throw new Error(`${script} failed`)
  return JSON.parse(text) as T
}

const had = ({ span }: CrowdResult): number => span.serverCpuMs / span.elapsedMs
const others = (run: CrowdResult): number => Math.max(0, run.span.serverCoreBusy - had(run))
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`

function print(result: VotesBenchResult, before: VotesBenchResult | undefined): void {
  const { costs, rate, perCoreS } = result
  console.log('\nmedian (min to max) of the rounds')
  const row = (name: string, text: string, saved?: string): void =>
    console.log(`${name.padEnd(34)}${text}${saved === undefined ? '' : `   saved: ${saved}`}`)
  row('durable votes/s', say(result.perS, 0), before && say(before.perS, 0))
  row('durable votes/s a core', say(perCoreS, 0), before && say(before.perCoreS, 0))
  row(`p50 at ${rate}/s, ms`, say(result.p50Ms, 1), before && say(before.p50Ms, 1))
  row(`p99 at ${rate}/s, ms`, say(result.p99Ms, 1), before && say(before.p99Ms, 1))
  row(`max at ${rate}/s, ms`, say(result.maxMs, 1), before && say(before.maxMs, 1))
  const wholeUs = 1e6 / perCoreS.median
  const known = costs.tokenUs + costs.diskCpuUs + costs.receiptUs + result.otherThreadsUs
  console.log(
    `\nprocessor time of a vote: ${wholeUs.toFixed(1)} µs, of which, measured alone in batches of 256`,
  )
  row('  token checked', `${costs.tokenUs.toFixed(1)} µs`)
  row(
    '  ballot to the disk',
    `${costs.diskCpuUs.toFixed(1)} µs (${costs.diskWaitUs.toFixed(1)} µs by the wall clock, fsync included)`,
  )
  row('  receipt made and written', `${costs.receiptUs.toFixed(1)} µs`)
  row('  other threads', `${result.otherThreadsUs.toFixed(1)} µs in the run itself: compiling, memory`)
  row('  the rest: HTTP, voter, tally', `${(wholeUs - known).toFixed(1)} µs`)
  if (result.others > QUIET)
    console.log(
      `Other programs took up to ${percent(result.others)} of the server's core: only what is said a core means something.`,
    )
}
