import { Histogram } from '../../load/histogram.ts'

/** Packets received by viewers, who count them: a skipped one is missing at the end. */
export class Arrivals {
  readonly viewers: number
  readonly #publishedMs: number[] = []
  readonly #heardBy: number[] = []
  readonly #last = new Histogram()
  /** Deliveries of all packets so far. */
  heard = 0

  constructor(viewers: number) {
    this.viewers = viewers
  }

  /** Marks the next packet as published. */
  published(): void {
    this.#publishedMs.push(performance.now())
  }

  /** For `FleetOptions.onPacket`. */
  readonly hear = (nth: number): void => {
    this.heard++
    const heardBy = (this.#heardBy[nth] ?? 0) + 1
    this.#heardBy[nth] = heardBy
    if (heardBy === this.viewers) this.#last.add(performance.now() - this.#publishedMs[nth]!)
  }

  get due(): number {
    return this.#publishedMs.length * this.viewers
  }

  /** From publishing a packet until the last viewer has it, in milliseconds. */
  lastMs(share: number): number {
    return this.#last.percentile(share)
  }

  /** Settles when everything due has arrived, or after this time. */
  async all(withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs
    while (this.heard < this.due && performance.now() < deadlineMs) await Bun.sleep(2)
  }
}
