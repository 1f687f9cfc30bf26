import type { Clock } from '../../adapters/clock/clock.ts'
import type { RateLimit } from '../../engine/rate-limit.ts'
import { RoarError } from '../../protocol/errors.ts'
import { isLoopback, peerAddress } from '../http/address.ts'
import type { HttpServer } from '../http/routes.ts'

/** Lets requests through at the rate that one viewer, and one address, may have. */
export function createGate({
  viewers,
  addresses,
  settings: { addressPerSecond, loopbackUnlimited, trustProxy },
  clock,
}: {
  viewers: RateLimit
  addresses: RateLimit
  settings: { addressPerSecond: number; loopbackUnlimited: boolean; trustProxy: boolean }
  clock: Clock
}) {
  return {
    /** @throws RoarError too_many_requests */
    address(request: Request, server: HttpServer): void {
      if (addressPerSecond === 0) return
      const address = peerAddress(request, server, trustProxy)
      if (loopbackUnlimited && isLoopback(address)) return
      refuse(addresses.take(address, clock.now()), 'this address')
    },
    /** @throws RoarError too_many_requests */
    viewer(viewer: string): void {
      refuse(viewers.take(viewer, clock.now()), 'this viewer')
    },
  }
}

function refuse(waitMs: number, who: string): void {
  if (waitMs === 0) return
  throw new RoarError('too_many_requests', `${who} sends too often`, { retryAfterS: waitMs / 1000 })
}
