/**
 * How long until the server drops a session whose peer vanished silently, as by power loss or a network cut. Its default is two
 * hours.
 */
export const DEAD_MS = 25_000
/** … by probes after 10 s of silence, three of them. */
export const KEEPALIVE = { idleS: 10, intervalS: 5, count: 3 }
