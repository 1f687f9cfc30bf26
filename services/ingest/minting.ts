import type { Clock } from '../../adapters/clock/clock.ts'
import { SlowDown } from '../../engine/slow-down.ts'
import { RoarError } from '../../protocol/errors.ts'
import { isLoopback, networkOf, networkOfV6 } from '../http/ip.ts'

/** The longest that anybody waits for a token, in milliseconds: while a person reads the choices. */
const DELAY_MS_MAX = 3_000
/** Of a whole network, as many subscribers' worth. */
const SUBSCRIBERS = 10
/** Requests that wait, of all; one more is refused, and may come again. */
const WAITING_MAX = 10_000

/**
 * Gives guests' tokens out no faster than a network may have them. Behind one address there may be a farm or a carrier's
 * million customers, so nobody is refused for their network: they wait, up to 3 seconds. A crowd waits side by side, and a
 * script one by one.
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

  /** Resolves when it is this address's turn. @throws RoarError too_many_requests while 10,000 wait */
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
