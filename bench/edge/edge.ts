import { parseArgs } from 'node:util'
import { integer } from '../../cli/flags.ts'
import { machine, processCpuMs } from '../cpu.ts'
import { keep } from '../results.ts'
import { type Spread, say, spread } from '../spread.ts'
import {
  FRAME_HEAD_BYTES,
  openFleet,
  PAYLOAD_BYTES,
  PUBLISH_HEAD_BYTES,
  type TransportName,
} from './fleet.ts'
import type { Peer } from './peer.ts'
import { PEERS, type PeerName } from './peers.ts'

interface Run {
  /** Processor time of the server for one delivery, in microseconds. */
  cpuUs: number
  /** Deliveries that arrived, as a share of those that were due. */
  arrived: number
}

interface Measured {
  cpuUs: Spread
  arrived: Spread
  /** This one's processor time divided by ours, round by round; above 1 ours is better. */
  cpuRatio: Spread
}

const FRAME_BYTES: Record<Exclude<TransportName, 'TLS'>, number> = {
  TCP: 0,
  WebSocket: FRAME_HEAD_BYTES,
  lane: FRAME_HEAD_BYTES,
  wss: FRAME_HEAD_BYTES,
}

/**
 * What one delivery to one viewer costs, our edge and its peers in turn, round after round. Each server is a process of
 * its own on one core, the viewers are on the other. Resolves to the exit code: 1 when a delivery of ours was missing.
 */
export async function benchEdge(argv: string[]): Promise<number> {
  const text = (value: string) => ({ type: 'string', default: value }) as const
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: text('3'),
      viewers: text('1000'),
      'rate-s': text('20'),
      'measure-ms': text('3000'),
      peers: text(Object.keys(PEERS).join()),
    },
  })
  const rounds = integer('rounds', values.rounds, 1, 1000)
  const viewers = integer('viewers', values.viewers, 1, 20_000)
  const rateS = integer('rate-s', values['rate-s'], 1, 1000)
  const measureMs = integer('measure-ms', values['measure-ms'], 100, 600_000)
  // Ratios are to the first.
  const names = ['roar', ...values.peers.split(',').filter((name) => name !== 'roar')] as PeerName[]
  const unknown = names.find((name) => !Object.hasOwn(PEERS, name))
  if (unknown !== undefined)
    throw new Error(`--peers ${unknown}: give some of ${Object.keys(PEERS).join(', ')}`)
  const runs = new Map<string, Run[]>()
  for (let round = 1; round <= rounds; round++) {
    for (const transport of ['WebSocket', 'lane', 'wss', 'TCP'] as const) {
      for (const name of names) {
        const peer = await PEERS[name]()
        const port = peer?.port(transport)
        if (peer === undefined || port === undefined) {
          await peer?.close()
          continue
        }
        const run = await measure(peer, { port, transport, viewers, rateS, measureMs })
        await peer.close()
        const label = `${name} ${transport}`
        runs.set(label, [...(runs.get(label) ?? []), run])
        console.log(`round ${round}  ${label.padEnd(20)} ${run.cpuUs.toFixed(2)} µs a delivery`)
      }
    }
  }
  const servers = compare(runs)
  print(servers)
  await keep('edge', { machine: machine(), rounds, viewers, rateS, measureMs, servers })
  const ours = Object.entries(servers).filter(([label]) => label.startsWith('roar '))
  return ours.every(([, { arrived }]) => arrived.min === 1) ? 0 : 1
}

async function measure(
  peer: Peer,
  {
    port,
    transport,
    viewers,
    rateS,
    measureMs,
  }: { port: number; transport: keyof typeof FRAME_BYTES; viewers: number; rateS: number; measureMs: number },
): Promise<Run> {
  const fleet = await openFleet(port, transport, viewers)
  const packetBytes = FRAME_BYTES[transport] + PUBLISH_HEAD_BYTES + PAYLOAD_BYTES
  const packets = Math.round((measureMs / 1000) * rateS)
  const cpuBeforeMs = processCpuMs(peer.pid)
  for (let sent = 0; sent < packets; sent++) {
    peer.publish(String(sent).padStart(PAYLOAD_BYTES, '.'))
    await Bun.sleep(1000 / rateS)
  }
  const due = packets * viewers
  const arrived = () => fleet.bytes() / packetBytes / due
  const deadlineMs = Date.now() + 5_000
  while (arrived() < 1 && Date.now() < deadlineMs) await Bun.sleep(5)
  const cpuMs = processCpuMs(peer.pid) - cpuBeforeMs
  fleet.close()
  return { cpuUs: (1000 * cpuMs) / due, arrived: arrived() }
}

function compare(runs: Map<string, Run[]>): Record<string, Measured> {
  return Object.fromEntries(
    [...runs].map(([label, theirs]) => {
      const ours = runs.get(`roar ${label.split(' ')[1]}`)!
      return [
        label,
        {
          cpuUs: spread(theirs.map(({ cpuUs }) => cpuUs)),
          arrived: spread(theirs.map(({ arrived }) => arrived)),
          cpuRatio: spread(theirs.map(({ cpuUs }, round) => cpuUs / ours[round]!.cpuUs)),
        },
      ]
    }),
  )
}

function print(servers: Record<string, Measured>): void {
  console.log('\nmedian (min to max) of the rounds; a ratio is the server of its line divided by roar')
  for (const [label, { cpuUs, cpuRatio, arrived }] of Object.entries(servers)) {
    const cells = [`${say(cpuUs, 2)} µs`, `ratio ${say(cpuRatio, 2)}`]
    // By bytes, and some put several packets into one frame.
    const missing = arrived.min < 0.999 ? '  DELIVERIES MISSING' : ''
    console.log(label.padEnd(20) + cells.map((cell) => cell.padStart(36)).join('') + missing)
  }
}
