import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { integer } from '../../cli/flags.ts'
import { tableOf } from '../../cli/table.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { machine } from '../cpu.ts'
import { certificateIn } from '../edge/certificate.ts'
import { startRoar } from '../ingest/servers.ts'
import { keep } from '../results.ts'
import { spread } from '../spread.ts'
import { textOption } from '../text-option.ts'
import { clientHello } from './client-hello.ts'
import { HealthyCrowd, type Spell } from './crowd.ts'
import { type Attack, type Attacked, hostileInputs, PROXY_ADDRESS, type ServerKind } from './inputs.ts'

const [SERVER_CORE, CROWD_CORE] = [1, 0]
/** Public: the server exists only for this bench, on loopback. */
const SECRET = 'a secret for benches, long enough to be one'
/** The attack is under way. */
const BEGUN_MS = 500
/** What an attack leaves behind is over. */
const OVER_MS = 1_000
/** How much a 99th percentile may move. */
const MOVED_MAX = 1.1

interface Beside {
  name: string
  calm: Spell[]
  hostile: Spell[]
  attacked: Attacked[]
}

/**
 * A crowd that watches, taps and votes at a `roar up`, beside one hostile input after another: in turn without and with it.
 * Resolves to the exit code: 1 if a healthy viewer missed a packet or was cut, or a tap or a vote was refused.
 */
export async function benchHostile(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      viewers: textOption('5000'),
      seconds: textOption('4'),
      pairs: textOption('1'),
      only: textOption(''),
      save: { type: 'boolean', default: false },
    },
  })
  const viewers = integer('viewers', values.viewers, 1, 9_000)
  const seconds = integer('seconds', values.seconds, 1, 600)
  const pairs = integer('pairs', values.pairs, 1, 100)
  if (Bun.which('taskset') === null)
    throw new Error('taskset is needed to give each side a core (apt install util-linux)')
  if (Bun.which('openssl') === null) throw new Error('openssl is needed for certificates')
  Bun.spawnSync(['taskset', '-a', '-cp', `${CROWD_CORE}`, `${process.pid}`])
  const hello = await clientHello()
  const inputs = Object.entries(hostileInputs(hello)).filter(([name]) => name.includes(values.only))
  const faults: string[] = []
  const all: Beside[] = []
  for (const kind of ['plain', 'mqtts', 'https'] as const) {
    const names = inputs.filter(([, { server }]) => server === kind).map(([name]) => name)
    if (names.length === 0) continue
    const beside = { kind, names, viewers, ms: seconds * 1000, pairs, hello }
    all.push(...(await oneServer(beside, faults)))
  }
  print(all)
  for (const fault of faults) console.log(`FAULT  ${fault}`)
  if (values.save) await keep('hostile', { machine: machine(), viewers, seconds, pairs, inputs: all, faults })
  return faults.length === 0 ? 0 : 1
}

interface ServerRun {
  kind: ServerKind
  names: string[]
  viewers: number
  ms: number
  pairs: number
  hello: Buffer
}

