/** A record as the log keeps it. */
export interface LogRow {
  partition: number
  offset: number
  key: string | null
  value: Uint8Array
  /** When the log appended it, milliseconds since 1970, by the log's clock; absent: unknown. */
  timestampMs?: number
}

/** A tree of ballots. */
export interface SignedTree {
  size: number
  /** base64url. */
  root: string
}

/** Rows that an audit takes at once: a millisecond of reading. */
export const ROWS_AT_ONCE = 256

/** Where an audit reads from. Each call reads again. */
export interface AuditSource {
  /** The documents of the poll and of its certificate; undefined where there is none. */
  poll(show: string, poll: string): Promise<string | undefined>
  certificate(show: string, poll: string): Promise<string | undefined>
  /** The certificate's leaves in order, in chunks: the ballots' ids, and their hashes concatenated. */
  leaves(show: string, poll: string): AsyncIterable<{ ballots: string[]; hashes: Buffer }>
  /** The largest tree whose head was signed; undefined: none was. */
  head(show: string, poll: string): Promise<SignedTree | undefined>
  /** The show's audit trail, oldest first, one document an entry. */
  trail(show: string): AsyncIterable<string>
  /** The signing keys, as JWKs. */
  keys(): Promise<string[]>
  /** A whole topic by partition and offset, up to `ROWS_AT_ONCE` at once; ballots of several partitions in the tree's order. */
  rows(topic: 'ballots' | 'tallies'): AsyncIterable<LogRow[]>
  /**
   * Whether one process wrote it all: then a batch of ballots is in the log whole or not at all, and a cell's version is the
   * number of log records counted.
   */
  embedded: boolean
}
