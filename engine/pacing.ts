import { SAMPLE_MIN } from '../protocol/limits.ts'

/** What clients are asked to do: send every `flushMs`, and only this share of their bursts. */
export interface Pace {
  flushMs: number
  sample: number
}

/** How long a client may still use an older pace. */
export const PACE_GRACE_MS = 60_000

/**
 * Sets the pace from the load. First it makes flushes less frequent, which only costs time; once `flushMsMax` is reached, clients
 * sample, and counts become estimates. It recovers in the reverse order, more slowly.
 */
export class Pacing {
  readonly #flushMsMin: number
  readonly #flushMsMax: number
  readonly #requestsPerSecondMax: number
  #pace: Pace
  #samples: { sample: number; untilMs: number }[] = []

  /**
   * @param options.flushMs The pace without load. @param options.flushMsMax The slowest flush before sampling.
   * @param options.requestsPerSecondMax The load that one process should handle; 0: never adapt.
   */
  constructor(options: { flushMs: number; flushMsMax: number; requestsPerSecondMax: number }) {
    this.#flushMsMin = options.flushMs
    this.#flushMsMax = Math.max(options.flushMs, options.flushMsMax)
    this.#requestsPerSecondMax = options.requestsPerSecondMax
    this.#pace = { flushMs: options.flushMs, sample: 1 }
  }

  get pace(): Pace {
    return this.#pace
  }

  /** The smallest sample asked for lately: a smaller one is refused. */
  sampleMin(now: number): number {
    let min = this.#pace.sample
    for (const { sample, untilMs } of this.#samples) if (untilMs > now) min = Math.min(min, sample)
    return min
  }

  /** Takes the load of about the last second and returns the new pace. */
  step(requestsPerSecond: number, now: number): Pace {
    if (this.#requestsPerSecondMax === 0) return this.#pace
    const before = this.#pace
    const load = requestsPerSecond / this.#requestsPerSecondMax
    if (load > 0.9) this.#pace = this.#slower(before)
    else if (load < 0.4) this.#pace = this.#faster(before)
    if (this.#pace.sample !== before.sample) this.#remember(before.sample, now)
    return this.#pace
  }

  #slower({ flushMs, sample }: Pace): Pace {
    if (flushMs < this.#flushMsMax) return { flushMs: Math.min(this.#flushMsMax, flushMs * 2), sample }
    return { flushMs, sample: Math.max(SAMPLE_MIN, sample / 2) }
  }

  #faster({ flushMs, sample }: Pace): Pace {
    if (sample < 1) return { flushMs, sample: Math.min(1, sample * 2) }
    return { flushMs: Math.max(this.#flushMsMin, Math.round(flushMs * 0.8)), sample }
  }

  #remember(sample: number, now: number): void {
    this.#samples = this.#samples.filter(({ untilMs }) => untilMs > now)
    this.#samples.push({ sample, untilMs: now + PACE_GRACE_MS })
  }
}
