import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import { RoarError } from '../../protocol/errors.ts'
import { hostOf, isThisMachine } from '../http/ip.ts'

/** The URL of a key set; undefined: the place is a file. */
export const keySetAddress = (place: string): URL | undefined =>
  /^https?:\/\//i.test(place) && URL.canParse(place) ? new URL(place) : undefined

/** Whether keys may be fetched from there: over http only from this machine, since an attacker in between could replace them. */
export function isKeySetPlace(place: string): boolean {
  const address = keySetAddress(place)
  return address?.protocol !== 'http:' || isThisMachine(hostOf(address))
}

/** The keys at a URL. If they cannot be fetched, that says nothing about a token, and its holder should keep it. */
export function remoteKeySet(address: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(address)
  return async (...token) => {
    try {
      return await keys(...token)
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys)
        throw cause
      throw new RoarError('keys_unavailable', `the key set: ${(cause as Error).message}`, { cause })
    }
  }
}
