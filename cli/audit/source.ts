/** A record of the log, as it is kept. */
export interface LogRow {
  partition: number
  offset: number
  key: string | null
  value: Uint8Array
  /** When the log took it, milliseconds since 1970, by its own clock; absent: it does not say. */
  timestampMs?: number
}

/** Where an audit reads. Each call reads anew. */
export interface AuditSource {
  /** The documents of the poll and of its certificate; undefined where there is none. */
  poll(show: string, poll: string): Promise<string | undefined>
  certificate(show: string, poll: string): Promise<string | undefined>
  /** The certificate's leaves in their order, some at once: ballots' ids, and their hashes one after the other. */
  leaves(show: string, poll: string): AsyncIterable<{ ballots: string[]; hashes: Buffer }>
  /** The show's audit trail, oldest first, an entry a document. */
  trail(show: string): AsyncIterable<string>
  /** The keys that sign, as JWKs. */
  keys(): Promise<string[]>
  /** The whole of a topic by partition and then by offset, ballots of several partitions in the order of the tree. */
  rows(topic: 'ballots' | 'tallies'): AsyncIterable<LogRow>
  /**
   * One process wrote it all: ballots that were written together are in the log together, or none of them, and a cell's
   * version says how many records of the log were counted.
   */
  embedded: boolean
}
