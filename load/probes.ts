/**
 * How a tap is timed although packets hold only counts.
 *
 * One sticker of the pack is kept for probes. A probe is a burst of 1, 2, 4 … or 64 taps of it, each weight a slot of
 * its own, and at most one probe of a slot is under way. So the count of this sticker in a packet, written in binary,
 * names exactly the probes that the packet counts: no assumption about order, one ingest or many, windows of 250 ms
 * or of 2 s. Probes are spread over the run independently of the load, one in each equal slice of time at a random
 * place in it, and go the same way as every other burst, so their times are a sample of the times of all taps.
 *
 * The time of a probe runs from the moment the schedule has it, however late it could be sent, to the arrival of the
 * packet at a viewer, once for every viewer. Arrivals are rounded up to the next millisecond, and the tool's own
 * work counts as the server's, so the figures are never too good; the tool prints how late its own clock was.
 *
 * What is left of error: a millisecond up by the rounding, and up to one more between processes, whose clocks are set
 * separately; and that of any sample. With 420 probes in a minute the p99 is, 19 times of 20, a true percentile between
 * the 97.6th and the 99.6th. A probe that falls off a packet's list of stickers is reported as never seen.
 *
 * When its slot is still taken a probe is sent as an ordinary burst, and it is timed as if counted together with the
 * one ahead of it: in a long outage that is the truth to within one packet, and without it an outage would be
 * timed by seven taps only. A probe that is missing after 30 s and 20 further packets is lost: it is reported,
 * and neither it nor the ones behind it are timed.
 */

/** 1 to 64 taps: BURST_COUNT_MAX allows no further power of two. */
export const PROBE_SLOTS = 7
const LOST_AFTER_MS = 30_000
const LOST_AFTER_PACKETS = 20
/** Probes queued behind one occupied slot; more are not timed. Bounds the memory of an endless outage. */
const RIDERS_MAX = 10_000

/** Taps of a probe of this slot. */
export const probeTaps = (slot: number): number => 2 ** slot

/** All slots are used once a second, or once in three windows where these are longer; probes are at most a tenth of all taps. */
export function probesPerSecond({ rate, windowMs }: { rate: number; windowMs: number }): number {
  const roundMs = Math.max(1000, 3 * windowMs)
  const tapsOfRound = 2 ** PROBE_SLOTS - 1
  return Math.min((1000 * PROBE_SLOTS) / roundMs, (0.1 * rate * PROBE_SLOTS) / tapsOfRound)
}

interface Slot {
  /** When the probe was due, followed by the due times of those riding with it. */
  atMs: number[]
  packetsBefore: number
}

export class Probes {
  readonly #slots: (Slot | undefined)[] = Array.from({ length: PROBE_SLOTS })
  #packets = 0
  /** Before the first probe, packets belong to another time, such as the retained one that a viewer receives first. */
  #begun = false
  #lost = 0
  #strangers = 0
  #seen = 0

  /** Probes timed, including those that rode with another. */
  get seen(): number {
    return this.#seen
  }

  /** Probes sent and never seen in a packet. */
  get lost(): number {
    return this.#lost
  }

  /** Marks in packets that match no outstanding probe: somebody else taps the probe sticker, or a probe was counted twice. */
  get strangers(): number {
    return this.#strangers
  }

  /** Probes outstanding. */
  get open(): number {
    return this.#slots.filter((slot) => slot !== undefined).length
  }

  /** Reserves the slot for a due probe. `false`: it is occupied; send an ordinary burst of as many taps. */
  take(slot: number, atMs: number): boolean {
    this.#begun = true
    const taken = this.#slots[slot]
    if (taken === undefined) {
      this.#slots[slot] = { atMs: [atMs], packetsBefore: this.#packets }
      return true
    }
    if (taken.atMs.length < RIDERS_MAX) taken.atMs.push(atMs)
    return false
  }

  /** The probe was refused or could not be sent, so it will not be counted. */
  withdraw(slot: number): void {
    this.#slots[slot] = undefined
  }

  /** Takes each distinct packet in order; returns the due times of the probes counted in it. */
  packet(count: number, nowMs: number): number[] {
    if (!this.#begun) return []
    this.#packets++
    const dueMs: number[] = []
    for (let slot = 0; slot < PROBE_SLOTS; slot++) {
      if (Math.floor(count / probeTaps(slot)) % 2 === 0) continue
      const taken = this.#slots[slot]
      if (taken === undefined) this.#strangers++
      // If the packet arrived before a riding probe was due, it cannot have counted that probe.
      else dueMs.push(...taken.atMs.filter((atMs) => atMs < nowMs))
      this.#slots[slot] = undefined
    }
    if (count >= 2 ** PROBE_SLOTS) this.#strangers++
    this.#seen += dueMs.length
    this.#giveUp(nowMs)
    return dueMs
  }

  #giveUp(nowMs: number): void {
    for (const [index, slot] of this.#slots.entries()) {
      if (slot === undefined) continue
      const overdue = nowMs - slot.atMs[0]! > LOST_AFTER_MS
      if (!overdue || this.#packets - slot.packetsBefore < LOST_AFTER_PACKETS) continue
      this.#slots[index] = undefined
      this.#lost++
    }
  }
}

/** The sticker reserved for probes: the last of the pack. `undefined` if the pack has fewer than two. */
export function probeSticker(stickers: readonly string[]): string | undefined {
  return stickers.length > 1 ? stickers.at(-1) : undefined
}
