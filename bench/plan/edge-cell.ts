import { processCpuMs } from '../../services/process-cpu.ts'
import { residentBytes } from '../cpu.ts'
import { FRAME_HEAD_BYTES, openFleet, PUBLISH_HEAD_BYTES } from '../edge/fleet.ts'
import { PEERS } from '../edge/peers.ts'

/** A crowd of at least 2,000 at one edge, and its traffic. */
export interface EdgeCrowd {
  viewers: number
  packetsPerSecond: number
  packetBytes: number
  seconds: number
}

/** The cost for the edge's process. */
export interface EdgeTook {
  /** Processor time of one connection until its SUBSCRIBE is answered, and of one delivery. */
  connectUs: number
  deliveryUs: number
  /** Resident memory with all viewers. */
  fullBytes: number
  /** Bytes that one packet takes at a viewer's socket. */
  arrivedBytes: number
}

/** The first ones, whose connects and deliveries are not counted: code runs for the first time, or is compiled meanwhile. */
const WARM_VIEWERS = 1_000
const WARM_PACKETS = 30
/** Later packets count as lost. */
const SETTLE_MS = 10_000

/** Runs an edge alone in a process with that crowd over WebSocket. Throws if a packet did not arrive. */
export async function edgeTakes({
  viewers,
  packetsPerSecond,
  packetBytes,
  seconds,
}: EdgeCrowd): Promise<EdgeTook> {
  const peer = (await PEERS.roar.start())!
  const cpuMs = () => processCpuMs(peer.pid)
  try {
    const open = (count: number) => openFleet(peer.port('WebSocket')!, 'WebSocket', count)
    const fleets = [await open(WARM_VIEWERS)]
    const bytes = () => fleets.reduce((sum, fleet) => sum + fleet.bytes(), 0)
    /** Returns how many deliveries it was, and their bytes. */
    const publish = async (packets: number, viewers: number) => {
      const [due, beforeBytes] = [packets * viewers, bytes()]
      const dueBytes = beforeBytes + due * (FRAME_HEAD_BYTES + PUBLISH_HEAD_BYTES + packetBytes)
      for (let sent = 0; sent < packets; sent++) {
        peer.publish(String(sent).padStart(packetBytes, '.'))
        await Bun.sleep(1000 / packetsPerSecond)
      }
      for (let waitedMs = 0; bytes() < dueBytes; waitedMs += 10) {
        if (waitedMs > SETTLE_MS) throw new Error(`${dueBytes - bytes()} bytes did not reach their viewers`)
        await Bun.sleep(10)
      }
      return { due, arrivedBytes: (bytes() - beforeBytes) / due }
    }
    await publish(WARM_PACKETS, WARM_VIEWERS)
    const startedMs = cpuMs()
    fleets.push(await open(viewers - WARM_VIEWERS))
    const openedMs = cpuMs()
    const { due, arrivedBytes } = await publish(Math.round(seconds * packetsPerSecond), viewers)
    const took = {
      connectUs: (1000 * (openedMs - startedMs)) / (viewers - WARM_VIEWERS),
      deliveryUs: (1000 * (cpuMs() - openedMs)) / due,
      fullBytes: residentBytes(peer.pid),
      arrivedBytes,
    }
    for (const fleet of fleets) fleet.close()
    return took
  } finally {
    await peer.close()
  }
}
