import { parseArgs } from 'node:util'
import { integer } from '../../cli/flags.ts'
import { machine } from '../cpu.ts'
import { openFleet } from '../edge/fleet.ts'
import { keep, kept } from '../results.ts'
import { type Spread, say, spread } from '../spread.ts'
import { type GeneratorResult, HEADS, type Heads } from './requests.ts'
import { type BenchServer, SERVERS, type ServerName } from './servers.ts'

const SERVER_CORE = 0
const GENERATOR_CORE = 1
const WARM_UP_MS = 1_000
/** Other programs' share of the server's core up to which a run counts as undisturbed. */
const QUIET = 0.05
/** Ratios refer to the first of these that can run here. */
const OURS: ServerName[] = ['roar', 'roar up']

interface Measured {
  /** Requests divided by the server's processor time for them: also valid while others use the machine. */
  perCoreS: Spread
  /** By the wall clock. Only meaningful if nobody else used the cores. */
  perS: Spread
  /** Ours divided by this one's, round by round; above 1 ours is better. */
  perCoreRatio: Spread
  perSRatio: Spread
  /** The server's share of the core, and everybody else's. */
  had: Spread
  others: Spread
}

export interface IngestResult {
  machine: ReturnType<typeof machine>
  rounds: number
  measureMs: number
  /** The kind of request heads. */
  heads: Heads
  /** Viewers who receive packets all the while, from servers with packets. */
  viewers: number
  /** The server that the ratios refer to. */
  us: ServerName
  servers: Partial<Record<ServerName, Measured>>
}

/**
 * How many bursts a second one core can take, all servers in turn, round after round, so that disturbances affect all of them.
 * Resolves to the exit code: 1 if our server did not count what it accepted.
 */
export async function benchIngest(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: 'string', default: '5' },
      'measure-ms': { type: 'string', default: '4000' },
      heads: { type: 'string', default: 'plain' },
      viewers: { type: 'string', default: '0' },
    },
  })
  const heads = HEADS.find((name) => name === values.heads)
  if (heads === undefined) throw new Error(`--heads is one of ${HEADS.join(', ')}`)
  const rounds = integer('rounds', values.rounds, 1, 1000)
  const measureMs = integer('measure-ms', values['measure-ms'], 100, 600_000)
  if (Bun.which('taskset') === null)
    throw new Error('taskset is needed to give each side a core (apt install util-linux)')
  if (machine().cores < 2) throw new Error('two cores are needed, one for each side')
  const viewers = integer('viewers', values.viewers, 0, 10_000)
  const servers = await startAll()
  const fleets = await Promise.all(
    servers.filter(({ packets }) => packets).map(({ port }) => openFleet(port, 'WebSocket', viewers)),
  )
  try {
    const runs = new Map<string, GeneratorResult[]>(servers.map(({ name }) => [name, []]))
    for (let round = 1; round <= rounds; round++) {
      for (const server of servers) {
        const run = await generate(server, measureMs, heads)
        runs.get(server.name)!.push(run)
        console.log(roundLine(round, server.name, run))
      }
    }
    const us = OURS.find((name) => runs.has(name))!
    const result = { machine: machine(), rounds, measureMs, heads, viewers, us, servers: compare(runs, us) }
    const file = heads === 'plain' ? 'ingest' : `ingest-${heads}`
    print(result, await kept<IngestResult>(file))
    await keep(file, result)
    return (await countsMatch(servers, runs)) ? 0 : 1
  } finally {
    for (const fleet of fleets) fleet.close()
    await Promise.all(servers.map((server) => server.close()))
  }
}

async function startAll(): Promise<BenchServer[]> {
  const servers: BenchServer[] = []
  for (const [name, start] of Object.entries(SERVERS)) {
    const server = await start(SERVER_CORE, GENERATOR_CORE)
    if (typeof server === 'string') console.log(`${name} is left out: it needs ${server}`)
    else servers.push(server)
  }
  return servers
}

