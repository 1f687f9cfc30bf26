import { parseArgs } from 'node:util'
import { integer, some } from '../../cli/flags.ts'
import { Arrivals } from './arrivals.ts'
import { openFleet, payloadOf, type TransportName } from './fleet.ts'
import { peerCpuMs, peerResidentBytes } from './peer.ts'
import { PEERS } from './peers.ts'

const TRANSPORTS: TransportName[] = ['WebSocket', 'lane', 'wss', 'TCP', 'TLS']
/** What has not come so long after a minute's end is lost. */
const LATE_MS = 15_000

/**
 * One edge and its whole crowd for minutes: what was lost, how late the last viewer had a packet, and what the edge took, minute by
 * minute. Resolves to the exit code: 1 when a delivery is missing. @throws when a connection was cut
 */
export async function benchEdgeSoak(argv: string[]): Promise<number> {
  const text = (value: string) => ({ type: 'string', default: value }) as const
  const { values } = parseArgs({
    args: argv,
    options: {
      viewers: text('15000'),
      'rate-s': text('4'),
      minutes: text('10'),
      transport: text('lane'),
    },
  })
  const viewers = integer('viewers', values.viewers, 1, 18_000)
  const rateS = integer('rate-s', values['rate-s'], 1, 1000)
  const minutes = integer('minutes', values.minutes, 1, 1440)
  const transport = some('transport', values.transport, TRANSPORTS)[0]!
  const peer = (await PEERS.roar.start())!
  const port = peer.port(transport)
  if (port === undefined) throw new Error(`there is no ${transport} without openssl`)
  const packets = 60 * rateS
  const arrivals = Array.from({ length: minutes }, () => new Arrivals(viewers))
  const fleet = await openFleet(port, transport, viewers, {
    onPacket: (nth) => arrivals[Math.floor(nth / packets)]!.hear(nth % packets),
  })
  console.log(`${viewers} viewers by ${transport} are there`)
  const startedMs = performance.now()
  for (const [minute, heard] of arrivals.entries()) {
    const cpuBeforeMs = peerCpuMs(peer)
    for (let sent = 0; sent < packets; sent++) {
      const serial = minute * packets + sent
      // By the clock of the whole run, so that what is late once does not make the rest late.
      await Bun.sleep(Math.max(0, startedMs + (1000 * serial) / rateS - performance.now()))
      heard.published()
      peer.publish(payloadOf(serial))
    }
    await heard.all(LATE_MS)
    const cpuUs = (1000 * (peerCpuMs(peer) - cpuBeforeMs)) / heard.due
    console.log(
      `minute ${minute + 1}: ${heard.heard} of ${heard.due} deliveries, last viewer p50 ${heard.lastMs(0.5).toFixed(0)} ms, ` +
        `p99 ${heard.lastMs(0.99).toFixed(0)} ms, ${cpuUs.toFixed(2)} µs a delivery, ${(peerResidentBytes(peer) / 1e6).toFixed(0)} MB`,
    )
  }
  try {
    fleet.bytes()
  } finally {
    fleet.close()
    await peer.close()
  }
  const lost = arrivals.reduce((sum, { due, heard }) => sum + due - heard, 0)
  console.log(lost === 0 ? 'none lost' : `${lost} lost`)
  return lost === 0 ? 0 : 1
}
