/** The bounds of one edge. Each says what happens at it. */
export interface EdgeLimits {
  /** Viewers at once, over all transports. One more is refused: 503 with `Retry-After` on an upgrade or an event stream, a close on TCP. */
  connectionsMax: number
  /** A packet from a viewer, and a WebSocket message. A longer one ends the connection before it is read. */
  packetBytesMax: number
  /** A message's payload. A longer one is dropped and counted: it would cost every viewer. */
  messageBytesMax: number
  /** Filters of one connection. One more is refused in SUBACK: 0x80, in MQTT 5 0x97. */
  subscriptionsMax: number
  /** Length of a filter in UTF-16 code units. A longer one is refused in SUBACK: 0x80, in MQTT 5 0x8F. A message of a longer topic is dropped and counted. */
  filterLengthMax: number
  /** Control packets of one connection in one second. One more ends the connection with `CLOSE.flooding`. */
  packetsPerSecondMax: number
  /** How long a connection may stay without its CONNECT, and a CONNECT's token without an answer. */
  connectTimeoutMs: number
  /** The longest keep-alive. A v5 client that asks for more, or for none, is told this one [MQTT-3.2.2-21]. */
  keepAliveMaxS: number
  /** Bytes that wait for one socket above what the kernel takes. Above it broadcasts to that socket are skipped. */
  backlogBytesMax: number
  /** The same for a relay over TCP: it takes every retained value at once. */
  relayBacklogBytesMax: number
  /** How long a socket may have a backlog. Then it is cut with `CLOSE.slow`. */
  slowMs: number
  /** Topics the edge remembers. At the bound the oldest without a retained value is forgotten; where all have one, messages of a new topic are dropped and counted. */
  topicsMax: number
  /** How long `drain` may take. */
  drainMs: number
}

export const EDGE_LIMITS: EdgeLimits = {
  connectionsMax: 100_000,
  packetBytesMax: 8 * 1024,
  messageBytesMax: 64 * 1024,
  subscriptionsMax: 64,
  filterLengthMax: 128,
  packetsPerSecondMax: 100,
  connectTimeoutMs: 10_000,
  keepAliveMaxS: 600,
  backlogBytesMax: 64 * 1024,
  relayBacklogBytesMax: 32 * 1024 * 1024,
  slowMs: 15_000,
  topicsMax: 100_000,
  drainMs: 5_000,
}
