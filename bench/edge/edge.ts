import { parseArgs } from 'node:util'
import { integer, some } from '../../cli/flags.ts'
import { machine } from '../cpu.ts'
import { keep } from '../results.ts'
import { type Spread, say, spread } from '../spread.ts'
import { textOption } from '../text-option.ts'
import type { TransportName } from './fleet.ts'
import { PEERS, type PeerName } from './peers.ts'
import { type Crowd, FIGURES, type Figure, measure, type Run } from './run.ts'

/** A counted run, or why it was not counted. */
interface Round {
  round: number
  run?: Run
  reason?: string
}

type Measured = Partial<Record<Figure | 'cpuRatio', Spread>>

const TRANSPORTS: TransportName[] = ['WebSocket', 'lane', 'wss', 'TCP']
const DIGITS: Partial<Record<Figure, number>> = { cpuUs: 2, lastP50Ms: 1, lastP99Ms: 1 }

/**
 * Measures what one delivery to one viewer costs, how late the last viewer has it, and what connecting and reconnecting viewers
 * cost: our edge and its peers in turn, round after round. Each server is on one core, the viewers on the other. Resolves to the
 * exit code: 1 if a run of ours was not counted.
 */
export async function benchEdge(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: textOption('3'),
      viewers: textOption('1000'),
      'rate-s': textOption('20'),
      'measure-ms': textOption('3000'),
      transports: textOption(TRANSPORTS.join()),
      peers: textOption(Object.keys(PEERS).join()),
      reconnect: { type: 'boolean', default: true },
    },
    allowNegative: true,
  })
  const rounds = integer('rounds', values.rounds, 1, 1000)
  const viewers = integer('viewers', values.viewers, 4, 18_000)
  const rateS = integer('rate-s', values['rate-s'], 1, 1000)
  const measureMs = integer('measure-ms', values['measure-ms'], 100, 600_000)
  const transports = some('transports', values.transports, TRANSPORTS)
  const peers = some('peers', values.peers, Object.keys(PEERS) as PeerName[])
  // Ratios refer to the first.
  const names = ['roar', ...peers.filter((name) => name !== 'roar')] as PeerName[]
  const rows = new Map<string, Round[]>()
  const absent = new Set<PeerName>()
  for (let round = 1; round <= rounds; round++) {
    for (const transport of transports) {
      for (const name of names) {
        if (absent.has(name) || !PEERS[name].transports.includes(transport)) continue
        const crowd = { transport, viewers, rateS, measureMs, reconnects: values.reconnect }
        const result = await one(name, crowd)
        if (result === undefined) {
          absent.add(name)
          continue
        }
        const label = `${name} ${transport}`
        rows.set(label, [...(rows.get(label) ?? []), { round, ...result }])
        console.log(`round ${round}  ${label.padEnd(20)} ${said(result)}`)
      }
    }
  }
  const servers = Object.fromEntries([...rows].map(([label, runs]) => [label, measured(label, rows, runs)]))
  const notCounted = [...rows].flatMap(([server, runs]) =>
    runs.flatMap(({ round, reason }) => (reason === undefined ? [] : [{ server, round, reason }])),
  )
  print(servers)
  for (const { server, round, reason } of notCounted)
    console.log(`not counted: ${server}, round ${round}: ${reason}`)
  await keep('edge', { machine: machine(), rounds, viewers, rateS, measureMs, servers, notCounted })
  return notCounted.some(({ server }) => server.startsWith('roar ')) ? 1 : 0
}

/** Undefined if there is no such server here. */
async function one(
  name: PeerName,
  { reconnects, ...crowd }: Omit<Crowd, 'port'>,
): Promise<Omit<Round, 'round'> | undefined> {
  const { start, retains } = PEERS[name]
  const peer = await start()
  if (peer === undefined) return undefined
  try {
    const port = peer.port(crowd.transport)
    if (port === undefined) return { reason: `there is no ${crowd.transport} without openssl` }
    return { run: await measure(peer, { ...crowd, port, reconnects: reconnects && retains }) }
  } catch (error) {
    return { reason: (error as Error).message }
  } finally {
    await peer.close()
  }
}

function said({ run, reason }: Omit<Round, 'round'>): string {
  if (run === undefined) return `not counted: ${reason}`
  const figures = Object.entries(FIGURES) as [Figure, string][]
  return figures
    .flatMap(([figure, unit]) => {
      const value = run[figure]
      return value === undefined ? [] : [`${value.toFixed(DIGITS[figure] ?? 0)} ${unit}`]
    })
    .join(', ')
}

function measured(label: string, rows: Map<string, Round[]>, runs: Round[]): Measured {
  const ours = rows.get(`roar ${label.split(' ')[1]}`) ?? []
  const spreadOf = (of: (each: Round) => number | undefined) => {
    const values = runs.map(of).filter((value) => value !== undefined)
    return values.length === 0 ? undefined : spread(values)
  }
  const ratio = ({ round, run }: Round) => {
    const own = ours.find((each) => each.round === round)?.run?.cpuUs
    return own && run?.cpuUs && run.cpuUs / own
  }
  const figures = Object.keys(FIGURES) as Figure[]
  return Object.fromEntries(
    [
      ...figures.map((figure) => [figure, spreadOf(({ run }) => run?.[figure])]),
      ['cpuRatio', spreadOf(ratio)],
    ].filter(([, values]) => values !== undefined),
  )
}

function print(servers: Record<string, Measured>): void {
  console.log('\nmedian (min to max) of the rounds; a ratio is the server of its line divided by roar')
  const columns: [keyof Measured, string][] = [...(Object.entries(FIGURES) as [Figure, string][])]
  for (const [figure, unit] of [...columns, ['cpuRatio', 'ratio of µs a delivery'] as const]) {
    console.log(`\n${unit}`)
    for (const [label, values] of Object.entries(servers)) {
      const value = values[figure]
      const digits = figure === 'cpuRatio' ? 2 : (DIGITS[figure] ?? 0)
      if (value !== undefined) console.log(`  ${label.padEnd(22)}${say(value, digits)}`)
    }
  }
}
