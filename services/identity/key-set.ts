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

/** How old the set may be before it is fetched again, beside what goes on. */
const FRESH_MS = 10 * 60_000
/** How long keys stay in use while their server cannot be reached: an evening. Votes do not end because of somebody's outage. */
const KEPT_MS = 12 * 3_600_000
/** A key that is not in the set may be new: so often the set is fetched for one. */
const ASKED_EVERY_MS = 2_000

/** Why the keys could not be fetched the last time, or undefined once they are again. Called at each change only. */
export type OnKeyFault = (fault: string | undefined) => void

/** The keys at a URL. If they cannot be fetched, that says nothing about a token, and its holder should keep it. */
export function remoteKeySet(
  address: URL,
  {
    onFault = () => {},
    passedMs = () => performance.now(),
  }: { onFault?: OnKeyFault | undefined; passedMs?: () => number } = {},
): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(address, { cacheMaxAge: Infinity, cooldownDuration: ASKED_EVERY_MS })
  let fetchedMs = Number.NEGATIVE_INFINITY
  let triedMs = Number.NEGATIVE_INFINITY
  let isFaulty = false
  const fetchAgain = async () => {
    triedMs = passedMs()
    try {
      await keys.reload()
    } catch (cause) {
      if (!isFaulty) onFault((cause as Error).message)
      isFaulty = true
      throw cause
    }
    fetchedMs = passedMs()
    if (isFaulty) onFault(undefined)
    isFaulty = false
  }
  return async (...token) => {
    try {
      const now = passedMs()
      if (now >= fetchedMs + KEPT_MS) await fetchAgain()
      // Nobody waits for a set that is known, however long its server takes.
      else if (now >= triedMs + FRESH_MS) fetchAgain().catch(() => {})
      return await keys(...token)
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys)
        throw cause
      throw new RoarError('keys_unavailable', `the key set: ${(cause as Error).message}`, { cause })
    }
  }
}
