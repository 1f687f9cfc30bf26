import { parseArgs } from 'node:util'
import { integer } from '../../cli/flags.ts'
import { headline, LIVE_HEAD, liveLine, table } from '../../load/report.ts'
import { type LoadOptions, type LoadResult, run } from '../../load/run.ts'
import { machine } from '../cpu.ts'
import { startRoar } from '../ingest/servers.ts'
import { keep, kept } from '../results.ts'

export interface LatencyResult {
  machine: ReturnType<typeof machine>
  load: LoadResult
}

/** Tap to packet at 1,000 viewers and 5,000 taps/s for a minute, `roar up` and the load tool sharing all cores. */
export async function benchLatency(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      viewers: { type: 'string', default: '1000' },
      rate: { type: 'string', default: '5000' },
      seconds: { type: 'string', default: '60' },
    },
  })
  const wanted = {
    viewers: integer('viewers', values.viewers, 1, 100_000),
    rate: integer('rate', values.rate, 1, 1_000_000),
    seconds: integer('seconds', values.seconds, 1, 3600),
  }
  const server = await startRoar()
  const options: LoadOptions = {
    ...wanted,
    url: `http://localhost:${server.port}`,
    show: 'final',
    shape: 'steady',
    burst: 5,
    processes: 'auto',
    seed: 1,
    settleSeconds: 15,
  }
  try {
    console.log(`${headline(options)}\n${LIVE_HEAD}`)
    const print = (progress: Parameters<typeof liveLine>[0]): void => console.log(liveLine(progress))
    const load = await run(options, print, console.log, new AbortController().signal)
    console.log(`\n${table(load)}`)
    const before = await kept<LatencyResult>('latency')
    if (before !== undefined) {
      const { p50, p99 } = before.load.tapMs
      console.log(`\nsaved run: tap to packet p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`)
    }
    await keep('latency', { machine: machine(), load } satisfies LatencyResult)
    return load.verdict.ok ? 0 : 1
  } finally {
    await server.close()
  }
}
