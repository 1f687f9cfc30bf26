import { RoarError } from '../../protocol/errors.ts'

interface Versioned {
  version: number
}

/** What a document's version is in HTTP (RFC 9110 section 8.8.3). */
export const etagOf = ({ version }: Versioned): string => `"${version}"`

/** The version that somebody saw who asks for a change, as `If-Match` has it; undefined: whatever it is. */
export const seenIn = ({ headers }: Request): string | undefined => headers.get('if-match') ?? undefined

/** @throws RoarError stale, with the newer document, for somebody who saw an older version */
export function checkSeen(ifMatch: string | undefined, what: string, current: Versioned): void {
  if (ifMatch === undefined || ifMatch === '*' || namesVersion(ifMatch, current)) return
  throw new RoarError('stale', `${what} has version ${current.version} by now`, { current: { ...current } })
}

/** Strong comparison (RFC 9110 section 13.1.1); a proxy that compresses makes a tag weak, and the version is the same. */
const namesVersion = (ifMatch: string, current: Versioned): boolean =>
  ifMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etagOf(current))
