/**
 * What a client causes is charged in steps of work, some tenths of a microsecond each. Of one thing a client is charged one line
 * alone. The table of docs/operating.md is this one.
 */
export const CHARGES = {
  /** A frame of a WebSocket, also one that holds nothing. */
  frame: 1,
  /** A filter that a packet names and that changes nothing: it is refused, known, unknown, or stands there again. */
  named: 1,
  /** A filter that comes or goes, or has other options than before. */
  changed: 8,
  /** A topic that such a filter is compared with; where one goes or changes, once more for each wildcard filter that was there. */
  compared: 1,
  /** So many bytes of a retained value that is sent, of a report that is read, or of a ping, or a part of them. */
  bytes64: 1,
}

const BYTES = 64

/** Steps of work that a value or a report takes. */
export const chargeOfBytes = (length: number): number => Math.ceil(length / BYTES) * CHARGES.bytes64
