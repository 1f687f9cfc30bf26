/** The limits of one edge. Each says what happens when it is reached. */
export interface EdgeLimits {
  /**
   * Concurrent viewers, over all transports. One more is refused: WebSocket 1013, CONNACK over TCP, 503 with `Retry-After` for an
   * event stream.
   */
  connectionsMax: number
  /** Files and sockets of the process that viewers may take. At the limit one more is refused as at `connectionsMax`. */
  filesMax: number
  /** How many of those a viewer takes whose connection is one of the runtime's HTTP server; any other takes one. */
  serverFiles: number
  /** Refused sockets that may wait at the same time for their reason. Further ones are closed without one. */
  turnedAwayMax: number
  /** The largest packet of a viewer. A longer one ends the connection before it is read. */
  packetBytesMax: number
  /** The largest WebSocket message, which may hold many packets. A longer one is closed with 1009. */
  frameBytesMax: number
  /** A message's payload and properties. A longer one is dropped and counted: it would cost every viewer. */
  messageBytesMax: number
  /** Filters of one connection. One more is refused in SUBACK: 0x80, in MQTT 5 0x97. */
  subscriptionsMax: number
  /** Length of a filter in UTF-16 code units. A longer one is refused in SUBACK: 0x80, in MQTT 5 0x8F. A message of a longer topic is dropped and counted. */
  filterLengthMax: number
  /**
   * Control packets of one connection a second, after a burst of `packetsBurstMax`. One more ends the connection with
   * `CLOSE.flooding`.
   */
  packetsPerSecondMax: number
  packetsBurstMax: number
  /**
   * Steps of work a second that one connection's packets may cause, after a burst of `workBurstMax`: see `CHARGES`. A packet
   * beyond it ends the connection with `CLOSE.flooding`.
   */
  workPerSecondMax: number
  workBurstMax: number
  /** How long a connection may take to send its CONNECT, and the check of its token to finish. */
  connectTimeoutMs: number
  /** The longest keep-alive. A v5 client that requests more, or none, is given this one [MQTT-3.2.2-21]. */
  keepAliveMaxS: number
  /** Bytes that may wait for one socket beyond the kernel's buffer. Above it broadcasts to that socket are skipped. */
  backlogBytesMax: number
  /** The same for a relay, which forwards every topic. */
  relayBacklogBytesMax: number
  /** How long a socket may have a backlog without reading any of it. Then it is closed with `CLOSE.slow`. */
  slowMs: number
  /**
   * Topics that the edge remembers. Beyond it the oldest without a retained value is forgotten; if all have one, messages of a
   * new topic are dropped and counted. Their values together take at most 4 KiB per topic; a value beyond that is dropped and
   * counted.
   */
  topicsMax: number
  /** How long `drain` may take. A crowd is sent away evenly over this time. */
  drainMs: number
  /**
   * New connections a second, over all addresses, after a burst of two seconds' worth. Refused as at `connectionsMax`. 0: no
   * limit.
   */
  connectsPerSecond: number
  /**
   * Concurrent connections of one address: an IPv4 address, or an IPv6 /64. One more is refused as at `connectionsMax`. A /48 may
   * have `NETWORK_SHARE` times as much of this and of the following.
   */
  addressConnectionsMax: number
  /**
   * New connections of one address a second, after a burst of ten seconds' worth. Refused as at `connectionsMax`. 0: no limit.
   */
  addressConnectsPerSecond: number
  /** Invalid tokens of one address a minute. Above it a CONNECT with a token is told to retry later. 0: no limit. */
  addressBadTokensPerMinute: number
  /**
   * Bytes a second that the connections of one address may send, after a burst of ten seconds' worth. A sender above it is closed
   * with `CLOSE.flooding`. 0: no limit.
   */
  addressBytesPerSecond: number
}

export const EDGE_LIMITS: EdgeLimits = {
  connectionsMax: 100_000,
  filesMax: Number.POSITIVE_INFINITY,
  serverFiles: 1,
  turnedAwayMax: 200,
  packetBytesMax: 8 * 1024,
  frameBytesMax: 64 * 1024,
  messageBytesMax: 64 * 1024,
  subscriptionsMax: 64,
  filterLengthMax: 128,
  packetsPerSecondMax: 100,
  packetsBurstMax: 1_000,
  workPerSecondMax: 5_000,
  workBurstMax: 50_000,
  connectTimeoutMs: 10_000,
  keepAliveMaxS: 600,
  backlogBytesMax: 64 * 1024,
  relayBacklogBytesMax: 32 * 1024 * 1024,
  slowMs: 15_000,
  topicsMax: 100_000,
  drainMs: 5_000,
  connectsPerSecond: 2_000,
  addressConnectionsMax: 10_000,
  addressConnectsPerSecond: 500,
  addressBadTokensPerMinute: 600,
  addressBytesPerSecond: 1024 * 1024,
}

/** The limits of a network as a multiple of one address's: an IPv6 /48 belongs to one subscriber or operator. */
export const NETWORK_SHARE = 16
/** The work that the connections of one address may cause, as a multiple of one connection's limit. */
export const ADDRESS_WORK_SHARE = 10
/** The same for packets: each costs some ten microseconds of reading and answering, and a crowd behind one address sends few. */
export const ADDRESS_PACKETS_SHARE = 50
/**
 * Connections of one address a second that end by a fault of the client's, with a burst of ten seconds' worth. Beyond most of that
 * whatever comes from there waits, and nothing is refused: a crowd may share the address with them.
 */
export const ADDRESS_FAULTS_PER_SECOND = 3
