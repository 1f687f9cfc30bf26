import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Subprocess } from 'bun'
import { integer } from '../../cli/flags.ts'
import { tableOf } from '../../cli/table.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { machine } from '../cpu.ts'
import { certificateIn } from '../edge/certificate.ts'
import { startRoar } from '../ingest/servers.ts'
import { keep } from '../results.ts'
import { type Spread, say, spread } from '../spread.ts'
import { textOption } from '../text-option.ts'
import { clientHello } from './client-hello.ts'
import { HealthyCrowd } from './crowd.ts'
import {
  type Attack,
  type Attacked,
  hostileInputs,
  NOBODY,
  PROXY_ADDRESS,
  type ServerKind,
} from './inputs.ts'
import { halved, p99Ratio, Spell, TIMED, type Timed } from './spell.ts'

const WARM_MS = 4_000
const [SERVER_CORE, CROWD_CORE] = [1, 0]
/** Public: the server exists only for this bench, on loopback. */
const SECRET = 'a secret for benches, long enough to be one'
/** An attack is under way, and what one left behind is over. */
const SWITCH_MS = 250
/** How much a 99th percentile may move: more only if it also does where nobody attacks. */
const MOVED_MAX = 1.1
/** The inputs after which nobody attacks, as the measure of noise. */
const NOBODY_EVERY = 9
/** One more has fourteen times as many halves of a time in which nobody attacks: 92,378. */
const ROUNDS_MAX = 4

interface Beside {
  name: string
  calm: Spell
  hostile: Spell
  /** The same input at another server, which nobody watches: what the machine's share of it is. */
  elsewhere: Spell
  attacked: Attacked
}

/** All of a run. */
interface Outcome {
  inputs: Beside[]
  /** Where nobody attacked: the spells of each such time. */
  nobody: Spell[][]
  faults: string[]
}

/**
 * A crowd that watches, taps and votes at a `roar up`, beside one hostile input after another: in many short turns without and with
 * it. Resolves to the exit code: 1 if a healthy viewer missed a packet or was cut, or a tap or a vote was refused.
 */
export async function benchHostile(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      viewers: textOption('5000'),
      'slot-ms': textOption('1000'),
      rounds: textOption('2'),
      only: textOption(''),
      save: { type: 'boolean', default: false },
    },
  })
  const viewers = integer('viewers', values.viewers, 1, 9_000)
  const slotMs = integer('slot-ms', values['slot-ms'], 250, 60_000)
  const rounds = integer('rounds', values.rounds, 1, ROUNDS_MAX)
  for (const [tool, from] of [
    ['taskset', 'util-linux'],
    ['chrt', 'util-linux'],
    ['openssl', 'openssl'],
  ] as const)
    if (Bun.which(tool) === null) throw new Error(`${tool} is needed (apt install ${from})`)
  Bun.spawnSync(['taskset', '-a', '-cp', `${CROWD_CORE}`, `${process.pid}`])
  const hello = await clientHello()
  const inputs = Object.entries(hostileInputs(hello)).filter(
    ([name]) => name !== NOBODY && name.includes(values.only),
  )
  const outcome: Outcome = { inputs: [], nobody: [], faults: [] }
  for (const kind of ['plain', 'mqtts', 'https'] as const) {
    const names = inputs.filter(([, { server }]) => server === kind).map(([name]) => name)
    if (names.length > 0) await oneServer({ kind, names, viewers, slotMs, rounds, hello }, outcome)
  }
  const figures = figuresOf(outcome)
  print(figures)
  for (const fault of outcome.faults) console.log(`FAULT  ${fault}`)
  if (values.save) await keep('hostile', { machine: machine(), viewers, slotMs, rounds, ...figures })
  return outcome.faults.length === 0 ? 0 : 1
}

interface ServerRun {
  kind: ServerKind
  names: string[]
  viewers: number
  slotMs: number
  rounds: number
  hello: Buffer
}