/** All inputs of a kind, at one server with one crowd. */
async function oneServer(
  { kind, names, viewers, ms, pairs, hello }: ServerRun,
  faults: string[],
): Promise<Beside[]> {
  const folder = mkdtempSync(join(tmpdir(), 'roar-bench-'))
  const [cert, key] = certificateIn(folder) as [string, string]
  const mqtt = await freePort()
  const tls = kind === 'plain' ? [] : kind === 'mqtts' ? ['mqtt'] : ['tls']
  const server = await startRoar(SERVER_CORE, [
    ...['--auth-secret', SECRET, '--relay-secret', SECRET, '--mqtt-port', `${mqtt}`],
    ...['--trust-proxy', 'true', '--limit-loopback', 'true'],
    ...(kind === 'plain' ? ['--edge-proxies', PROXY_ADDRESS] : []),
    ...tls.flatMap((name) => [`--${name}-cert`, cert, `--${name}-key`, key]),
  ])
  const ports = { http: server.port, mqtt }
  const url = `${kind === 'https' ? 'https' : 'http'}://127.0.0.1:${server.port}`
  try {
    const crowd = await HealthyCrowd.come({
      ...{ url, viewers, pid: server.pid, secret: SECRET },
      ...(kind === 'https' ? { port: mqtt, transport: 'TCP' } : { port: server.port, transport: 'lane' }),
    })
    try {
      // Code that runs for the first time is slow.
      await crowd.live(ms)
      const all: Beside[] = []
      for (const name of names) {
        const given = { name, ports, clientHello: hello.toString('base64') }
        const beside = await attack(crowd, given, { ms, pairs })
        console.log(said(beside))
        all.push(beside)
      }
      const missing = await crowd.missing()
      if (missing > 0) faults.push(`${kind}: ${missing} deliveries are missing`)
      for (const [what, times] of crowd.refused) faults.push(`${kind}: ${what}, ${times} times`)
      return all
    } finally {
      crowd.leave()
    }
  } finally {
    await server.close()
    rmSync(folder, { recursive: true })
  }
}

/** Without and with the input, in turn. */
async function attack(
  crowd: HealthyCrowd,
  given: Attack,
  { ms, pairs }: { ms: number; pairs: number },
): Promise<Beside> {
  const beside: Beside = { name: given.name, calm: [], hostile: [], attacked: [] }
  const script = new URL('./attack-process.ts', import.meta.url).pathname
  for (let pair = 0; pair < pairs; pair++) {
    beside.calm.push(await crowd.live(ms))
    // Behind the crowd on its core, whose own lateness would be in the figures.
    const child = Bun.spawn(['nice', '-n', '19', process.execPath, script, JSON.stringify(given)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await crowd.live(BEGUN_MS)
    beside.hostile.push(await crowd.live(ms))
    child.stdin.end()
    beside.attacked.push(JSON.parse(await new Response(child.stdout).text()) as Attacked)
    await crowd.live(OVER_MS)
  }
  return beside
}

const median = (spells: Spell[], of: (spell: Spell) => number): number => spread(spells.map(of)).median

const COLUMNS: [string, (spell: Spell) => number][] = [
  ['packet p50', ({ packetP50Ms }) => packetP50Ms],
  ['packet p99', ({ packetP99Ms }) => packetP99Ms],
  ['tap p99', ({ tapP99Ms }) => tapP99Ms],
  ['vote p99', ({ voteP99Ms }) => voteP99Ms],
]

/** With the input, without it. */
const pairOf = ({ calm, hostile }: Beside, of: (spell: Spell) => number): [number, number] => [
  median(hostile, of),
  median(calm, of),
]

function said(beside: Beside): string {
  const times = COLUMNS.map(
    ([name, of]) =>
      `${name} ${pairOf(beside, of)
        .map((ms) => ms.toFixed(0))
        .join(' for ')} ms`,
  )
  const [cores, before] = pairOf(beside, ({ serverCores }) => serverCores)
  const { came, cut, bytes } = beside.attacked.at(-1)!
  return `${beside.name}: ${times.join(', ')}, ${cores.toFixed(2)} for ${before.toFixed(2)} cores; came ${came} times, cut ${cut}, ${(bytes / 1e6).toFixed(1)} MB`
}

function print(all: Beside[]): void {
  const row = (beside: Beside) => [
    beside.name,
    ...COLUMNS.map(([, of]) => {
      const [with_, without] = pairOf(beside, of)
      return `${(with_ / without).toFixed(2)}${with_ / without > MOVED_MAX ? ' *' : ''}`
    }),
    ...pairOf(beside, ({ serverCores }) => serverCores).map((cores) => cores.toFixed(2)),
  ]
  console.log(
    `\nwith the input, divided by without it; * more than ${MOVED_MAX}; cores of the server with and without it`,
  )
  console.log(tableOf([['', ...COLUMNS.map(([name]) => name), 'cores', ''], ...all.map(row)]))
}
