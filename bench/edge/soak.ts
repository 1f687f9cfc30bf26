import { parseArgs } from 'node:util'
import { integer, some } from '../../cli/flags.ts'
import { textOption } from '../text-option.ts'
import { Arrivals } from './arrivals.ts'
import { openFleet, payloadOf } from './fleet.ts'
import { type Peer, peerCpuMs, peerResidentBytes } from './peer.ts'
import { PEERS } from './peers.ts'

/** What has not arrived this long after the end of a minute is lost. */
const LATE_MS = 15_000

/**
 * Runs one edge with its whole crowd for minutes: lost packets, the last viewer's delay, and the edge's cost, minute by minute.
 * Resolves to the exit code: 1 if a delivery is missing. @throws when a connection was cut
 */
export async function benchEdgeSoak(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      viewers: textOption('15000'),
      'rate-s': textOption('4'),
      minutes: textOption('10'),
      transport: textOption('lane'),
    },
  })
  const viewers = integer('viewers', values.viewers, 1, 18_000)
  const rateS = integer('rate-s', values['rate-s'], 1, 1000)
  const minutes = integer('minutes', values.minutes, 1, 1440)
  const [transport, ...others] = some('transport', values.transport, PEERS.roar.transports)
  if (others.length > 0) throw new Error('--transport takes one')
  const peer = (await PEERS.roar.start())!
  try {
    const port = peer.port(transport!)
    if (port === undefined) throw new Error(`there is no ${transport} without openssl`)
    const packets = 60 * rateS
    const arrivals = Array.from({ length: minutes }, () => new Arrivals(viewers))
    const fleet = await openFleet(port, transport!, viewers, {
      onPacket: (nth) => arrivals[Math.floor(nth / packets)]!.hear(nth % packets),
    })
    try {
      console.log(`${viewers} viewers by ${transport} are there`)
      await publishAll(peer, arrivals, { packets, rateS })
      const lost = arrivals.reduce((sum, { due, heard }) => sum + due - heard, 0)
      console.log(lost === 0 ? 'none lost' : `${lost} lost`)
      // Throws if a connection has ended.
      fleet.bytes()
      return lost === 0 ? 0 : 1
    } finally {
      fleet.close()
    }
  } finally {
    await peer.close()
  }
}

/** Publishes minute after minute, and prints what arrived. */
async function publishAll(
  peer: Peer,
  arrivals: readonly Arrivals[],
  { packets, rateS }: { packets: number; rateS: number },
): Promise<void> {
  const startedMs = performance.now()
  for (const [minute, heard] of arrivals.entries()) {
    const cpuBeforeMs = peerCpuMs(peer)
    for (let sent = 0; sent < packets; sent++) {
      const serial = minute * packets + sent
      // By the clock of the whole run, so that one delay does not shift the rest.
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
}
