import { Arrivals } from './arrivals.ts'
import { type Fleet, openFleet, PAYLOAD_BYTES, payloadOf, type TransportName } from './fleet.ts'
import { type Peer, peerCpuMs, peerResidentBytes } from './peer.ts'

export interface Crowd {
  port: number
  transport: TransportName
  viewers: number
  rateS: number
  measureMs: number
  /** Whether all are cut off at the end and reconnect: for a server that keeps the last value. */
  reconnects: boolean
}

/** The figures of one run of one server; those that do not apply are absent. */
export type Run = Partial<Record<Figure, number>>

/** What is measured, in order. */
export const FIGURES = {
  connectsS: 'connects/s',
  connectUs: 'µs a connect',
  connectionBytes: 'B a connection',
  cpuUs: 'µs a delivery',
  lastP50Ms: 'ms to the last viewer, p50',
  lastP99Ms: 'ms to the last viewer, p99',
  reconnectMs: 'ms until all are back',
}
export type Figure = keyof typeof FIGURES

/** Packets before memory is measured, and a pause: garbage from connecting is returned by then. */
const SETTLE_PACKETS = 10
const SETTLE_MS = 2_000
/** Until then a server's code runs for the first time, or is compiled meanwhile: a show goes on for hours. */
const WARM_DELIVERIES = 60_000
/** A server idle for this long has no work left. */
const IDLE_MS = 500
/** Later deliveries count as lost. */
const LATE_MS = 15_000
/** A crowd that has not returned by then never does. */
const BACK_MS = 60_000

/**
 * Viewers connect, receive packets, and lose all their connections at once. @throws if the measurement is meaningless, with the
 * reason
 */
export async function measure(peer: Peer, crowd: Crowd): Promise<Run> {
  const { port, transport, viewers } = crowd
  const arrivals = new Arrivals(viewers)
  const listen = (count: number) => openFleet(port, transport, count, { onPacket: arrivals.hear })
  const quarter = Math.ceil(viewers / 4)
  const first = await listen(quarter)
  const [beforeBytes, beforeCpuMs] = [await settled(peer), peerCpuMs(peer)]
  const startedMs = performance.now()
  const others = await listen(viewers - quarter)
  const connecting = {
    connectsS: (1000 * (viewers - quarter)) / (performance.now() - startedMs),
    connectUs: (1000 * (peerCpuMs(peer) - beforeCpuMs)) / (viewers - quarter),
    connectionBytes: ((await settled(peer)) - beforeBytes) / (viewers - quarter),
  }
  const close = () => {
    for (const fleet of [first, others]) fleet.close()
  }
  try {
    const delivering = await deliver(peer, crowd, arrivals)
    // Throws if a connection has ended.
    for (const fleet of [first, others]) fleet.bytes()
    if (!crowd.reconnects) return { ...connecting, ...delivering }
    const { backMs, fleet } = await storm(peer, crowd, { cut: close })
    fleet.close()
    return { ...connecting, ...delivering, reconnectMs: backMs }
  } finally {
    close()
  }
}

/** Publishes uncounted packets, and waits. */
export async function settled(
  peer: Peer,
  { packetEveryMs = 50, settleMs = SETTLE_MS }: { packetEveryMs?: number; settleMs?: number } = {},
): Promise<number> {
  for (let sent = 0; sent < SETTLE_PACKETS; sent++) {
    peer.publish('.'.repeat(PAYLOAD_BYTES))
    await Bun.sleep(packetEveryMs)
  }
  await untilIdle(peer)
  await Bun.sleep(settleMs)
  return peerResidentBytes(peer)
}

/** On a busy machine a server may still have work when the last packet was published. */
async function untilIdle(peer: Peer): Promise<void> {
  const deadlineMs = performance.now() + LATE_MS
  for (let beforeMs = -1; performance.now() < deadlineMs && peerCpuMs(peer) !== beforeMs; ) {
    beforeMs = peerCpuMs(peer)
    await Bun.sleep(IDLE_MS)
  }
}

export async function deliver(
  peer: Peer,
  { rateS, measureMs }: Pick<Crowd, 'rateS' | 'measureMs'>,
  arrivals: Arrivals,
): Promise<Pick<Required<Run>, 'cpuUs' | 'lastP50Ms' | 'lastP99Ms'>> {
  for (let sent = 0; sent * arrivals.viewers < WARM_DELIVERIES; sent++) {
    peer.publish('.'.repeat(PAYLOAD_BYTES))
    await Bun.sleep(1000 / rateS)
  }
  await untilIdle(peer)
  const cpuBeforeMs = peerCpuMs(peer)
  const packets = Math.round((measureMs / 1000) * rateS)
  for (let sent = 0; sent < packets; sent++) {
    arrivals.published()
    peer.publish(payloadOf(sent))
    await Bun.sleep(1000 / rateS)
  }
  await arrivals.all(LATE_MS)
  const { heard, due } = arrivals
  if (heard !== due) throw new Error(`${heard} of ${due} deliveries arrived`)
  const cpuUs = (1000 * (peerCpuMs(peer) - cpuBeforeMs)) / due
  return { cpuUs, lastP50Ms: arrivals.lastMs(0.5), lastP99Ms: arrivals.lastMs(0.99) }
}

/**
 * Cuts everybody off at the same moment; all reconnect at once, or spread over `jitterMs`. Resolves to how many milliseconds it
 * took until all had the last value, and to the new connections.
 */
export async function storm(
  peer: Peer,
  { port, transport, viewers }: Pick<Crowd, 'port' | 'transport' | 'viewers'>,
  { cut, jitterMs = 0 }: { cut: () => void; jitterMs?: number },
): Promise<{ backMs: number; fleet: Fleet }> {
  peer.publish(payloadOf(0), true)
  // Still being delivered to connections that are to be cut before anybody reconnects.
  await Bun.sleep(SETTLE_MS)
  const arrivals = new Arrivals(viewers)
  cut()
  arrivals.published()
  const fleet = await openFleet(port, transport, viewers, {
    onPacket: arrivals.hear,
    atOnce: viewers,
    jitterMs,
  })
  await arrivals.all(BACK_MS)
  if (arrivals.heard !== viewers)
    throw new Error(`${arrivals.heard} of ${viewers} were back with the last value after ${BACK_MS / 1000} s`)
  return { backMs: arrivals.lastMs(1), fleet }
}
