import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import { RecentMap } from '../recent-map.ts'

/** Failed attempts before answers are delayed: people mistype. */
const FREE = 5
/** No delay exceeds `maxMs`: whoever knows the password gets in, however many strangers try. */
const DELAYS: Backoff = { firstMs: 250, maxMs: 4_000, jitter: 0 }
/** Failures are forgotten this long after the last one. */
const REMEMBERED_MS = 15 * 60_000

/** Accounts that are remembered. Beyond it the oldest are forgotten, which only slows guessing down less. */
const ACCOUNTS_MAX = 10_000

/**
 * Slows down guessing at one account. Nobody is ever locked out: a lock would be a way for strangers to keep the owner out.
 * Pure: the caller supplies the time and waits.
 */
export class Attempts {
  readonly #known = new RecentMap<string, { failures: number; at: number }>(ACCOUNTS_MAX)

  /** How long to delay the answer for this account, in milliseconds. */
  delayMs(account: string, now: number): number {
    const beyond = this.#failures(account, now) - FREE
    return beyond < 0 ? 0 : backoffMs(beyond + 1, DELAYS, () => 0)
  }

  failed(account: string, now: number): void {
    this.#known.set(account, { failures: this.#failures(account, now) + 1, at: now })
  }

  succeeded(account: string, now: number): void {
    if (this.#failures(account, now) > 0) this.#known.set(account, { failures: 0, at: now })
  }

  #failures(account: string, now: number): number {
    const known = this.#known.get(account)
    return known === undefined || now - known.at > REMEMBERED_MS ? 0 : known.failures
  }
}
