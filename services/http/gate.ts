import type { Clock } from '../../adapters/clock/clock.ts'
import type { RateLimit } from '../../engine/rate-limit.ts'
import { RoarError } from '../../protocol/errors.ts'
import { peerAddress } from './address.ts'
import type { TrustProxy } from './forwarded.ts'
import { isLoopback, networkOfV6 } from './ip.ts'
import type { HttpServer, Sender } from './routes.ts'

export type Gate = ReturnType<typeof createGate>

/** From this limit on it is enough to check a sample of the requests. */
const SAMPLED_FROM_PER_SECOND = 200
/** Then one request in so many is checked, and charged for all of them: getting an address costs more than a tap. */
const SAMPLED_ONE_IN = 8

/**
 * Admits requests at the rates of one viewer and of one address.
 * @param options.random Uniform in [0, 1).
 */
export function createGate({
  viewers,
  addresses,
  settings: { addressPerSecond, loopbackUnlimited, trustProxy },
  clock,
  random = Math.random,
}: {
  viewers: RateLimit
  addresses: RateLimit
  settings: { addressPerSecond: number; loopbackUnlimited: boolean; trustProxy: TrustProxy }
  clock: Clock
  random?: () => number
}) {
  const oneIn = addressPerSecond >= SAMPLED_FROM_PER_SECOND ? SAMPLED_ONE_IN : 1
  const looks = (): boolean => addressPerSecond > 0 && (oneIn === 1 || random() * oneIn < 1)
  const limit = addressLimit({ addresses, loopbackUnlimited, clock, tokens: oneIn })
  return {
    /** @throws RoarError too_many_requests */
    address(request: Request, server: HttpServer): void {
      if (looks()) limit(peerAddress(request, server, trustProxy))
    },
    /** @throws RoarError too_many_requests */
    addressOf(request: Sender): void {
      if (looks()) limit(request.address(trustProxy))
    },
    /** @throws RoarError too_many_requests */
    viewer(viewer: string): void {
      refuse(viewers.take(viewer, clock.now()), 'viewer', viewers)
    },
  }
}

/** Refuses an address that exceeds its rate. @throws RoarError too_many_requests */
export const addressLimit =
  ({
    addresses,
    loopbackUnlimited,
    clock,
    tokens = 1,
  }: {
    addresses: RateLimit
    loopbackUnlimited: boolean
    clock: Clock
    tokens?: number
  }) =>
  (address: string): void => {
    if (loopbackUnlimited && isLoopback(address)) return
    // The owner of one IPv6 address has 2^64 of them.
    refuse(addresses.take(networkOfV6(address, 4), clock.now(), tokens), 'address', addresses)
  }

/** @throws RoarError too_many_requests unless the wait is 0 */
export function refuse(waitMs: number, name: string, { quota, windowS }: RateLimit): void {
  if (waitMs === 0) return
  throw new RoarError('too_many_requests', `too many requests from this ${name}`, {
    retryAfterS: waitMs / 1000,
    limit: { name, quota, windowS },
  })
}