async function generate(
  { port, pid }: BenchServer,
  measureMs: number,
  heads: Heads,
): Promise<GeneratorResult> {
  const script = Bun.fileURLToPath(new URL('./generator.ts', import.meta.url))
  const numbers = [port, pid, SERVER_CORE, WARM_UP_MS, measureMs].map(String)
  const pinned = ['taskset', '-c', String(GENERATOR_CORE)]
  const child = Bun.spawn([...pinned, process.execPath, script, ...numbers, heads], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const text = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error('The generator failed')
  return JSON.parse(text) as GeneratorResult
}

const perS = ({ requests, elapsedMs }: GeneratorResult): number => (1000 * requests) / elapsedMs
const perCoreS = ({ requests, serverCpuMs }: GeneratorResult): number => (1000 * requests) / serverCpuMs
const had = ({ serverCpuMs, elapsedMs }: GeneratorResult): number => serverCpuMs / elapsedMs
const others = (run: GeneratorResult): number => Math.max(0, run.serverCoreBusy - had(run))
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`

function roundLine(round: number, name: string, run: GeneratorResult): string {
  const cores = `it had ${percent(had(run))} of its core, others ${percent(others(run))}, the generator ${percent(run.generatorCpuMs / run.elapsedMs)} of the other`
  const refused = run.refused > 0 ? `; ${run.refused} REFUSED` : ''
  const speeds = `${perCoreS(run).toFixed(0).padStart(7)} requests/s a core ${perS(run).toFixed(0).padStart(7)} requests/s`
  return `round ${round}  ${name.padEnd(12)}${speeds}  (${cores}${refused})`
}

function compare(runs: Map<string, GeneratorResult[]>, us: ServerName): IngestResult['servers'] {
  const ours = runs.get(us)!
  const measured = [...runs].map(([name, theirs]): [string, Measured] => [
    name,
    {
      perCoreS: spread(theirs.map(perCoreS)),
      perS: spread(theirs.map(perS)),
      perCoreRatio: spread(theirs.map((run, round) => perCoreS(ours[round]!) / perCoreS(run))),
      perSRatio: spread(theirs.map((run, round) => perS(ours[round]!) / perS(run))),
      had: spread(theirs.map(had)),
      others: spread(theirs.map(others)),
    },
  ])
  return Object.fromEntries(measured)
}

function print({ servers, us }: IngestResult, before: IngestResult | undefined): void {
  const row = (cells: string[]): void =>
    console.log(cells.map((cell, at) => (at === 0 ? cell.padEnd(12) : cell.padStart(25))).join(''))
  console.log(`\nmedian (min to max) of the rounds; a ratio is ${us} divided by the server of its line`)
  row(['', 'requests/s a core', 'ratio', 'requests/s', 'ratio'])
  for (const [name, { perCoreS, perCoreRatio, perS, perSRatio }] of Object.entries(servers)) {
    row([name, say(perCoreS, 0), say(perCoreRatio, 2), say(perS, 0), say(perSRatio, 2)])
    const saved = before?.servers[name as ServerName]
    if (saved !== undefined && name !== us)
      row(['  saved run', '', say(saved.perCoreRatio, 2), '', say(saved.perSRatio, 2)])
  }
  const taken = Math.max(...Object.values(servers).map(({ others }) => others.max))
  if (taken > QUIET)
    console.log(
      `Other programs took up to ${percent(taken)} of the core: only the ratios a core mean something.`,
    )
}

/** A server that answers fast and counts wrong is not fast. */
async function countsMatch(servers: BenchServer[], runs: Map<string, GeneratorResult[]>): Promise<boolean> {
  let match = true
  for (const { name, counted } of servers) {
    if (counted === undefined) continue
    const accepted = runs.get(name)!.reduce((sum, run) => sum + run.accepted, 0)
    let found = await counted()
    for (let tries = 0; tries < 20 && found < accepted; tries++) {
      await Bun.sleep(250)
      found = await counted()
    }
    console.log(`${name} accepted ${accepted} taps and counted ${found}`)
    match &&= found === accepted
  }
  return match
}