/** All inputs of a kind, at one server with one crowd. */
async function oneServer(
  { kind, names, viewers, slotMs, rounds, hello }: ServerRun,
  { inputs, nobody, faults }: Outcome,
): Promise<void> {
  const server = await startServer(kind)
  const other = await startServer(kind)
  // It has what the server under test leaves of their core.
  Bun.spawnSync(['chrt', '--idle', '-a', '-p', '0', `${other.pid}`])
  const url = `${kind === 'https' ? 'https' : 'http'}://127.0.0.1:${server.port}`
  try {
    const crowd = await HealthyCrowd.come({
      ...{ url, viewers, pid: server.pid, secret: SECRET },
      ...(kind === 'https'
        ? { port: server.ports.mqtt, transport: 'TCP' }
        : { port: server.port, transport: 'lane' }),
    })
    try {
      // Code that runs for the first time is slow.
      await crowd.live(WARM_MS)
      for (const [nth, name] of names.entries()) {
        const clientHello = hello.toString('base64')
        const beside = (name: string) =>
          turnsBeside(
            crowd,
            {
              here: { name, ports: server.ports, clientHello },
              there: { name, ports: other.ports, clientHello },
            },
            { slotMs, rounds },
          )
        if (nth % NOBODY_EVERY === 0) {
          const { calm, hostile, elsewhere } = await beside(NOBODY)
          for (const half of [hostile, elsewhere]) nobody.push([...calm, ...half])
        }
        const { calm, hostile, elsewhere, attacked } = await beside(name)
        inputs.push({
          ...{ name, attacked, calm: Spell.pooled(calm) },
          ...{ hostile: Spell.pooled(hostile), elsewhere: Spell.pooled(elsewhere) },
        })
        console.log(said(inputs.at(-1)!))
      }
      const missing = await crowd.missing()
      if (missing > 0) faults.push(`${kind}: ${missing} deliveries are missing`)
      for (const [what, times] of crowd.refused) faults.push(`${kind}: ${what}, ${times} times`)
    } finally {
      crowd.leave()
    }
  } finally {
    await server.close()
    await other.close()
  }
}

async function startServer(kind: ServerKind) {
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
  const close = async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  }
  return { ...server, close, ports: { http: server.port, mqtt } }
}

/** Without the input, with it, with it at the other server, and the same backwards: what drifts is in all alike. */
async function turnsBeside(
  crowd: HealthyCrowd,
  { here, there }: { here: Attack; there: Attack },
  { slotMs, rounds }: { slotMs: number; rounds: number },
): Promise<{ calm: Spell[]; hostile: Spell[]; elsewhere: Spell[]; attacked: Attacked }> {
  const [attack, beside] = [new AttackProcess(here), new AttackProcess(there)]
  const calm: Spell[] = []
  const hostile: Spell[] = []
  const elsewhere: Spell[] = []
  const attacked: Attacked = { came: 0, cut: 0, bytes: 0 }
  const live = async (into: Spell[]) => {
    await crowd.live(SWITCH_MS)
    into.push(await crowd.liveTimed(slotMs))
  }
  const attackHere = async () => {
    await attack.begin()
    await live(hostile)
    const { came, cut, bytes } = await attack.end()
    attacked.came += came
    attacked.cut += cut
    attacked.bytes += bytes
  }
  await attack.ready
  await beside.ready
  for (let round = 0; round < rounds; round++) {
    await live(calm)
    await attackHere()
    await beside.begin()
    await live(elsewhere)
    await live(elsewhere)
    await beside.end()
    await attackHere()
    await live(calm)
  }
  await attack.close()
  await beside.close()
  return { calm, hostile, elsewhere, attacked }
}

/** The clients of one input. They are behind the crowd on its core, whose own lateness would be in the figures. */
class AttackProcess {
  readonly ready: Promise<unknown>
  readonly #child: Subprocess<'pipe', 'pipe', 'inherit'>
  readonly #lines: ReadableStreamDefaultReader<string>

  constructor(given: Attack) {
    const script = Bun.fileURLToPath(new URL('./attack-process.ts', import.meta.url))
    this.#child = Bun.spawn(['chrt', '--idle', '0', process.execPath, script, JSON.stringify(given)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader()
    this.ready = this.#lines.read()
  }

  async begin(): Promise<void> {
    this.#child.stdin.write('\n')
    await this.#child.stdin.flush()
  }

