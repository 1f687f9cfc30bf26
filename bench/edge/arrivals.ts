import { Histogram } from '../../load/histogram.ts'

/** Packets at viewers, who number what they hear: one that was skipped is missing at the end. */
export class Arrivals {
  readonly #viewers: number
  readonly #publishedMs: number[] = []
  readonly #heardBy: number[] = []
  readonly #last = new Histogram()
  /** Deliveries of all packets so far. */
  heard = 0

  constructor(viewers: number) {
    this.#viewers = viewers
  }

  /** The next packet is on its way. */
  published(): void {
    this.#publishedMs.push(performance.now())
  }

  /** For `FleetOptions.onPacket`. */
  readonly hear = (nth: number): void => {
    this.heard++
    const heardBy = (this.#heardBy[nth] ?? 0) + 1
    this.#heardBy[nth] = heardBy
    if (heardBy === this.#viewers) this.#last.add(performance.now() - this.#publishedMs[nth]!)
  }

  get due(): number {
    return this.#publishedMs.length * this.#viewers
  }

  /** From a packet's publishing until the last viewer has it, in milliseconds. */
  lastMs(share: number): number {
    return this.#last.percentile(share)
  }

  /** Settles when all that is due has come, or after so long. */
  async all(withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs
    while (this.heard < this.due && performance.now() < deadlineMs) await Bun.sleep(2)
  }
}
