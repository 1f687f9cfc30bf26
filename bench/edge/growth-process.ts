import { Arrivals } from './arrivals.ts'
import { type Fleet, openFleet } from './fleet.ts'
import type { Grown, GrowthCrowd } from './growth.ts'
import { peerCpuMs } from './peer.ts'
import { PEERS } from './peers.ts'
import { deliver, settled, storm } from './run.ts'

/**
 * An edge with its whole crowd: this process is the viewers. Prints a line once all are connected, and its measurements after the
 * next input line, so that several can run at the same time. Argument: the crowd, as JSON.
 */

const IDLE_MS = 3_000

const crowd = JSON.parse(process.argv[2]!) as GrowthCrowd
const { transport, viewers } = crowd
const peer = (await PEERS.roar.start())!

async function grow(): Promise<Omit<Grown, 'transport' | 'viewers'>> {
  const port = peer.port(transport)
  if (port === undefined) throw new Error(`there is no ${transport} without openssl`)
  const arrivals = new Arrivals(viewers)
  const [startedMs, cpuMs] = [performance.now(), peerCpuMs(peer)]
  let fleet: Fleet = await openFleet(port, transport, viewers, { onPacket: arrivals.hear })
  const connectsS = (1000 * viewers) / (performance.now() - startedMs)
  const connectUs = (1000 * (peerCpuMs(peer) - cpuMs)) / viewers
  console.log('there')
  for await (const _ of console) break

  const bytes = await settled(peer)
  const idleFromMs = peerCpuMs(peer)
  await Bun.sleep(IDLE_MS)
  const idleCores = (peerCpuMs(peer) - idleFromMs) / IDLE_MS
  const delivered = await deliver(peer, crowd, arrivals)
  fleet.bytes()
  const stormsMs: number[] = []
  for (const jitterMs of crowd.stormJitterMs) {
    const { close } = fleet
    const back = await storm(peer, { port, transport, viewers }, { cut: close, jitterMs })
    stormsMs.push(back.backMs)
    fleet = back.fleet
  }
  fleet.close()
  return { bytes, connectsS, connectUs, idleCores, ...delivered, stormsMs }
}

try {
  console.log(JSON.stringify({ transport, viewers, ...(await grow()) }))
} catch (error) {
  console.log(JSON.stringify({ reason: (error as Error).message }))
}
await peer.close()
process.exit()
