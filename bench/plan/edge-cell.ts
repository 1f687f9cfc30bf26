import { processCpuMs } from '../../services/process-cpu.ts'
import { residentBytes } from '../cpu.ts'
import { FRAME_HEAD_BYTES, openFleet, PUBLISH_HEAD_BYTES } from '../edge/fleet.ts'
import { PEERS } from '../edge/peers.ts'

/** A crowd at one edge, and its traffic. */
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
    const startedMs = cpuMs()
    const fleet = await openFleet(peer.port('WebSocket')!, 'WebSocket', viewers)
    const openedMs = cpuMs()
    const packets = Math.round(seconds * packetsPerSecond)
    for (let sent = 0; sent < packets; sent++) {
      peer.publish(String(sent).padStart(packetBytes, '.'))
      await Bun.sleep(1000 / packetsPerSecond)
    }
    const due = packets * viewers
    const dueBytes = due * (FRAME_HEAD_BYTES + PUBLISH_HEAD_BYTES + packetBytes)
    for (let waitedMs = 0; fleet.bytes() < dueBytes; waitedMs += 10) {
      if (waitedMs > SETTLE_MS)
        throw new Error(`${dueBytes - fleet.bytes()} bytes did not reach their viewers`)
      await Bun.sleep(10)
    }
    const took = {
      connectUs: (1000 * (openedMs - startedMs)) / viewers,
      deliveryUs: (1000 * (cpuMs() - openedMs)) / due,
      fullBytes: residentBytes(peer.pid),
      arrivedBytes: fleet.bytes() / due,
    }
    fleet.close()
    return took
  } finally {
    await peer.close()
  }
}
