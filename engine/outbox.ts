import type { Slice } from '../protocol/slice.ts'
import { mergeSlices } from './merge-slices.ts'
import type { SliceBody } from './slice-builder.ts'

/**
 * Slices on their way to the log.
 *
 * ```
 * push ─▶ waiting (of each show at most waitingMax; more are merged) ─▶ in hand ─▶ settle
 *                                                                        └─ the log did not confirm: the same again
 * ```
 * What is in hand may already be in the log, so it is sent again unchanged, under the same sequence, until it is settled:
 * so a repeat is recognised. What waits was never sent and may be merged: an outage costs resolution, but no reaction.
 */
export class Outbox {
  readonly #producer: string
  readonly #waitingMax: number
  readonly #waiting = new Map<string, SliceBody[]>()
  #inHand: Slice[] = []
  #sequence = 0

  /**
   * @param options.producer Names this run of the process; no other uses it. @param options.waitingMax Slices of a show that wait
   * unmerged.
   */
  constructor({ producer, waitingMax }: { producer: string; waitingMax: number }) {
    this.#producer = producer
    this.#waitingMax = waitingMax
  }

  /** Reactions that the log has not confirmed yet. */
  get reactions(): number {
    let sum = 0
    for (const slice of this.#inHand) for (const count of slice.count) sum += count
    for (const bodies of this.#waiting.values())
      for (const { count } of bodies) for (const n of count) sum += n
    return sum
  }

  push(show: string, body: SliceBody): void {
    const bodies = this.#waiting.get(show) ?? []
    bodies.push(body)
    if (bodies.length > this.#waitingMax) bodies.splice(0, 2, mergeSlices(bodies[0]!, bodies[1]!))
    this.#waiting.set(show, bodies)
  }

  /** The slices to send now: those in hand, else all that wait. May be empty. */
  take(): Slice[] {
    if (this.#inHand.length > 0) return this.#inHand
    for (const [show, bodies] of this.#waiting) {
      for (const body of bodies) {
        this.#sequence++
        this.#inHand.push({ show, producer: this.#producer, sequence: this.#sequence, ...body })
      }
    }
    this.#waiting.clear()
    return this.#inHand
  }

  /** The log has confirmed what `take` returned. */
  settle(): void {
    this.#inHand = []
  }
}
