import { RoarError } from '../../protocol/errors.ts'
import { namesTag } from './responses.ts'

interface Versioned {
  version: number
}

/** Part of the description of calls that accept it. */
export const MATCHES =
  'With `If-Match`, the ETag of the version that you saw, a newer one is not overwritten; a change that is already made returns the current document.'

/** A document's version as an ETag (RFC 9110 section 8.8.3). */
export const etagOf = ({ version }: Versioned): string => `"${version}"`

/** The version that the caller of a change saw, from `If-Match`; undefined: any. */
export const seenIn = ({ headers }: Request): string | undefined => headers.get('if-match') ?? undefined

/**
 * Whether this is the version, or one of those. Weak tags are accepted, although RFC 9110 section 13.1.1 asks for strong
 * comparison.
 */
export const isSeen = (ifMatch: string | undefined, version: Versioned): boolean =>
  ifMatch === undefined || namesTag(ifMatch, etagOf(version))

/** @throws RoarError stale, with the newer document, if the caller saw an older version */
export function checkSeen(ifMatch: string | undefined, what: string, current: Versioned): void {
  if (isSeen(ifMatch, current)) return
  throw new RoarError('stale', `${what} is now at version ${current.version}`, { current: { ...current } })
}

/**
 * Applies a change for a caller who saw a certain version. A change that is in place already succeeds whatever they saw: a caller
 * that lost the response sends the same again (RFC 9110 section 13.1.1 allows that).
 * @param become Returns the document itself if the change is in place. @throws RoarError stale, and what `become` throws
 */
export async function asSeen<Document extends Versioned>(
  ifMatch: string | undefined,
  what: string,
  current: Document,
  become: () => Document | Promise<Document>,
): Promise<Document> {
  let changed: Document
  try {
    changed = await become()
  } catch (cause) {
    // A caller who does not know the newer version is told about that, not that the change is impossible.
    if (cause instanceof RoarError && !cause.retryable) checkSeen(ifMatch, what, current)
    throw cause
  }
  if (changed !== current) checkSeen(ifMatch, what, current)
  return changed
}
