import { Arrivals } from './arrivals.ts'
import { type Fleet, openFleet, PAYLOAD_BYTES, payloadOf, type TransportName } from './fleet.ts'
import { type Peer, peerCpuMs, peerResidentBytes } from './peer.ts'

export interface Crowd {
  port: number
  transport: TransportName
  viewers: number
  rateS: number
  measureMs: number
  /** Whether all are cut off at the end and come back: to a server that keeps the last value for them. */
  reconnects: boolean
}

/** What one run of one server was; a figure is absent where there is nothing to be measured. */
export type Run = Partial<Record<Figure, number>>

/** What is measured, in the order of the work. */
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

/** Packets before memory is looked at, and a while without: what was left of the connecting is given back by then. */
const SETTLE_PACKETS = 10
const SETTLE_MS = 2_000
/** A server that did nothing for so long has nothing to do. */
const IDLE_MS = 500
/** Later deliveries are lost. */
const LATE_MS = 15_000
/** A crowd that is not back by then does not come back. */
const BACK_MS = 60_000

/**
 * Viewers come, hear packets, and lose all their connections at once. @throws where what was measured says nothing: with the
 * sentence that says why
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
    // Says so where a connection has ended.
    for (const fleet of [first, others]) fleet.bytes()
    if (!crowd.reconnects) return { ...connecting, ...delivering }
    const { backMs, fleet } = await storm(peer, crowd, { cut: close })
    fleet.close()
    return { ...connecting, ...delivering, reconnectMs: backMs }
  } finally {
    close()
  }
}

/** Publishes what nobody counts, and waits. */
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

/** On a busy machine a server has work left when the last packet was published. */
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
 * Everybody is cut off at the same moment, and comes back: at the same moment, or spread over `jitterMs`. Resolves to after how
 * many milliseconds all had the last value, and to those who are back.
 */
export async function storm(
  peer: Peer,
  { port, transport, viewers }: Pick<Crowd, 'port' | 'transport' | 'viewers'>,
  { cut, jitterMs = 0 }: { cut: () => void; jitterMs?: number },
): Promise<{ backMs: number; fleet: Fleet }> {
  peer.publish(payloadOf(0), true)
  // On its way to those who are there, who are to be gone before anybody is back.
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
