import { RoarError } from '../../protocol/errors.ts'
import { namesTag } from '../http/responses.ts'

interface Versioned {
  version: number
}

/** What the description of a call says that takes it. */
export const MATCHES =
  'With `If-Match`, the ETag of the version that you saw, a newer one is not overwritten.'

/** What a document's version is in HTTP (RFC 9110 section 8.8.3). */
export const etagOf = ({ version }: Versioned): string => `"${version}"`

/** The version that somebody saw who asks for a change, as `If-Match` has it; undefined: whatever it is. */
export const seenIn = ({ headers }: Request): string | undefined => headers.get('if-match') ?? undefined

/**
 * A weak tag is taken too, where RFC 9110 section 13.1.1 asks for strong comparison.
 * @throws RoarError stale, with the newer document, for somebody who saw an older version
 */
export function checkSeen(ifMatch: string | undefined, what: string, current: Versioned): void {
  if (ifMatch === undefined || namesTag(ifMatch, etagOf(current))) return
  throw new RoarError('stale', `${what} has version ${current.version} by now`, { current: { ...current } })
}
