import type { Clock } from '../../adapters/clock/clock.ts'
import { SlowDown } from '../../engine/slow-down.ts'
import { RoarError } from '../../protocol/errors.ts'
import { isLoopback, networkOf, networkOfV6 } from '../http/ip.ts'

/** The longest wait for a token, in milliseconds: no longer than a person needs to read the choices. */
const DELAY_MS_MAX = 3_000
/** The limit of a whole network, in subscribers. */
const SUBSCRIBERS = 10
/** Waiting requests in total; one more is refused, and may retry. */
const WAITING_MAX = 10_000

/**
 * Issues guests' tokens no faster than a network's limit. Behind one address there may be a farm or a carrier's million
 * customers, so nobody is refused because of their network: they wait up to 3 seconds. A crowd waits in parallel, a script one by
 * one.
 */
export class Minting {
  readonly #clock: Clock
  readonly #loopbackUnlimited: boolean
  readonly #subscribers: SlowDown
  readonly #networks: SlowDown
  #waiting = 0

  /** @param options.perSecond Tokens a second of one subscriber: an IPv4 address, or an IPv6 /64; its network, a /24 or /48, has ten times as many. 0: no limit. */
  constructor({
    clock,
    perSecond,
    burst,
    loopbackUnlimited,
  }: { clock: Clock; perSecond: number; burst: number; loopbackUnlimited: boolean }) {
    this.#clock = clock
    this.#loopbackUnlimited = loopbackUnlimited
    this.#subscribers = new SlowDown({ perSecond, burst, delayMsMax: DELAY_MS_MAX })
    this.#networks = new SlowDown({
      perSecond: SUBSCRIBERS * perSecond,
      burst: SUBSCRIBERS * burst,
      delayMsMax: DELAY_MS_MAX,
    })
  }

  /** Resolves at this address's turn. @throws RoarError too_many_requests while 10,000 wait */
  async turnOf(address: string): Promise<void> {
    if (this.#loopbackUnlimited && isLoopback(address)) return
    const now = this.#clock.now()
    const waitMs = Math.max(
      this.#subscribers.delayMs(networkOfV6(address, 4), now),
      this.#networks.delayMs(networkOf(address), now),
    )
    if (waitMs === 0) return
    if (this.#waiting >= WAITING_MAX) {
      throw new RoarError('too_many_requests', 'too many requests for a token are waiting', {
        retryAfterS: waitMs / 1000,
      })
    }
    this.#waiting++
    await new Promise<void>((resolve) => this.#clock.after(waitMs, resolve))
    this.#waiting--
  }
}
