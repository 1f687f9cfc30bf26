import { parseArgs } from 'node:util'
import type { MoodPacket } from '../../protocol/packets.ts'
import { machine } from '../cpu.ts'
import { keep, kept } from '../results.ts'
import { type Spread, say, spread } from '../spread.ts'
import type { GeneratorResult } from './generator.ts'
import { type BenchServer, SERVERS, type ServerName } from './servers.ts'

const SERVER_CORE = 0
const GENERATOR_CORE = 1
const WARM_UP_MS = 1_000
/** Ratios are to this one. */
const US: ServerName = 'roar'

interface Measured {
  requestsPerS: Spread
  cpuUs: Spread
  coreBusy: Spread
  /** Requests a second of ours divided by this one's, round by round. */
  speedRatio: Spread
  /** This one's processor time a request divided by ours, round by round: above 1 ours is cheaper. */
  costRatio: Spread
}

export interface IngestResult {
  machine: ReturnType<typeof machine>
  rounds: number
  measureMs: number
  servers: Partial<Record<ServerName, Measured>>
}

/**
 * How many bursts a second one core takes, all servers in turn, round after round, so that whatever else the machine
 * does falls on all of them. Resolves to the exit code: 1 when our server did not count what it accepted.
 */
export async function benchIngest(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: { rounds: { type: 'string', default: '5' }, 'measure-ms': { type: 'string', default: '4000' } },
  })
  const [rounds, measureMs] = [Number(values.rounds), Number(values['measure-ms'])]
  const servers = await startAll()
  try {
    const runs = new Map<string, GeneratorResult[]>(servers.map(({ name }) => [name, []]))
    for (let round = 1; round <= rounds; round++) {
      for (const server of servers) {
        const run = await generate(server, measureMs)
        runs.get(server.name)!.push(run)
        console.log(roundLine(round, server.name, run))
      }
    }
    const result = { machine: machine(), rounds, measureMs, servers: compare(runs) }
    print(result, await kept<IngestResult>('ingest'))
    await keep('ingest', result)
    return (await countsMatch(servers, runs)) ? 0 : 1
  } finally {
    await Promise.all(servers.map((server) => server.close()))
  }
}

async function startAll(): Promise<BenchServer[]> {
  const servers: BenchServer[] = []
  for (const [name, start] of Object.entries(SERVERS)) {
    const server = await start(SERVER_CORE)
    if (server === undefined) console.log(`${name} is left out: Go is not installed (apt install golang-go)`)
    else servers.push(server)
  }
  return servers
}

async function generate({ port, pid }: BenchServer, measureMs: number): Promise<GeneratorResult> {
  const script = new URL('./generator.ts', import.meta.url).pathname
  const numbers = [port, pid, SERVER_CORE, WARM_UP_MS, measureMs].map(String)
  const child = Bun.spawn(['taskset', '-c', String(GENERATOR_CORE), process.execPath, script, ...numbers], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const text = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error('The generator failed')
  return JSON.parse(text) as GeneratorResult
}

const perS = ({ requests, elapsedMs }: GeneratorResult): number => (1000 * requests) / elapsedMs
const cpuUs = ({ serverCpuMs, requests }: GeneratorResult): number => (1000 * serverCpuMs) / requests

function roundLine(round: number, name: string, run: GeneratorResult): string {
  const busy = `server's core ${percent(run.serverCoreBusy)} busy, generator ${percent(run.generatorCpuMs / run.elapsedMs)}`
  const refused = run.refused > 0 ? `, ${run.refused} REFUSED` : ''
  return `round ${round}  ${name.padEnd(12)} ${perS(run).toFixed(0).padStart(7)} requests/s  ${cpuUs(run).toFixed(1).padStart(6)} us a request  (${busy}${refused})`
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`

function compare(runs: Map<string, GeneratorResult[]>): IngestResult['servers'] {
  const ours = runs.get(US)!
  const measured = [...runs].map(([name, theirs]) => [
    name,
    {
      requestsPerS: spread(theirs.map(perS)),
      cpuUs: spread(theirs.map(cpuUs)),
      coreBusy: spread(theirs.map(({ serverCoreBusy }) => serverCoreBusy)),
      speedRatio: spread(theirs.map((run, round) => perS(ours[round]!) / perS(run))),
      costRatio: spread(theirs.map((run, round) => cpuUs(run) / cpuUs(ours[round]!))),
    },
  ])
  return Object.fromEntries(measured)
}

function print({ servers }: IngestResult, before: IngestResult | undefined): void {
  console.log('\nmedian (min to max) of the rounds; ratios above 1: roar is better')
  console.log(
    `${''.padEnd(12)}${'requests/s'.padStart(26)}${'us of CPU a request'.padStart(26)}${'speed ratio'.padStart(24)}${'cost ratio'.padStart(24)}`,
  )
  for (const [name, measured] of Object.entries(servers)) {
    const cells = [
      say(measured.requestsPerS, 0).padStart(26),
      say(measured.cpuUs, 1).padStart(26),
      say(measured.speedRatio, 2).padStart(24),
      say(measured.costRatio, 2).padStart(24),
    ]
    console.log(name.padEnd(12) + cells.join(''))
    const saved = before?.servers[name as ServerName]
    if (saved === undefined || name === US) continue
    console.log(
      `${'  saved run'.padEnd(12)}${''.padStart(52)}${say(saved.speedRatio, 2).padStart(24)}${say(saved.costRatio, 2).padStart(24)}`,
    )
  }
}

/** A server that answers fast and counts wrong is not fast. */
async function countsMatch(servers: BenchServer[], runs: Map<string, GeneratorResult[]>): Promise<boolean> {
  const ours = servers.find(({ name }) => name === US)!
  const accepted = runs.get(US)!.reduce((sum, run) => sum + run.accepted, 0)
  let counted = 0
  for (let tries = 0; tries < 20 && counted < accepted; tries++) {
    await Bun.sleep(250)
    const mood = await fetch(`http://127.0.0.1:${ours.port}/v1/shows/final/mood`)
    counted = ((await mood.json()) as MoodPacket).total
  }
  console.log(`\nroar accepted ${accepted} taps and counted ${counted}`)
  return counted === accepted
}
