import { sortedJson } from './sorted-json.ts'

/** An action of a producer. */
export interface AuditEntry {
  at: number
  /** The token's `sub`. */
  who: string
  /** The verb: `create`, `open`, `close`, `quarantine`… */
  action: string
  /** Empty: it concerns the whole show. */
  poll: string
  /** What was requested, if the verb does not say it all. */
  detail?: unknown
}

/** An entry of a show's trail, which is append-only: each entry's hash covers the one before. */
export interface TrailEntry extends AuditEntry {
  /** 1 for the first. */
  entry: number
  /** SHA-256 of `trailText`, base64url. */
  hash: string
}

/** The end of a trail. A certificate contains it, so nothing before the seal can be changed unnoticed. */
export interface TrailHead {
  entries: number
  /** The newest entry's; empty if there is none. */
  hash: string
}

/** The text whose SHA-256 is an entry's hash. @param before The previous entry's hash; empty for the first. */
export const trailText = (
  before: string,
  { show, entry, done: { at, who, action, poll, detail } }: { show: string; entry: number; done: AuditEntry },
): string => `roar-trail-v1\n${before}\n${show}\n${entry}\n${sortedJson({ at, who, action, poll, detail })}`
