import { ERRORS } from '../protocol/errors.ts'
import type { Outcome } from './burst-sender.ts'
import type { PlannedBurst } from './schedule.ts'

/** Outcomes of the taps sent. */
export class Tally {
  /** All taps that came due, whatever their outcome. */
  sent = 0
  accepted = 0
  unanswered = 0
  unsent = 0
  readonly refused = new Map<string, number>()
  readonly acceptedBySticker = new Map<string, number>()
  readonly unansweredBySticker = new Map<string, number>()
  /** Requests by reason: why taps had no answer, and why they were not sent. */
  readonly faults = { unanswered: new Map<string, number>(), unsent: new Map<string, number>() }

  get refusedTaps(): number {
    return [...this.refused.values()].reduce((sum, taps) => sum + taps, 0)
  }

  due({ taps }: PlannedBurst): void {
    this.sent += taps
  }

  /** Returns whether the burst was accepted. */
  settle(burst: PlannedBurst, outcome: Outcome): boolean {
    const { taps } = burst
    if (outcome.kind === 'answered') {
      const { status, body } = outcome.answer
      if (status === 202) {
        this.accepted += taps
        addAll(this.acceptedBySticker, burst)
        return true
      }
      add(this.refused, codeOf(status, body), taps)
    } else {
      add(this.faults[outcome.kind], outcome.fault, 1)
      if (outcome.kind === 'unsent') this.unsent += taps
      else {
        this.unanswered += taps
        addAll(this.unansweredBySticker, burst)
      }
    }
    return false
  }
}

/** An error code of the product's table, or the bare status, so that the map stays as small as the table. */
export function codeOf(status: number, body: string): string {
  try {
    const { code } = JSON.parse(body) as { code?: string }
    if (code !== undefined && code in ERRORS) return code
  } catch {
    // No problem document, perhaps a proxy's answer: use the status.
  }
  return `status ${status}`
}

function add(map: Map<string, number>, key: string, amount: number): void {
  map.set(key, (map.get(key) ?? 0) + amount)
}

function addAll(map: Map<string, number>, { stickers }: PlannedBurst): void {
  for (const [sticker, count] of Object.entries(stickers)) add(map, sticker, count)
}
