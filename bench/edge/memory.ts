import { parseArgs } from 'node:util'
import { integer } from '../../cli/flags.ts'
import { machine } from '../cpu.ts'
import { keep } from '../results.ts'
import { type Spread, say, spread } from '../spread.ts'
import { textOption } from '../text-option.ts'
import { MOOD, openFleet, PAGE, type TransportName } from './fleet.ts'
import type { PeerKind } from './peer.ts'
import { bare, PEERS } from './peers.ts'
import { settled } from './run.ts'

const SERVERS: Record<keyof typeof PEERS | 'runtime', PeerKind> = { ...PEERS, runtime: bare }
type ServerName = keyof typeof SERVERS

interface Case {
  name: ServerName
  transport: TransportName
  filters: string[]
}

const CASES: Case[] = [
  ...(['WebSocket', 'TCP'] as const).flatMap((transport) =>
    (['runtime', 'mosquitto'] as const).map((name) => ({ name, transport, filters: MOOD })),
  ),
  ...(['WebSocket', 'lane', 'wss', 'TCP', 'TLS'] as const).flatMap((transport) =>
    [MOOD, PAGE].map((filters) => ({ name: 'roar' as const, transport, filters })),
  ),
]

/** A few packets, then a pause: garbage from connecting is collected and returned by then. */
const SLOWLY = { packetEveryMs: 200, settleMs: 4000 }

/**
 * Memory of one connection, from the slope between two sizes of a crowd: it excludes what a process takes for itself and for
 * having worked at all, and the kernel's buffers. Resolves to the exit code.
 */
export async function benchEdgeMemory(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: textOption('1'),
      from: textOption('2000'),
      to: textOption('8000'),
      only: textOption(''),
    },
  })
  const rounds = integer('rounds', values.rounds, 1, 100)
  const from = integer('from', values.from, 1, 100_000)
  const to = integer('to', values.to, from + 1, 100_000)
  const slopes = new Map<string, number[]>()
  for (let round = 1; round <= rounds; round++) {
    for (const one of CASES) {
      const label = `${one.name} ${one.transport}, ${one.filters.length === 1 ? 'one filter' : `${one.filters.length} filters`}`
      const bytes = label.includes(values.only) ? await slopeOf(one, { from, to }) : undefined
      if (bytes === undefined) continue
      slopes.set(label, [...(slopes.get(label) ?? []), bytes])
      console.log(`round ${round}  ${label.padEnd(36)} ${bytes.toFixed(0)} B a connection`)
    }
  }
  const connectionBytes: Record<string, Spread> = Object.fromEntries(
    [...slopes].map(([label, bytes]) => [label, spread(bytes)]),
  )
  console.log('\nbytes a connection: median (min to max) of the rounds')
  for (const [label, bytes] of Object.entries(connectionBytes)) console.log(label.padEnd(36) + say(bytes, 0))
  if (values.only === '') await keep('edge-memory', { machine: machine(), rounds, from, to, connectionBytes })
  return 0
}

/** Undefined if there is no such server, or it lacks the transport. */
async function slopeOf(
  { name, transport, filters }: Case,
  { from, to }: { from: number; to: number },
): Promise<number | undefined> {
  const peer = await SERVERS[name].start()
  const port = peer?.port(transport)
  if (peer === undefined || port === undefined) {
    await peer?.close()
    return undefined
  }
  const some = await openFleet(port, transport, from, { filters })
  const before = await settled(peer, SLOWLY)
  const others = await openFleet(port, transport, to - from, { filters })
  const bytes = ((await settled(peer, SLOWLY)) - before) / (to - from)
  for (const fleet of [some, others]) fleet.close()
  await peer.close()
  return bytes
}
