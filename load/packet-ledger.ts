import type { Probes } from './probes.ts'
import type { Arrivals, SeenPacket } from './viewer-fleet.ts'

interface Entry {
  packet: SeenPacket
  /** When the probes counted in it were due. */
  dueMs: number[]
}

/** Two consecutive packets between which `total` did not grow by the second one's `n`. */
export interface Break {
  /** `at` of the second. */
  at: number
  /** How much more `total` grew than the packet's `n`; negative: it fell. */
  by: number
  /** No viewer was listening in between, so packets may have been missed. */
  unseen: boolean
}

export interface LedgerSums {
  /** Growth of `total` since the base. */
  byTotal: number
  /** Sum of `n` over all packets since the base. */
  byN: number
  packets: number
  breaks: Break[]
  /** Counts by sticker, if no packet had to truncate its list. */
  bySticker: Map<string, number> | undefined
  /** At least one packet was an estimate. */
  sampled: boolean
}

/** All distinct packets that any viewer of any process saw, and the times of the probes counted in them. */
export class PacketLedger {
  readonly #entries = new Map<number, Entry>()
  readonly #probes: Probes
  readonly #probeSticker: string | undefined
  readonly #onTime: (ms: number, times: number) => void
  #newest: SeenPacket | undefined
  #baseAt = Number.NEGATIVE_INFINITY
  #baseTotal = 0

  constructor(options: {
    probes: Probes
    probeSticker: string | undefined
    /** Called with a tap-to-packet time in milliseconds and the number of viewers that had it. */
    onTime: (ms: number, times: number) => void
  }) {
    this.#probes = options.probes
    this.#probeSticker = options.probeSticker
    this.#onTime = options.onTime
  }

  get newest(): SeenPacket | undefined {
    return this.#newest
  }

  /** Growth of the total so far. */
  get counted(): number {
    return (this.#newest?.total ?? this.#baseTotal) - this.#baseTotal
  }

  /** Packets count from here on; the newest one so far is the base. `total`: the base if no packet was seen. */
  begin(total = 0): void {
    this.#baseAt = this.#newest?.at ?? Number.NEGATIVE_INFINITY
    this.#baseTotal = this.#newest?.total ?? total
  }

  add(packets: SeenPacket[], arrivals: Arrivals[]): void {
    for (const packet of packets) this.#see(packet)
    for (const { at, firstMs, offsets } of arrivals) {
      for (const dueMs of this.#entries.get(at)?.dueMs ?? []) {
        for (let pair = 0; pair < offsets.length; pair += 2) {
          this.#onTime(firstMs + offsets[pair]! - dueMs, offsets[pair + 1]!)
        }
      }
    }
  }

  #see(packet: SeenPacket): void {
    const known = this.#entries.get(packet.at)
    if (known !== undefined) {
      // Packets before it were unseen only if no process saw them.
      known.packet.afterSilence &&= packet.afterSilence
      return
    }
    const probed = packet.top.find(([sticker]) => sticker === this.#probeSticker)?.[1] ?? 0
    const counts = packet.at > this.#baseAt
    const dueMs = counts ? this.#probes.packet(probed, packet.firstMs) : []
    this.#entries.set(packet.at, { packet, dueMs })
    if (this.#newest === undefined || packet.at > this.#newest.at) this.#newest = packet
  }

  sums(): LedgerSums {
    const packets = [...this.#entries.values()]
      .map(({ packet }) => packet)
      .filter(({ at }) => at > this.#baseAt)
      .toSorted((a, b) => a.at - b.at)
    const breaks: Break[] = []
    const bySticker = new Map<string, number>()
    let total = this.#baseTotal
    let whole = true
    for (const packet of packets) {
      const by = packet.total - total - packet.n
      if (by !== 0) breaks.push({ at: packet.at, by, unseen: packet.afterSilence })
      total = packet.total
      let listed = 0
      for (const [sticker, count] of packet.top) {
        listed += count
        bySticker.set(sticker, (bySticker.get(sticker) ?? 0) + count)
      }
      whole &&= listed === packet.n
    }
    return {
      byTotal: total - this.#baseTotal,
      byN: packets.reduce((sum, { n }) => sum + n, 0),
      packets: packets.length,
      breaks,
      bySticker: whole ? bySticker : undefined,
      sampled: packets.some(({ sample }) => sample !== undefined),
    }
  }
}
