import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { integer } from '../../cli/flags.ts'
import { type Cluster, startCluster } from '../../deploy/cluster/cluster.ts'
import { headline, LIVE_HEAD, liveLine, table } from '../../load/report.ts'
import { type LoadOptions, type LoadResult, run } from '../../load/run.ts'
import { machine } from '../cpu.ts'
import { keep } from '../results.ts'
import { type Cores, coresOf, sayCores } from './cores.ts'
import { benchKills } from './kills.ts'
import { benchClusterVotes } from './votes.ts'

/** The rates measured by default: the average of the 2019 World Cup, and ten times that. */
const RATES = '9646,96460'

interface RateResult extends Cores {
  load: LoadResult
}

/** Runs a whole cluster on this machine under `roar load`, at one rate after another, and measures each part's processor time. */
export async function benchCluster(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      viewers: { type: 'string', default: '200' },
      rates: { type: 'string', default: RATES },
      seconds: { type: 'string', default: '60' },
      burst: { type: 'string', default: '50' },
      'warm-up': { type: 'string', default: '30' },
      kills: { type: 'boolean', default: false },
      'find-limit': { type: 'boolean', default: false },
      votes: { type: 'string' },
      twice: { type: 'string', default: '0' },
      cut: { type: 'string', default: '0' },
    },
  })
  const viewers = integer('viewers', values.viewers, 1, 100_000)
  const seconds = integer('seconds', values.seconds, 1, 3600)
  const burst = integer('burst', values.burst, 1, 500)
  const rates = values.rates.split(',').map((rate) => integer('rates', rate, 1, 10_000_000))
  if (values.kills) return benchKills({ viewers, rate: rates[0]!, burst })
  if (values.votes !== undefined) {
    return benchClusterVotes({
      rate: integer('votes', values.votes, 1, 1_000_000),
      seconds,
      twiceShare: integer('twice', values.twice, 0, 50) / 100,
      cutShare: integer('cut', values.cut, 0, 50) / 100,
    })
  }
  const warmUpS = integer('warm-up', values['warm-up'], 0, 600)
  const cluster = await startCluster({ port: 0, tell: console.log })
  const results: RateResult[] = []
  try {
    // Java programs are slow at first: their first seconds say nothing about the rest.
    if (warmUpS > 0) await measure(cluster, { viewers, rate: rates[0]!, seconds: warmUpS, burst })
    for (const rate of values['find-limit'] ? doubling(rates[0]!) : rates) {
      const result = await measure(cluster, { viewers, rate, seconds, burst })
      results.push(result)
      if (values['find-limit'] && !keepsUp(result)) break
    }
  } finally {
    await cluster.stop()
  }
  if (values['find-limit']) sayLimit(results)
  await keep(values['find-limit'] ? 'cluster-limit' : 'cluster', { machine: machine(), results })
  return results.every(({ load }) => load.verdict.ok) ? 0 : 1
}

const LIMIT_RATE_MAX = 10_000_000

function* doubling(rate: number): Generator<number> {
  for (; rate <= LIMIT_RATE_MAX; rate *= 2) yield rate
}

/** Whether nearly everything due was sent, accepted, and seen within seconds. */
const keepsUp = ({ load }: RateResult): boolean =>
  load.verdict.ok &&
  load.accepted >= 0.98 * load.options.rate * load.options.seconds &&
  load.tapMs.p99 < 10_000 &&
  load.tool.lagMs.p99 < 1_000

/** The highest rate carried, and which parts' processor time grows with the taps. */
function sayLimit(results: RateResult[]): void {
  const most = results.findLast(keepsUp)
  console.log(
    most === undefined
      ? '\nNot even the first rate was carried.'
      : `\n${most.load.options.rate} taps/s were carried, folded.`,
  )
  const last = results.at(-1)
  if (last === undefined || last === most) return
  const { options, answerMs, tapMs } = last.load
  console.log(
    `At ${options.rate}/s it ended: answers after ${answerMs.p50.toFixed(0)} ms (p50), counted after ${tapMs.p50.toFixed(0)} ms, ` +
      `${last.busyCores.toFixed(2)} of ${availableParallelism()} cores busy.`,
  )
  if (results.length === 1) return
  const costs = marginalCosts(results[0]!, last)
  console.log('Each million taps more than at the first rate took, in seconds of a core:')
  for (const [part, seconds] of costs) console.log(`${part.padEnd(12)} ${seconds.toFixed(2)}`)
  console.log(`The limit is set by ${costs[0]![0]}.`)
}

/** Processor time that grows with the taps, largest first. A fixed cost, such as Spark's for each batch, is no limit. */
function marginalCosts(from: RateResult, to: RateResult): [part: string, seconds: number][] {
  const seconds = ({ load, cores, wallMs }: RateResult): Record<string, number> => {
    const { ingest1 = 0, ingest2 = 0, ...others } = cores
    const shares = { ...others, 'the ingests': ingest1 + ingest2, 'the load tool': load.tool.cores }
    return Object.fromEntries(Object.entries(shares).map(([part, share]) => [part, (share * wallMs) / 1000]))
  }
  const [before, after] = [seconds(from), seconds(to)]
  const millions = (to.load.accepted - from.load.accepted) / 1e6
  return Object.keys(after)
    .map((part): [string, number] => [part, (after[part]! - before[part]!) / millions])
    .toSorted(([, a], [, b]) => b - a)
}

async function measure(
  cluster: Cluster,
  wanted: Pick<LoadOptions, 'viewers' | 'rate' | 'seconds' | 'burst'>,
): Promise<RateResult> {
  const options: LoadOptions = {
    ...wanted,
    url: cluster.url,
    others: [cluster.roles.ingest2.url],
    show: 'final',
    shape: 'steady',
    processes: 'auto',
    seed: 1,
    settleSeconds: 30,
  }
  console.log(`\n${headline(options)}\n${LIVE_HEAD}`)
  const { signal } = new AbortController()
  const { result: load, ...had } = await coresOf(cluster, () =>
    run(options, (progress) => console.log(liveLine(progress)), console.log, signal),
  )
  console.log(`\n${table(load)}\n`)
  sayCores(had, load.tool.cores)
  return { load, ...had }
}
