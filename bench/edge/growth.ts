import { totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { integer, some } from '../../cli/flags.ts'
import { machine } from '../cpu.ts'
import { keep } from '../results.ts'
import { textOption } from '../text-option.ts'
import type { TransportName } from './fleet.ts'

/** The load of one edge, and how often all of it is cut off and returns: at once, or spread over this time. */
export interface GrowthCrowd {
  transport: TransportName
  viewers: number
  rateS: number
  measureMs: number
  stormJitterMs: number[]
}

/** The cost. */
export interface Grown {
  transport: TransportName
  viewers: number
  /** Resident memory of the whole process. */
  bytes: number
  connectsS: number
  connectUs: number
  /** Share of a core while idle. */
  idleCores: number
  cpuUs: number
  lastP50Ms: number
  lastP99Ms: number
  /** Until all had reconnected with the last value, for each of `stormJitterMs`. */
  stormsMs: number[]
}

const KINDS: TransportName[] = ['lane', 'TCP', 'wss']
/** Packets a second, and the window. */
const PACKETS_S = 4
const WINDOW_MS = 250

/** What grows with viewers, and the limits. */
const TERMS: { name: string; unit: string; digits: number; max: number; of: (grown: Grown) => number }[] = [
  { name: 'memory', unit: 'MB', digits: 0, max: totalmem() / 1e6, of: ({ bytes }) => bytes / 1e6 },
  {
    name: `processor at ${PACKETS_S} packets/s`,
    unit: 'cores',
    digits: 2,
    max: 1,
    of: ({ cpuUs, viewers }) => (PACKETS_S * cpuUs * viewers) / 1e6,
  },
  { name: 'processor, idle', unit: 'cores', digits: 3, max: 1, of: ({ idleCores }) => idleCores },
  {
    name: 'packet to the last viewer',
    unit: 'ms',
    digits: 0,
    max: WINDOW_MS,
    of: ({ lastP50Ms }) => lastP50Ms,
  },
]

/** Linear regression: the value at 0, and the slope. */
export function lineThrough(points: [x: number, y: number][]): { base: number; slope: number } {
  const mean = (of: (point: [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [x, y] = [mean(([x]) => x), mean(([, y]) => y)]
  const slope = mean((point) => (point[0] - x) * (point[1] - y)) / mean((point) => (point[0] - x) ** 2)
  return { base: y - slope * x, slope }
}

/**
 * How an edge grows with its viewers: memory and processor time of one process at several sizes, by transport, the line through
 * them, and where it meets the limits; reconnecting all viewers after a cut; several processes at once. Resolves to the exit
 * code: 1 if a crowd was not counted.
 */
export async function benchEdgeGrowth(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      sizes: textOption('2000,8000,15000'),
      to: textOption('250000'),
      transports: textOption(KINDS.join()),
      processes: textOption('4'),
      'jitter-s': textOption('10'),
    },
  })
  const sizes = values.sizes.split(',').map((size) => integer('sizes', size, 10, 18_000))
  if (sizes.length < 2) throw new Error('--sizes needs two at least, for there to be a line through them')
  const transports = some('transports', values.transports, KINDS)
  const to = integer('to', values.to, 1, 10_000_000)
  const processes = integer('processes', values.processes, 0, 8)
  const jitterMs = 1_000 * integer('jitter-s', values['jitter-s'], 1, 60)
  const largest = Math.max(...sizes)
  const grown: Grown[] = []
  const notCounted: string[] = []
  /** A crowd with a missing delivery proves nothing about the cost. */
  const counted = async (processes: number, crowd: GrowthCrowd): Promise<Grown[]> => {
    try {
      const all = await grow(processes, crowd)
      for (const each of all) console.log(said(each))
      return all
    } catch (error) {
      notCounted.push(`${crowd.transport}, ${crowd.viewers} viewers: ${(error as Error).message}`)
      console.log(`not counted: ${notCounted.at(-1)}`)
      return []
    }
  }
  for (const transport of transports) {
    const sized: Grown[] = []
    for (const viewers of sizes) {
      const stormJitterMs = viewers === largest ? [0, jitterMs] : []
      sized.push(...(await counted(1, { transport, viewers, rateS: 2, measureMs: 5_000, stormJitterMs })))
    }
    if (sized.length > 1) printLines(sized, to)
    grown.push(...sized)
  }
  if (processes > 0)
    console.log(
      `\n${processes} processes on one core, ${processes * largest} viewers in all, a packet a second`,
    )
  const crowd = { viewers: largest, rateS: 1, measureMs: 10_000, stormJitterMs: [] }
  const together = processes > 0 ? await counted(processes, { transport: 'lane', ...crowd }) : []
  await keep('edge-growth', { machine: machine(), sizes, to, jitterMs, grown, together, notCounted })
  return notCounted.length > 0 ? 1 : 0
}

/** Edges with a crowd each, all of them connected before any is measured. */
async function grow(processes: number, crowd: GrowthCrowd): Promise<Grown[]> {
  const script = Bun.fileURLToPath(new URL('./growth-process.ts', import.meta.url))
  const children = Array.from({ length: processes }, () => {
    const child = Bun.spawn([process.execPath, script, JSON.stringify(crowd)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    return { child, lines: linesOf(child.stdout) }
  })
  const next = () =>
    Promise.all(
      children.map(async ({ lines }) => {
        const { value } = await lines.next()
        if (value === undefined) throw new Error('it ended before it was measured')
        const { reason } = value.startsWith('{') ? JSON.parse(value) : {}
        if (reason !== undefined) throw new Error(reason)
        return value
      }),
    )
  try {
    await next()
    for (const { child } of children) {
      child.stdin.write('go\n')
      child.stdin.flush()
    }
    return (await next()).map((line) => JSON.parse(line) as Grown)
  } finally {
    // Remaining ones finish, and end their servers.
    for (const { child } of children) child.stdin.end()
    await Promise.all(children.map(({ child }) => child.exited))
  }
}

async function* linesOf(stdout: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let said = ''
  for await (const chunk of stdout) {
    const lines = (said + new TextDecoder().decode(chunk)).split('\n')
    said = lines.pop()!
    yield* lines
  }
}

const said = ({
  transport,
  viewers,
  bytes,
  connectsS,
  connectUs,
  cpuUs,
  lastP50Ms,
  lastP99Ms,
  stormsMs,
}: Grown) =>
  [
    `${transport.padEnd(5)} ${viewers} viewers: ${(bytes / 1e6).toFixed(0)} MB`,
    `${connectsS.toFixed(0)} connects/s of ${connectUs.toFixed(0)} µs`,
    `${cpuUs.toFixed(2)} µs a delivery`,
    `last viewer p50 ${lastP50Ms.toFixed(0)} ms, p99 ${lastP99Ms.toFixed(0)} ms`,
    ...stormsMs.map(
      (ms, i) => `all back ${i === 0 ? 'at once' : 'with jitter'} in ${(ms / 1000).toFixed(1)} s`,
    ),
  ].join(', ')

function printLines(grown: Grown[], to: number): void {
  const ends = TERMS.map(({ of, ...term }) => {
    const { base, slope } = lineThrough(grown.map((each) => [each.viewers, of(each)]))
    return {
      ...term,
      at: base + slope * to,
      until: slope > 0 ? (term.max - base) / slope : Number.POSITIVE_INFINITY,
    }
  }).toSorted((a, b) => a.until - b.until)
  console.log(`by the line through them, at ${to} viewers; what bends first stands first:`)
  for (const { name, unit, digits, at, max, until } of ends) {
    const bends = Number.isFinite(until)
      ? `${max.toFixed(0)} ${unit} at ${Math.round(until)} viewers`
      : 'does not grow'
    console.log(`  ${name.padEnd(28)}${at.toFixed(digits)} ${unit}; ${bends}`)
  }
}
