/**
 * WebSocket close codes. The range says what a client does next, so that an old client treats a new code right:
 * 1001, 1012, 1013 and 4000-4099: connect again (with full jitter); 4100-4199: wait at least a minute first;
 * 4200-4299 and 1002, 1003, 1008, 1009: never again with the same request.
 */
export const CLOSE = {
  /** The edge drains, or is a standby. RFC 6455 section 7.4.1. */
  goingAway: 1001,
  /** The bytes were not MQTT, or broke its rules. */
  protocolError: 1002,
  /** A text frame. [MQTT-6.0.0-1] */
  unsupportedData: 1003,
  /** The request violates a policy: an invalid token, a will. RFC 6455 section 7.4.1. */
  policy: 1008,
  /** A packet over the limit. */
  tooLarge: 1009,
  /** The edge is full, or has too many connections from this address. The reason says when to retry. Registered by IANA. */
  tryAgainLater: 1013,
  /** Nothing was received for 1.5 keep-alives. [MQTT-3.1.2-24] */
  keepAlive: 4000,
  /** The client did not read its packets in time. */
  slow: 4001,
  /** More control packets a second than any viewer needs. */
  flooding: 4100,
  /** The token has expired: reconnect with a new one. */
  expired: 4200,
  /** The token was revoked: reconnect with another. */
  revoked: 4201,
} as const

/** When to retry, in milliseconds, if the close reason ends with it: `in 2 s`. */
export const comeAgainMs = (reason: string): number | undefined =>
  Number(/in (\d+) s$/.exec(reason)?.[1]) * 1000 || undefined

/** Where to connect instead, if the close reason ends with it: `go to wss://e2.example/mqtt`. */
export const goTo = (reason: string): string | undefined => /wss?:.+/.exec(reason)?.[0]

export type NextStep = 'reconnect' | 'wait' | 'give-up'

/** What a client does after a close with this code. After unknown codes, and 1000 and 1006: reconnect. */
export function nextStep(code: number): NextStep {
  if (/^41/.test(`${code}`)) return 'wait'
  // Of RFC 6455: protocol error, unsupported data, policy violation, message too big.
  return /^(42|100[2389])/.test(`${code}`) ? 'give-up' : 'reconnect'
}

/** Whether a client that is closed with this code has done what it must not, and would be closed again for the same. */
export const isFault = (code: number): boolean =>
  nextStep(code) !== 'reconnect' && code !== CLOSE.expired && code !== CLOSE.revoked
