import type { Probes } from './probes.ts'
import type { Arrivals, SeenPacket } from './viewer-fleet.ts'

interface Entry {
  packet: SeenPacket
  /** When the probes that it counts were due. */
  dueMs: number[]
}

/** Two packets after one another where the total does not grow by what the second says. */
export interface Break {
  /** `at` of the second. */
  at: number
  /** How much more the total grew than the packet says; negative: it fell back. */
  by: number
  /** Nobody was listening in between, so packets may have gone by unseen. */
  unseen: boolean
}

export interface LedgerSums {
  /** Growth of `total` since the base. */
  byTotal: number
  /** Sum of `n` over all packets since the base. */
  byN: number
  packets: number
  breaks: Break[]
  /** Counts by sticker, where no packet had to cut its list. */
  bySticker: Map<string, number> | undefined
  /** Some packet was an estimate. */
  sampled: boolean
}

/** All distinct packets that any viewer saw, whatever process it lives in, and the times of the probes they count. */
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
    /** Hears tap-to-packet times in milliseconds, and of how many viewers. */
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

  /** From here on packets count: the newest one so far is the base. `total` is what to take where none has been seen. */
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
      // It is unseen what came before only when no process saw it.
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
