import { RoarError } from '../../protocol/errors.ts'
import { peerAddress } from '../http/address.ts'
import type { TrustProxy } from '../http/forwarded.ts'
import type { HttpServer } from '../http/routes.ts'
import { targetOf } from '../http/target.ts'
import type { EdgeContext, TokenClaims } from './context.ts'
import { refusalAtDoor } from './door.ts'
import { type Refusal, refusalOf, STANDBY } from './goodbye.ts'
import { mayStill, type Origins, spend } from './origins.ts'

/** Whom a request comes from. */
export interface Visitor {
  /** As far as it can be trusted. */
  address: string
  token: string | undefined
}

export interface HttpDoor {
  visitor(request: Request, server: HttpServer): Visitor
  /** Admits a request for a stream. @throws RoarError draining, overloaded, too_many_requests, standby */
  admit(visitor: Visitor): Origins
  /**
   * The claims of the request's token. Empty if none is required and none is given.
   * @throws RoarError unauthorized, forbidden with a token for another show, keys_unavailable, too_many_requests
   */
  claimsOf(visitor: Visitor, show: string): Promise<TokenClaims>
}

const CODES = {
  draining: 'draining',
  overloaded: 'overloaded',
  connects: 'overloaded',
  address_connections: 'too_many_requests',
  address_connects: 'too_many_requests',
} as const satisfies Record<Refusal, string>

/** Admission of HTTP requests to an edge. @param options.trustProxy The header that is trusted. */
export function httpDoor(context: EdgeContext, { trustProxy }: { trustProxy: TrustProxy }): HttpDoor {
  return {
    visitor: (request, server) => ({
      address: peerAddress(request, server, trustProxy),
      token: tokenOf(request),
    }),
    admit({ address }) {
      standbyRefused(context)
      const origins = context.origins.of(address)
      const refusal = refusalAtDoor(context, origins)
      if (refusal === undefined) return origins
      const { text, retryAfterS } = refusalOf(refusal, { chance: context.random() })
      throw new RoarError(CODES[refusal], text, { retryAfterS })
    },
    async claimsOf({ address, token }, show) {
      if (context.verify === undefined || token === undefined) {
        if (context.tokensDemanded) throw new RoarError('unauthorized', 'a token is needed here')
        return {}
      }
      const origins = context.origins.of(address)
      if (!mayStill(origins, 'badTokens', context.passedMs())) {
        throw new RoarError('too_many_requests', 'too many invalid tokens from this address', {
          retryAfterS: 60,
        })
      }
      const claims = await context.verify(token).catch((cause) => {
        if (!(cause instanceof RoarError && cause.retryable))
          spend(origins, 'badTokens', 1, context.passedMs())
        throw cause
      })
      if (claims.show === undefined || claims.show === show) return claims
      throw new RoarError('forbidden', 'the token is for another show')
    },
  }
}

/** @throws RoarError standby */
export function standbyRefused({ standby }: EdgeContext): void {
  if (standby) throw new RoarError('standby', STANDBY.text, { retryAfterS: 1 })
}

/** A bearer token, or one in the URL: a browser's WebSocket and EventSource cannot set headers. */
const tokenOf = (request: Request): string | undefined =>
  tokenIn(request.headers.get('authorization'), targetOf(request).query)

/** The token of a request by its header or its query. An empty one is none, as an empty password is. */
export const tokenIn = (
  authorization: string | null | undefined,
  query: URLSearchParams,
): string | undefined => /^bearer +(.+)$/i.exec(authorization ?? '')?.[1] ?? (query.get('token') || undefined)

/** [MQTT-6.0.0-3] */
export const SUBPROTOCOL = 'mqtt'