  /** @returns what it did since it began */
  async end(): Promise<Attacked> {
    await this.begin()
    return JSON.parse((await this.#lines.read()).value!) as Attacked
  }

  async close(): Promise<void> {
    this.#child.stdin.end()
    await this.#child.exited
  }
}

/** Of one input, or of all; `moved`: with it, divided by without it. */
interface Figures {
  name: string
  p99Ms: Record<Timed, [without: number, with_: number]>
  moved: Record<Timed, number>
  /** With it, divided by with it at the other server. */
  added: Record<Timed, number>
  serverCores: [without: number, with_: number]
  longestTurnMs: [without: number, with_: number]
  attacked?: Attacked
}

const perTimed = <Value>(of: (what: Timed) => Value): Record<Timed, Value> => ({
  packets: of('packets'),
  taps: of('taps'),
  votes: of('votes'),
})

function figuresOf({ inputs, nobody, faults }: Outcome): {
  inputs: Figures[]
  all: Figures
  noise: Record<Timed, Spread>
  faults: string[]
} {
  const figures = ({
    name,
    calm,
    hostile,
    elsewhere,
    attacked,
  }: Omit<Beside, 'attacked'> & { attacked?: Attacked }) => ({
    name,
    p99Ms: perTimed((what): [number, number] => [
      calm[what].percentile(0.99),
      hostile[what].percentile(0.99),
    ]),
    moved: perTimed((what) => p99Ratio(hostile, calm, what)),
    added: perTimed((what) => p99Ratio(hostile, elsewhere, what)),
    serverCores: [calm.serverCores, hostile.serverCores] satisfies [number, number] as [number, number],
    longestTurnMs: [calm.longestTurnMs, hostile.longestTurnMs] satisfies [number, number] as [number, number],
    ...(attacked && { attacked }),
  })
  const all = {
    name: 'all together',
    calm: Spell.pooled(inputs.map(({ calm }) => calm)),
    hostile: Spell.pooled(inputs.map(({ hostile }) => hostile)),
    elsewhere: Spell.pooled(inputs.map(({ elsewhere }) => elsewhere)),
  }
  // Whichever half is named first.
  const ratios = (what: Timed) =>
    nobody.flatMap((spells) => halved(spells, what)).flatMap((ratio) => [ratio, 1 / ratio])
  return {
    inputs: inputs.map(figures),
    all: figures(all),
    noise: perTimed((what) => spread(ratios(what))),
    faults,
  }
}

function said({ name, calm, hostile, elsewhere, attacked: { came, cut, bytes } }: Beside): string {
  const p99 = (what: Timed) =>
    `${what} ${[hostile, elsewhere, calm].map((spell) => spell[what].percentile(0.99).toFixed(0)).join(', ')} ms`
  const cores = [hostile, calm].map(({ serverCores }) => serverCores.toFixed(2)).join(' for ')
  return `${name}: p99 with it, elsewhere and without of ${TIMED.map(p99).join('; ')}; ${cores} cores; came ${came} times, cut ${cut}, ${(bytes / 1e6).toFixed(1)} MB`
}

function print({ inputs, all, noise }: ReturnType<typeof figuresOf>): void {
  const row = ({ name, moved, added, serverCores, longestTurnMs }: Figures) => [
    name,
    ...[moved, added].flatMap((ratios) =>
      TIMED.map((what) => {
        const isMore = ratios[what] > Math.max(MOVED_MAX, noise[what].max)
        return `${ratios[what].toFixed(2)}${isMore ? ' *' : ''}`
      }),
    ),
    ...serverCores.map((cores) => cores.toFixed(2)),
    ...longestTurnMs.map((ms) => ms.toFixed(0)),
  ]
  console.log(`
p99 with the input, divided by p99 without it: of packets, taps and votes; divided by p99 with the input at another server of the
machine; the server's cores and the longest turn of its event loop in ms, without and with it. *: more than ${MOVED_MAX}, and more than any half of the time in which nobody attacks divided by the other`)
  const heading = ['', ...TIMED, ...TIMED.map((what) => `÷ ${what}`), 'cores', 'with', 'turn', 'with']
  const nobody = ['without anybody', ...TIMED.map((what) => say(noise[what], 2)), '', '', '', '', '', '', '']
  console.log(tableOf([heading, ...inputs.map(row), row(all), nobody]))
}
