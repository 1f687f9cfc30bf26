import { RoarError } from '../../protocol/errors.ts'
import { namesTag } from './responses.ts'

interface Versioned {
  version: number
}

/** What the description of a call says that takes it. */
export const MATCHES =
  'With `If-Match`, the ETag of the version that you saw, a newer one is not overwritten; a change that is already made returns the current document.'

/** What a document's version is in HTTP (RFC 9110 section 8.8.3). */
export const etagOf = ({ version }: Versioned): string => `"${version}"`

/** The version that somebody saw who asks for a change, as `If-Match` has it; undefined: whatever it is. */
export const seenIn = ({ headers }: Request): string | undefined => headers.get('if-match') ?? undefined

/** Whether this is the version, or one of those. A weak tag is taken too, where RFC 9110 section 13.1.1 asks for strong comparison. */
export const isSeen = (ifMatch: string | undefined, version: Versioned): boolean =>
  ifMatch === undefined || namesTag(ifMatch, etagOf(version))

/** @throws RoarError stale, with the newer document, for somebody who saw an older version */
export function checkSeen(ifMatch: string | undefined, what: string, current: Versioned): void {
  if (isSeen(ifMatch, current)) return
  throw new RoarError('stale', `${what} is now at version ${current.version}`, { current: { ...current } })
}

/**
 * What becomes of a document for somebody who saw a version of it. What is so already is answered again, whatever they saw: whoever
 * lost the answer sends the same again (RFC 9110 section 13.1.1 allows the success).
 * @param become The document itself where the change is made already. @throws RoarError stale, and what `become` throws
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
    // What cannot be done to a newer version is no answer to somebody who does not know it.
    if (cause instanceof RoarError && !cause.retryable) checkSeen(ifMatch, what, current)
    throw cause
  }
  if (changed !== current) checkSeen(ifMatch, what, current)
  return changed
}
