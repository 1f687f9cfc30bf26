import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import type { MoodPacket } from '../../sdk/src/index.ts'
import type { Moments, Step } from './moments.ts'

/** The history includes what was counted this long ago, even from a cache. */
const SETTLED_MS = 3000
/** Requests of a crowd that joins at once are spread over this. */
const SPREAD_MS = 5000
/**
 * Before the next request, when one failed or came too early. Always longer than `SETTLED_MS`; grows, because a viewer who polls
 * misses packets all the time.
 */
const AGAIN: Backoff = { firstMs: 8000, maxMs: 30_000 }

export interface BackfillOptions {
  moments: Moments
  /** Requests the history up to `before`. Resolves to undefined if it is not needed for now. */
  ask(before: number): Promise<readonly Step[] | undefined>
  /** Steps have changed by an answer. */
  onSteps(): void
  /** Its monotonic clock, chance and timers. */
  device: { now(): number; random(): number; after(ms: number, then: () => void): unknown }
}

/** Completes the moments from the server's history: at the start, and each time packets were missed. One request at a time. */
export class Backfill {
  readonly #options: BackfillOptions
  /** When the newest packet came that only the history counts for good. */
  #neededAt = 0
  /** Requests since the last one that had everything. */
  #tries = 0
  #isWaiting = false

  constructor(options: BackfillOptions) {
    this.#options = options
  }

  add(packet: MoodPacket): void {
    const { moments, device } = this.#options
    if (moments.add(packet)) return
    this.#neededAt = device.now()
    if (!this.#isWaiting)
      this.#askIn(moments.packetsFrom - packet.at + SETTLED_MS + device.random() * SPREAD_MS)
  }

  #askIn(ms: number): void {
    this.#isWaiting = true
    this.#options.device.after(ms, () => void this.#ask())
  }

  async #ask(): Promise<void> {
    const { moments, ask, onSteps, device } = this.#options
    const askedAt = device.now()
    const before = moments.packetsFrom
    // A failure is like an answer without anything.
    const steps = await ask(before).catch(() => undefined)
    if (steps !== undefined) {
      moments.load(steps, before)
      onSteps()
    }
    this.#tries++
    if (steps === undefined || askedAt - this.#neededAt < SETTLED_MS)
      return this.#askIn(backoffMs(this.#tries, AGAIN, device.random))
    this.#tries = 0
    this.#isWaiting = false
  }
}
