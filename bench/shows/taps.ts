import type { Target } from '../../load/target.ts'
import { Senders } from '../senders.ts'

const CONNECTIONS = 16
const TURN_MS = 10
/** Taps of one request, and its body. */
export const BURST = 20
const BODY = JSON.stringify({ stickers: { heart: BURST } })

/** Sends bursts at a steady rate, to the shows in turn, and records what each accepted. */
export class Taps {
  readonly accepted = new Map<string, number>()
  readonly #senders: Senders

  constructor(target: Target) {
    this.#senders = new Senders(target, { connections: CONNECTIONS })
  }

  /** Bursts that were not accepted. */
  get refused(): number {
    return this.#senders.refused.values().reduce((sum, count) => sum + count, 0)
  }

  /** Resolves when everything due in this time is answered. */
  async send(shows: readonly string[], { perSecond, seconds }: { perSecond: number; seconds: number }) {
    const from = performance.now()
    const all = Math.round((perSecond * seconds) / BURST)
    for (let sent = 0; sent < all; ) {
      const elapsedS = (performance.now() - from) / 1000
      for (const due = Math.min(all, (elapsedS * perSecond) / BURST); sent < due; sent++)
        this.#burst(shows[sent % shows.length]!)
      await Bun.sleep(TURN_MS)
    }
    await this.#senders.idle()
  }

  close(): void {
    this.#senders.close()
  }

  #burst(show: string): void {
    this.#senders.post(`/v1/shows/${show}/reactions`, BODY, {
      answered: (status) => {
        if (status === 202) this.accepted.set(show, (this.accepted.get(show) ?? 0) + BURST)
      },
    })
  }
}
