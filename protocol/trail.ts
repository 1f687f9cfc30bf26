import { sortedJson } from './sorted-json.ts'

/** What a producer did, and when. */
export interface AuditEntry {
  at: number
  /** The token's `sub`. */
  who: string
  /** The verb: `create`, `open`, `close`, `quarantine`… */
  action: string
  /** Empty for what is the whole show's. */
  poll: string
  /** What was asked for, where the verb does not say it all. */
  detail?: unknown
}

/** An entry in its place: the trail of a show is only appended to, and each entry's hash is over the one before. */
export interface TrailEntry extends AuditEntry {
  /** 1 for the first. */
  entry: number
  /** SHA-256 of `trailText`, base64url. */
  hash: string
}

/** Where a trail ends. A certificate has it, so nothing before the seal can be changed unnoticed. */
export interface TrailHead {
  entries: number
  /** Of the newest entry; empty where there is none. */
  hash: string
}

/** The text whose SHA-256 is an entry's hash. @param before The hash of the entry before; empty for the first. */
export const trailText = (
  before: string,
  { show, entry, done: { at, who, action, poll, detail } }: { show: string; entry: number; done: AuditEntry },
): string => `roar-trail-v1\n${before}\n${show}\n${entry}\n${sortedJson({ at, who, action, poll, detail })}`
