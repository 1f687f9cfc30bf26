import { availableParallelism } from 'node:os'
import { LoadError } from '../load/find-show.ts'
import { headline, LIVE_HEAD, liveLine, table } from '../load/report.ts'
import { htmlReport } from '../load/report-html.ts'
import { type LoadOptions, type LoadProgress, run } from '../load/run.ts'
import { SHAPES, type ShapeName } from '../load/shapes/shapes.ts'
import { BURST_COUNT_MAX } from '../protocol/limits.ts'
import { integer } from './flags.ts'
import { checkId, checkWritable, httpUrls, RUN_OPTIONS, sayFor, writeJson } from './load-flags.ts'
import { loadVotes, parseVotes, VOTES_OPTIONS, type VotesFlags } from './load-votes.ts'
import { parseFlags } from './parse-flags.ts'
import { versionText } from './version.ts'
import { writeWhole } from './whole-file.ts'

const HELP = `roar load: simulates viewers and taps against a server, and checks that every tap was counted

Examples:
  roar load --viewers 200 --rate 1000 --seconds 10
  roar load --votes --data ./roar-data --rate 200

  --url URL,…        the server (default ROAR_URL or http://localhost:7766); several get taps and votes in turn
  --show ID          the show (default final)
  --viewers N        connected viewers (default 1000)
  --rate N           taps per second, on average (default 5000)
  --seconds N        how long to tap (default 60)
  --shape SHAPE      steady, match (a whole final) or storm (all reconnect halfway); default steady
  --burst N          taps per request, 1 to ${BURST_COUNT_MAX} (default 5)
  --processes N      processes to spread the viewers over, or auto (default)
  --seed N           the seed of the schedule (default 1)
  --settle N         seconds to wait at the end for everything to be counted (default 15)
  --p99-ms N         fail if tap to packet takes longer at the 99th percentile (default: no limit)
  --lost N           how many packets connected viewers may miss in total (default 0)
  --json FILE        also write the result as JSON; - is standard output, and everything else then goes to standard error
  --html FILE        also write the result as a self-contained page with charts
  --real             tap even if real viewers are watching a show on another machine that is not a rehearsal

  --votes            viewers vote instead, once each; some vote twice, and some lose the first answer and retry
    --data FOLDER      the server's data folder, for the secret that it generated, to sign tokens for the viewers and a producer
    --secret-file FILE the server's --auth-secret-file, if it has one
    --secret TEXT      the server's --auth-secret, if it has one
    --poll ID          the poll to use, new or open without ballots (default a new one); it is sealed at the end
    --viewers N        voting viewers (default rate x seconds)
    --rate N           votes per second (default 1000)
    --seconds N        the longest duration (default 10)
    --studio URL       the address of the producer's API (default the first URL)
    --twice N          percentage of viewers who vote twice (default 10)
    --cut N            percentage who lose the first answer (default 10)
    --proofs N         receipts to verify with their proofs (default 1000), or --all
    and --url, --show, --seed, --settle, --json

Exit code 0: counted = accepted and no packet was missed (with --votes: everything agrees with the receipts). 1: something differs. 2: it could not run.
Nobody else may tap in the show during the run.`

const TAPS_OPTIONS = {
  ...RUN_OPTIONS,
  viewers: { type: 'string', default: '1000' },
  rate: { type: 'string', default: '5000' },
  seconds: { type: 'string', default: '60' },
  shape: { type: 'string', default: 'steady' },
  burst: { type: 'string', default: '5' },
  processes: { type: 'string', default: 'auto' },
  'p99-ms': { type: 'string' },
  lost: { type: 'string', default: '0' },
  html: { type: 'string' },
  real: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const
export const LOAD_FLAGS = Object.keys({ ...TAPS_OPTIONS, ...VOTES_OPTIONS })

/** `roar load`. Resolves to the exit code. */
export async function runLoad(argv: string[]): Promise<number> {
  let parsed: Parsed
  try {
    parsed = parse(argv)
  } catch (error) {
    console.error(`roar load: ${(error as Error).message}`)
    return 2
  }
  if (parsed === 'help') {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const say = sayFor('votes' in parsed ? parsed.votes.json : parsed.json)
  const stop = new AbortController()
  let interruptedMs = Number.NEGATIVE_INFINITY
  const onInterrupt = (): void => {
    // One Ctrl-C arrives twice where npm or timeout passes it on as well.
    if (performance.now() - interruptedMs < 500) return
    if (stop.signal.aborted) process.exit(130)
    interruptedMs = performance.now()
    say('Stopped; waiting for what was sent. Once more ends at once.')
    stop.abort()
  }
  process.on('SIGINT', onInterrupt)
  try {
    if ('votes' in parsed) return await loadVotes(parsed.votes, stop.signal)
    const { options, json, html } = parsed
    const seconds: LoadProgress[] = []
    say(headline(options))
    say(LIVE_HEAD)
    const result = await run(
      options,
      (progress) => {
        seconds.push(progress)
        say(liveLine(progress))
      },
      say,
      stop.signal,
    )
    say(`\n${table(result)}`)
    writeJson(json, result)
    if (html !== undefined) writeWhole(html, htmlReport(result, seconds, aboutRun()))
    return result.verdict.ok ? 0 : 1
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    console.error(`roar load: ${error.message}`)
    return 2
  } finally {
    process.off('SIGINT', onInterrupt)
  }
}

/** Date, version and machine: needed to compare figures. */
const aboutRun = (): string =>
  `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, ${versionText().trim()}, on ${availableParallelism()} cores of ${process.platform} ${process.arch}`

interface Asked {
  options: LoadOptions
  json: string | undefined
  html: string | undefined
}
type Parsed = Asked | { votes: VotesFlags } | 'help'

function parse(argv: string[]): Parsed {
  if (argv.includes('--votes') && !argv.includes('--help') && !argv.includes('-h'))
    return { votes: parseVotes(argv) }
  const { values } = parseFlags('roar load', {
    args: argv,
    strict: true,
    options: TAPS_OPTIONS,
  })
  if (values.help) return 'help'
  checkId('show', values.show)
  const options: LoadOptions = {
    ...httpUrls(values.url),
    show: values.show,
    viewers: integer('viewers', values.viewers, 1, 1_000_000),
    rate: integer('rate', values.rate, 0, 10_000_000),
    seconds: integer('seconds', values.seconds, 1, 86_400),
    shape: shapeName(values.shape),
    burst: integer('burst', values.burst, 1, BURST_COUNT_MAX),
    processes: values.processes === 'auto' ? 'auto' : integer('processes', values.processes, 1, 128),
    seed: integer('seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
    settleSeconds: integer('settle', values.settle, 0, 3600),
    real: values.real,
    limits: {
      p99Ms: values['p99-ms'] === undefined ? undefined : integer('p99-ms', values['p99-ms'], 1, 3_600_000),
      lost: integer('lost', values.lost, 0, Number.MAX_SAFE_INTEGER),
    },
  }
  const { json, html } = values
  for (const flag of ['json', 'html'] as const) checkWritable(flag, values[flag])
  return { options, json, html }
}

function shapeName(text: string): ShapeName {
  if (!Object.hasOwn(SHAPES, text))
    throw new Error(`--shape: "${text}" is not one of: ${Object.keys(SHAPES).join(', ')}`)
  return text as ShapeName
}
