/**
 * The cost of what a client causes, in steps of some tenths of a microsecond. Each thing is charged on one line only. The table
 * in docs/operating.md is this one.
 */
export const CHARGES = {
  /** A WebSocket frame, even an empty one. */
  frame: 1,
  /** A filter named in a packet without effect: refused, known, unknown, or repeated. */
  named: 1,
  /** A filter that is added, removed, or gets other options. */
  changed: 8,
  /** A topic compared with such a filter; on a removal or change, once more for each existing wildcard filter. */
  compared: 1,
  /** 64 bytes, or part of them, of a retained value that is sent, of a report, or of a ping. */
  bytes64: 1,
}

const BYTES = 64

/** The cost of a value or a report. */
export const chargeOfBytes = (length: number): number => Math.ceil(length / BYTES) * CHARGES.bytes64
