/**
 * After so many milliseconds without a word the server gives a session up whose other end is gone without one: a machine without
 * power, a network that was cut. Its own default is two hours.
 */
export const DEAD_MS = 25_000
/** … and asks for a word after 10 s of silence, three times. */
export const KEEPALIVE = { idleS: 10, intervalS: 5, count: 3 }
