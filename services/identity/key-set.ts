import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'
import { RoarError } from '../../protocol/errors.ts'
import { urlIn } from '../../settings/values.ts'
import { boundedText } from '../http/body.ts'
import { hostOf, isThisMachine } from '../http/ip.ts'

/** The URL of a key set; undefined: the place is a file. */
export const keySetAddress = (place: string): URL | undefined =>
  /^https?:\/\//i.test(place) ? urlIn(place) : undefined

/** Whether keys may be fetched from there: over http only from this machine, since an attacker in between could replace them. */
export function isKeySetPlace(place: string): boolean {
  const address = keySetAddress(place)
  return address?.protocol !== 'http:' || isThisMachine(hostOf(address))
}

/** How old the set may be before it is fetched again, beside what goes on. */
const FRESH_MS = 10 * 60_000
/** How long keys stay in use while their server cannot be reached: an evening. Votes do not end because of somebody's outage. */
const KEPT_MS = 12 * 3_600_000
/** A set is some keys of some kilobytes; a longer answer is none. */
const SET_BYTES_MAX = 1_048_576
/** A key that is not in the set may be new: so often the set is fetched for one, and so often a server that fails is asked. */
const ASKED_EVERY_MS = 2_000

/** Why the keys could not be fetched the last time, or undefined once they are again. Called at each change only. */
export type OnKeyFault = (fault: string | undefined) => void

/** The keys at a URL, by which tokens are verified. */
export interface RemoteKeySet {
  keys: JWTVerifyGetKey
  /** How often the set was fetched. */
  version(): number
  /**
   * Whether there is a newer set than that version: a token that a key of the old one does not verify may be signed by a new key of
   * the same name, or of none. It is fetched for such a token as for a key that is not in the set. @throws RoarError keys_unavailable
   */
  isNewer(version: number): Promise<boolean>
}

/** The keys at a URL. If they cannot be fetched, that says nothing about a token, and its holder should keep it. */
export function remoteKeySet(
  address: URL,
  {
    onFault = () => {},
    passedMs = () => performance.now(),
  }: { onFault?: OnKeyFault | undefined; passedMs?: (() => number) | undefined } = {},
): RemoteKeySet {
  const keys = createRemoteJWKSet(address, {
    // When it is fetched is decided here alone: by itself it would ask a server that fails for each token anew.
    cacheMaxAge: Infinity,
    cooldownDuration: Infinity,
    [customFetch]: fetchKeys,
  })
  let fetchedMs = Number.NEGATIVE_INFINITY
  let fetches = 0
  let triedMs = Number.NEGATIVE_INFINITY
  /** Why the last fetch failed. */
  let fault: Error | undefined
  let fetching: Promise<void> | undefined
  const fetchOnce = async () => {
    triedMs = passedMs()
    const before = fault
    fault = await keys.reload().then(
      () => undefined,
      (cause: Error) => cause,
    )
    if ((fault === undefined) !== (before === undefined)) onFault(fault?.message)
    if (fault !== undefined) throw fault
    fetchedMs = passedMs()
    fetches++
  }
  /** All who ask meanwhile wait for the same answer. */
  const fetchAgain = () => {
    fetching ??= fetchOnce().finally(() => {
      fetching = undefined
    })
    return fetching
  }
  /** For a key that may be new. Resolves to whether the set was fetched. */
  const fetchForNew = async (): Promise<boolean> => {
    const mayFetch = fetching !== undefined || passedMs() >= triedMs + ASKED_EVERY_MS
    if (mayFetch) await fetchAgain()
    else if (fault !== undefined) throw fault
    return mayFetch
  }
  const find: JWTVerifyGetKey = async (...token) => {
    const now = passedMs()
    if (now >= fetchedMs + KEPT_MS) await fetchForNew()
    // Nobody waits for a set that is known, however long its server takes.
    else if (now >= triedMs + FRESH_MS) fetchAgain().catch(() => {})
    return keys(...token).catch(async (cause) => {
      if (!(cause instanceof errors.JWKSNoMatchingKey) || !(await fetchForNew())) throw cause
      return keys(...token)
    })
  }
  return {
    version: () => fetches,
    async keys(...token) {
      try {
        return await find(...token)
      } catch (cause) {
        if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys)
          throw cause
        throw unavailable(cause)
      }
    },
    async isNewer(version) {
      if (fetches > version) return true
      return await fetchForNew().catch((cause) => Promise.reject(unavailable(cause)))
    },
  }
}

/** A provider that has just started may have no keys yet: that withdraws nobody's, and the set that is known stays in use. */
async function fetchKeys(...asked: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...asked)
  if (response.status !== 200) return response
  const text = await boundedText(response, SET_BYTES_MAX)
  if (hasNoKeys(text)) throw new Error('it has no keys')
  return new Response(text)
}

function hasNoKeys(text: string): boolean {
  try {
    return (JSON.parse(text) as { keys?: unknown[] }).keys?.length === 0
  } catch {
    // What is no JSON has its own fault.
    return false
  }
}

const unavailable = (cause: unknown): RoarError =>
  new RoarError('keys_unavailable', `the key set: ${(cause as Error).message}`, { cause })
